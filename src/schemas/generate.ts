/**
 * The body of `POST /api/v1/task/generate` (and `/estimate`): one zod source for validation, types and OpenAPI.
 * Fields of SeedHorse's API documentation are checked for the medium they are documented for; all others pass untouched (section 3).
 */
import * as z from "zod/mini";
import {
  IMAGE_ASPECT_RATIOS,
  IMAGE_COUNT,
  IMAGE_SIZES,
  MAX_REFERENCES,
  QUALITY,
  SEED,
  VIDEO_RESOLUTIONS,
  VIDEO_SECONDS,
} from "../domain/catalogue.ts";
import type { GatewayCode } from "../errors.ts";
import { integerInRange, type JsonValue } from "../lib/json.ts";
import { once } from "../lib/once.ts";
import { stringPairs } from "./fields.ts";

/** A rule whose breach has an upstream code of its own; zod carries it in the params. */
const coded = (code: GatewayCode, message: string) => ({ message, params: { code } });

const text = (message: string) =>
  z.string(message).check(z.refine((value) => value.trim() !== "", "must not be empty"));
const integer = () => z.int("must be an integer");
const references = () =>
  z
    .array(z.string("must be a string"), "must be a list of URLs, fileIds or data: URIs")
    .check(z.maxLength(MAX_REFERENCES, `at most ${MAX_REFERENCES} entries`));
const oneOf = (code: GatewayCode, values: readonly string[]) =>
  z.string("must be a string").check(
    z.refine((value) => values.includes(value), coded(code, `must be one of ${values.join(", ")}`)),
    z.meta({ enum: [...values] }),
  );

const TYPE_DESCRIPTION =
  "Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt` or `img_vid_aud_txt`, as the model allows.";

/** What both media share, and the gateway's own two fields. */
const commonFields = once(() => ({
  model: text("is required and must be a string").check(
    z.meta({ description: "Name of the model.", example: "Imagen Nano Banana 2" }),
  ),
  taskName: text("is required and must be a string").check(
    z.meta({ description: "Name of the task.", example: "Image Generation Test" }),
  ),
  type: text("is required and must be a string").check(z.meta({ description: TYPE_DESCRIPTION, example: "txt" })),
  prompt: text("is required and must be a string").check(
    z.meta({ description: "What to generate.", example: "a cute orange cat sitting on a windowsill" }),
  ),
  quality: z.nullish(
    integer().check(
      z.refine((value) => value >= QUALITY.min && value <= QUALITY.max, `must be ${QUALITY.min} to ${QUALITY.max}`),
      z.meta({ minimum: QUALITY.min, maximum: QUALITY.max, description: "Quality." }),
    ),
  ),
  seed: z.nullish(
    z
      .custom<JsonValue>(
        (value) => integerInRange(value as JsonValue, SEED.min, SEED.max),
        "must be an integer from -1 to 2^63-1",
      )
      .check(
        z.meta({
          type: "integer",
          format: "int64",
          minimum: -1,
          description: "Random seed, up to 2^63 − 1; −1: random.",
        }),
      ),
  ),
  refImageUrls: z
    .nullish(references())
    .check(z.describe("Reference images: https URLs, `fileId`s of uploads, or `data:` URIs.")),
  metadata: z.nullish(stringPairs()).check(
    z.meta({
      description: "String pairs of your own, returned with the task: keys ≤ 40 characters, values ≤ 500.",
      example: { order: "4711" },
    }),
  ),
  webhookUrl: z
    .nullish(z.string("must be a URL"))
    .check(z.describe("URL that receives this task's webhooks, instead of the tenant's endpoint.")),
}));

/** The body of a request for images, as documented. */
export const ImageRequest = once(() =>
  z
    .looseObject({
      ...commonFields(),
      aspectRatio: z.nullish(oneOf(50009, IMAGE_ASPECT_RATIOS)).check(z.describe("Aspect ratio.")),
      imageCount: z.nullish(
        integer().check(
          z.refine(
            (value) => value >= IMAGE_COUNT.min && value <= IMAGE_COUNT.max,
            coded(50010, `must be ${IMAGE_COUNT.min} to ${IMAGE_COUNT.max}`),
          ),
          z.meta({ minimum: IMAGE_COUNT.min, maximum: IMAGE_COUNT.max, description: "Number of images." }),
        ),
      ),
      size: z.nullish(
        z.string("must be a string").check(
          z.refine(
            (value) => IMAGE_SIZES.some((size) => size === value.toUpperCase()),
            coded(50008, `must be one of ${IMAGE_SIZES.join(", ")}`),
          ),
          z.meta({
            enum: IMAGE_SIZES.flatMap((size) => [size, size.toLowerCase()]),
            description: "Size of the image.",
          }),
        ),
      ),
    })
    .check(z.meta({ id: "ImageRequest" })),
);

/** The body of a request for a video, as documented. */
export const VideoRequest = once(() =>
  z
    .looseObject({
      ...commonFields(),
      resolution: z.nullish(oneOf(50006, VIDEO_RESOLUTIONS)).check(z.describe("Resolution of the video.")),
      durationSeconds: z.nullish(
        integer().check(
          z.refine(
            (value) => value >= VIDEO_SECONDS.min && value <= VIDEO_SECONDS.max,
            coded(50007, `must be ${VIDEO_SECONDS.min} to ${VIDEO_SECONDS.max}`),
          ),
          z.meta({
            minimum: VIDEO_SECONDS.min,
            maximum: VIDEO_SECONDS.max,
            description: "Duration of the video in seconds.",
          }),
        ),
      ),
      generateAudio: z
        .nullish(z.boolean("must be true or false"))
        .check(z.describe("True for a video with audio; true if omitted.")),
      refVideoUrls: z
        .nullish(references())
        .check(z.describe("Reference videos: https URLs, `fileId`s of uploads, or `data:` URIs.")),
      refAudioUrls: z
        .nullish(references())
        .check(z.describe("Reference audio: https URLs, `fileId`s of uploads, or `data:` URIs.")),
    })
    .check(z.meta({ id: "VideoRequest" })),
);

/** The request body as documented; the two media differ in their fields. */
export const GenerateRequest = once(() =>
  z.union([ImageRequest(), VideoRequest()]).check(z.meta({ id: "GenerateRequest" })),
);

/** The fields that both media share: what is checked of a request for an unknown model. */
export const UnknownModelRequest = once(() => z.looseObject(commonFields()));
