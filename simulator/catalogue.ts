/** What one model takes. Source: "Available Models" and "Request Body Parameters". */
export interface Model {
  readonly name: string;
  readonly modelId: number;
  readonly medium: "image" | "video";
  readonly types: readonly string[];
}

const MODELS: readonly Model[] = [
  { name: "Imagen Nano Banana 2", modelId: 3, medium: "image", types: ["txt", "img_txt"] },
  {
    name: "Seedance 2.0",
    modelId: 4,
    medium: "video",
    types: ["img_txt", "img_vid_txt", "img_aud_txt", "img_vid_aud_txt"],
  },
];

/** The model of exactly this name, if there is one. */
export function findModel(name: string): Model | undefined {
  return MODELS.find((model) => model.name === name);
}

/** `data.taskType` of the query's response. */
export const TASK_TYPE = { video: 1, image: 2 } as const;

/** Image sizes and the pixels of their longer side. The page's own examples write "4k", so case is free. */
export const IMAGE_SIZES: ReadonlyMap<string, number> = new Map([
  ["1K", 1024],
  ["2K", 2048],
  ["4K", 4096],
]);

/** Documented aspect ratios. */
export const ASPECT_RATIOS: readonly string[] = ["16:9", "9:16"];
/** Documented resolutions of videos. */
export const RESOLUTIONS: readonly string[] = ["720p"];
/** Documented range and default of a video's duration, in seconds. */
export const DURATION_SECONDS = { min: 4, max: 15, fallback: 5 } as const;
/** Documented range and default of the number of images. */
export const IMAGE_COUNT = { min: 1, max: 4, fallback: 1 } as const;
/** Documented range and default of the quality. */
export const QUALITY = { min: 50, max: 100, fallback: 80 } as const;
/** Documented range and default of the seed. */
export const SEED = { min: -1n, max: 2n ** 63n - 1n, fallback: -1n } as const;
/** Most references of one kind in a request. */
export const MAX_REFERENCES = 5;

/** Width and height of an image of this size and aspect ratio; square when no ratio was asked for. */
export function imagePixels(size: string, aspectRatio: string): { width: number; height: number } {
  const longer = IMAGE_SIZES.get(size.toUpperCase()) ?? 1024;
  const shorter = Math.round((longer * 9) / 16);
  if (aspectRatio === "16:9") return { width: longer, height: shorter };
  if (aspectRatio === "9:16") return { width: shorter, height: longer };
  return { width: longer, height: longer };
}
