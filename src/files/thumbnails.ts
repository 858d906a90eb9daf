/**
 * Smaller versions of stored images (docs/files.md): `?w=` on an image's URL, and `t{index}.png` where the upstream gave no
 * thumbnail. Made on first use by the platform's Images binding and kept beside the original under a key of its own, so
 * that whatever deletes a task's prefix deletes them too.
 */
import { safeContentType } from "../domain/media-type.ts";

/** Widths that can be asked for: few enough that no stranger can run up a bill by asking for each. */
export const WIDTHS = { min: 64, max: 2_048, step: 64 } as const;
/** Width of `t{index}.png`. */
export const THUMBNAIL_WIDTH = 512;
/** Largest original that is resized; Images itself stops at 70 MB and 100 megapixels. */
const MAX_SOURCE_BYTES = 32 * 2 ** 20;
/** Far more than an image of 2048 pixels takes. */
const MAX_RESIZED_BYTES = 16 * 2 ** 20;
const QUALITY = 82;
/** What Images reads. SVG, which it reads too, is never stored as an image here. */
const SOURCE_TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/heic"]);

/** One smaller version: how wide, and in which format. */
export interface Variant {
  readonly width: number;
  readonly format: "webp" | "jpeg";
}

/** @returns the parameter `w` in pixels; null when absent, "invalid" for anything that is no allowed width */
export function readWidth(query: URLSearchParams): number | null | "invalid" {
  const [text, ...more] = query.getAll("w");
  if (text === undefined) return null;
  const width = /^[1-9]\d{1,3}$/.test(text) && more.length === 0 ? Number(text) : 0;
  return width >= WIDTHS.min && width <= WIDTHS.max && width % WIDTHS.step === 0 ? width : "invalid";
}

/** @returns the format to answer with: WebP for who names it in `Accept` (RFC 9110 section 12.5.1), else JPEG */
export function negotiateFormat(accept: string | null): Variant["format"] {
  const named = /(?:^|,)\s*image\/webp\s*(?:;\s*q=([\d.]+)\s*)?(?:[,;]|$)/i.exec(accept ?? "");
  return named && Number(named[1] ?? 1) > 0 ? "webp" : "jpeg";
}

/** The R2 key of a smaller version of the object `key`. */
export function variantKey(key: string, { width, format }: Variant): string {
  return `${key}@${width}.${format}`;
}

/**
 * - `made`: here it is, and (if R2 took it) there for the next caller under `variantKey`
 * - `missing`: there is no original that is an image
 * - `unfit`: there is one that cannot be resized; `error` says why, if it was tried
 */
export type Resized =
  | { kind: "made"; bytes: Uint8Array<ArrayBuffer>; contentType: string; etag: string | null }
  | { kind: "missing" }
  | { kind: "unfit"; error?: unknown };

/** Makes a smaller version of the object `key` and stores it. An image is never made larger. */
export async function resize(bucket: R2Bucket, images: ImagesBinding, key: string, variant: Variant): Promise<Resized> {
  const source = await bucket.get(key);
  if (source === null) return { kind: "missing" };
  if (source.customMetadata?.kind === "video") {
    await source.body.cancel();
    return { kind: "missing" };
  }
  const fit = SOURCE_TYPES.has(safeContentType(source.httpMetadata?.contentType)) && source.size <= MAX_SOURCE_BYTES;
  if (!fit) {
    await source.body.cancel();
    return { kind: "unfit" };
  }
  const contentType = `image/${variant.format}`;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await transform(images, source.body, variant);
  } catch (error) {
    return { kind: "unfit", error };
  }
  const stored = await bucket
    .put(variantKey(key, variant), bytes, { httpMetadata: { contentType }, customMetadata: { kind: "thumbnail" } })
    // Not kept, for example because another caller is storing the same: it can be made again.
    .catch(() => null);
  // Deleted meanwhile? A purge lists its prefix until it finds nothing, so either it still sees this, or we see it here.
  if ((await bucket.head(key)) === null) {
    await bucket.delete(variantKey(key, variant));
    return { kind: "missing" };
  }
  return { kind: "made", bytes, contentType, etag: stored?.httpEtag ?? null };
}

async function transform(
  images: ImagesBinding,
  source: ReadableStream<Uint8Array>,
  { width, format }: Variant,
): Promise<Uint8Array<ArrayBuffer>> {
  const output = await images
    .input(source)
    .transform({ width, fit: "scale-down" })
    // JPEG has no transparency: what shows through is white.
    .output({
      format: `image/${format}`,
      quality: QUALITY,
      anim: false,
      ...(format === "jpeg" && { background: "#fff" }),
    });
  const bytes = new Uint8Array(await output.response().arrayBuffer());
  if (bytes.length === 0 || bytes.length > MAX_RESIZED_BYTES) throw new Error(`resized to ${bytes.length} bytes`);
  return bytes;
}
