/** Sizes as OpenAI names them, in pixels, and the upstream's sizes and aspect ratios (docs/surfaces.md). */
import { IMAGE_ASPECT_RATIOS, IMAGE_SIZES } from "./catalogue.ts";

/** The upstream's fields of an image's size; an absent one is not sent. */
export type ImageShape = { readonly size?: string; readonly aspectRatio?: string };

/** Sizes whose aspect ratio the upstream does not document: without one, or with the nearest. */
const NAMED: ReadonlyMap<string, ImageShape> = new Map<string, ImageShape>([
  ["auto", {}],
  ["1024x1024", { size: "1K" }],
  ["2048x2048", { size: "2K" }],
  ["4096x4096", { size: "4K" }],
  ["1536x1024", { size: "1K", aspectRatio: "16:9" }],
  ["1024x1536", { size: "1K", aspectRatio: "9:16" }],
  ...IMAGE_SIZES.map((size): [string, ImageShape] => [size.toLowerCase(), { size }]),
  ...IMAGE_ASPECT_RATIOS.map((aspectRatio): [string, ImageShape] => [aspectRatio, { aspectRatio }]),
]);

/** Sizes of videos, and their aspect ratios. */
export const VIDEO_ASPECTS: ReadonlyMap<string, string> = new Map([
  ["720x1280", "9:16"],
  ["1280x720", "16:9"],
]);

/** Longest side in pixels up to which a size counts as each of the upstream's. */
const LONGEST_SIDES = [
  [1_792, "1K"],
  [2_816, "2K"],
  [5_632, "4K"],
] as const;
const WIDE = 16 / 9;
const TOLERANCE = 0.03;

/** @returns the upstream's fields for a size of images, or null for a size that has none */
export function imageSize(text: string): ImageShape | null {
  const named = NAMED.get(text.toLowerCase());
  if (named) return named;
  const [, w, h] = /^(\d{1,5})x(\d{1,5})$/i.exec(text) ?? [];
  const [width, height] = [Number(w), Number(h)];
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (!(Math.abs(ratio / WIDE - 1) <= TOLERANCE)) return null;
  const size = LONGEST_SIDES.find(([side]) => Math.max(width, height) <= side)?.[1];
  return size === undefined ? null : { size, aspectRatio: width > height ? "16:9" : "9:16" };
}

/** @returns the size that OpenAI names for a video of this aspect ratio */
export function videoSize(aspectRatio: unknown): string {
  return aspectRatio === "16:9" ? "1280x720" : "720x1280";
}
