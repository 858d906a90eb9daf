/** Names of the gateway's models. */
import { NoSuchModelError } from "@ai-sdk/provider";
import type { ImageRequest, VideoRequest } from "paddock-client";

/** Names and aliases of image models. A name that this version does not know is sent to the gateway. */
export type PaddockImageModelId = ImageRequest["model"] | "nano-banana-2" | (string & {});
/** Names and aliases of video models. A name that this version does not know is sent to the gateway. */
export type PaddockVideoModelId = VideoRequest["model"] | "seedance-2.0" | (string & {});

const ALIASES: Readonly<Record<"imageModel" | "videoModel", Readonly<Record<string, string>>>> = {
  imageModel: { "nano-banana-2": "Imagen Nano Banana 2" satisfies ImageRequest["model"] },
  videoModel: { "seedance-2.0": "Seedance 2.0" satisfies VideoRequest["model"] },
};

/**
 * Returns the gateway's name of a model.
 *
 * @throws NoSuchModelError if the model is known and makes something else
 */
export function modelName(modelId: string, kind: "imageModel" | "videoModel"): string {
  const others = ALIASES[kind === "imageModel" ? "videoModel" : "imageModel"];
  if (Object.hasOwn(others, modelId) || Object.values(others).includes(modelId)) {
    // The error's type knows no video models.
    throw new NoSuchModelError({ modelId, modelType: "imageModel", message: `${modelId} is no ${kind}` });
  }
  const names = ALIASES[kind];
  return Object.hasOwn(names, modelId) ? (names[modelId] as string) : modelId;
}
