/** The provider of the AI SDK. */
import {
  type ImageModelV4,
  NoSuchModelError,
  type ProviderV4,
  type Experimental_VideoModelV4 as VideoModelV4,
} from "@ai-sdk/provider";
import { Connection, type ConnectionSettings } from "./connection.ts";
import { PaddockImageModel } from "./image-model.ts";
import type { PaddockImageModelId, PaddockVideoModelId } from "./models.ts";
import { PaddockVideoModel } from "./video-model.ts";

/** Settings of `createPaddock`. */
export type PaddockProviderSettings = ConnectionSettings;

/** Models of one gateway for the AI SDK. */
export interface PaddockProvider extends ProviderV4 {
  /** Returns an image model. */
  image(modelId: PaddockImageModelId): ImageModelV4;
  /** Returns an image model. */
  imageModel(modelId: PaddockImageModelId): ImageModelV4;
  /** Returns a video model. */
  video(modelId: PaddockVideoModelId): VideoModelV4;
  /** Returns a video model. */
  videoModel(modelId: PaddockVideoModelId): VideoModelV4;
}

/**
 * Creates a provider with the models of a gateway.
 *
 * @throws LoadSettingError without a usable `baseURL`, LoadAPIKeyError without an `apiKey`
 */
export function createPaddock(settings: PaddockProviderSettings): PaddockProvider {
  const connection = new Connection(settings);
  const image = (modelId: string): ImageModelV4 => new PaddockImageModel(modelId, connection);
  const video = (modelId: string): VideoModelV4 => new PaddockVideoModel(modelId, connection);
  return {
    specificationVersion: "v4",
    image,
    imageModel: image,
    video,
    videoModel: video,
    languageModel: (modelId) => missing(modelId, "languageModel"),
    embeddingModel: (modelId) => missing(modelId, "embeddingModel"),
  };
}

function missing(modelId: string, modelType: "languageModel" | "embeddingModel"): never {
  throw new NoSuchModelError({ modelId, modelType });
}
