/**
 * What can be asked of the upstream, as its documentation lists it: the one source for validation (schemas/generate.ts),
 * for prices' shapes and for `GET /api/v1/models`.
 */

/** What a model makes. */
export type Medium = "image" | "video";

/** One model and its generation methods. */
export interface Model {
  readonly name: string;
  readonly medium: Medium;
  /** Generation methods: the values of `type`. */
  readonly types: readonly string[];
}

/** The documented models and the types of request each takes. */
export const MODELS: readonly Model[] = [
  { name: "Imagen Nano Banana 2", medium: "image", types: ["txt", "img_txt"] },
  { name: "Seedance 2.0", medium: "video", types: ["img_txt", "img_vid_txt", "img_aud_txt", "img_vid_aud_txt"] },
];

/** Documented sizes of images. */
export const IMAGE_SIZES = ["1K", "2K", "4K"] as const;
/** Documented aspect ratios of images. */
export const IMAGE_ASPECT_RATIOS = ["16:9", "9:16"] as const;
/** Documented range of the number of images. */
export const IMAGE_COUNT = { min: 1, max: 4 } as const;
/** Documented resolutions of videos. */
export const VIDEO_RESOLUTIONS = ["720p"] as const;
/** Documented range of a video's duration, in seconds. */
export const VIDEO_SECONDS = { min: 4, max: 15 } as const;
/** Documented range of the quality. */
export const QUALITY = { min: 50, max: 100 } as const;
/** Documented range of the seed; -1 is random. */
export const SEED = { min: -1n, max: 2n ** 63n - 1n } as const;
/** Most references of one kind in a request. */
export const MAX_REFERENCES = 5;

const COMMON_FIELDS = [
  "model",
  "taskName",
  "type",
  "prompt",
  "aspectRatio",
  "quality",
  "seed",
  "refImageUrls",
] as const;

/** The fields that the upstream documents for a request of each medium; its video examples have `aspectRatio` too. */
export const REQUEST_FIELDS = {
  image: new Set<string>([...COMMON_FIELDS, "imageCount", "size"]),
  video: new Set<string>([
    ...COMMON_FIELDS,
    "resolution",
    "durationSeconds",
    "generateAudio",
    "refVideoUrls",
    "refAudioUrls",
  ]),
} as const satisfies Record<Medium, ReadonlySet<string>>;

/** The `taskType` that the upstream reports for each medium. */
export const TASK_TYPE = { video: 1, image: 2 } as const satisfies Record<Medium, number>;

const byName = new Map(MODELS.map((model) => [model.name, model]));

/** @returns the model with exactly this name, or undefined. */
export function findModel(name: string): Model | undefined {
  return byName.get(name);
}

/** @returns how many results a request is for: `imageCount` (default 1) for images, always 1 for video. */
export function expectedResults(medium: Medium, imageCount: unknown): number {
  return medium === "image" && typeof imageCount === "number" ? imageCount : 1;
}
