/** Maps the SDK's sizes to the gateway's. The upstream makes 16:9 and 9:16, and its default shape, in 1K, 2K and 4K. */

/** Size and aspect ratio of an image request. */
export interface ImageShape {
  readonly size?: "1K" | "2K" | "4K";
  readonly aspectRatio?: AspectRatio;
}

/** The aspect ratios that the upstream makes. */
export type AspectRatio = "16:9" | "9:16";

const SQUARES: Readonly<Record<string, ImageShape>> = {
  "1024x1024": { size: "1K" },
  "2048x2048": { size: "2K" },
  "4096x4096": { size: "4K" },
};
/** OpenAI's standard sizes, which are 3:2. */
const STANDARD: Readonly<Record<string, ImageShape>> = {
  "1536x1024": { size: "1K", aspectRatio: "16:9" },
  "1024x1536": { size: "1K", aspectRatio: "9:16" },
};
/** Longest side of each size, in pixels. */
const LONGEST = { "1K": 1_792, "2K": 2_816, "4K": 5_632 } as const;
const TOLERANCE = 0.03;

/** True if the upstream makes this aspect ratio. */
export function isAspectRatio(ratio: string): ratio is AspectRatio {
  return ratio === "16:9" || ratio === "9:16";
}

/** Returns what a size of the form `{width}x{height}` means, or null if the upstream makes nothing like it. */
export function imageShape(size: string): ImageShape | null {
  for (const table of [SQUARES, STANDARD]) if (Object.hasOwn(table, size)) return table[size] ?? null;
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size) ?? [];
  if (width === undefined || height === undefined) return null;
  const ratio = Number(width) / Number(height);
  const aspectRatio = (["16:9", "9:16"] as const).find((one) => {
    const [across = 1, up = 1] = one.split(":").map(Number);
    return Math.abs((ratio * up) / across - 1) <= TOLERANCE;
  });
  const longest = Math.max(Number(width), Number(height));
  const named = (["1K", "2K", "4K"] as const).find((one) => longest <= LONGEST[one]);
  return aspectRatio && named ? { size: named, aspectRatio } : null;
}
