/**
 * Smaller versions of stored images (docs/files.md): `?w=` on an image's URL, and `t{index}.png` where the upstream has
 * no thumbnail. The platform's Images binding makes them on first use. They are stored beside the original under a key
 * of their own, so that deleting a task's prefix deletes them too.
 */
import { tenantOfResult } from "../domain/file-link.ts";
import { safeContentType } from "../domain/media-type.ts";
import { acceptWeight } from "../lib/accept.ts";
import { Places } from "./places.ts";

/** Allowed widths: so few that a stranger cannot cause a large bill by requesting each. */
export const WIDTHS = { min: 64, max: 2_048, step: 64 } as const;
/** Width of `t{index}.png`. */
export const THUMBNAIL_WIDTH = 512;
/** Largest original that is resized; Images itself stops at 70 MB and 100 megapixels. */
const MAX_SOURCE_BYTES = 32 * 2 ** 20;
/** Largest resized image in bytes; an image of 2048 pixels takes far less. */
const MAX_RESIZED_BYTES = 16 * 2 ** 20;
const QUALITY = 82;
/** Resized images are whole in this isolate's memory, and anybody may request a width that was not made yet. */
const places = new Places(4);
/** Of one tenant, so that its images do not hold up another's. */
const MOST_OF_TENANT = 2;
/** Types that Images reads. It also reads SVG, which is never stored as an image here. */
const SOURCE_TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/heic"]);

/** One smaller version: how wide, and in which format. */
export interface Variant {
  readonly width: number;
  readonly format: "webp" | "jpeg";
}

/** @returns the parameter `w` in pixels; null when absent, "invalid" for a width that is not allowed */
export function readWidth(query: URLSearchParams): number | null | "invalid" {
  const [text, ...more] = query.getAll("w");
  if (text === undefined) return null;
  const width = /^[1-9]\d{1,3}$/.test(text) && more.length === 0 ? Number(text) : 0;
  return width >= WIDTHS.min && width <= WIDTHS.max && width % WIDTHS.step === 0 ? width : "invalid";
}

/** @returns the format of the response: WebP if `Accept` names it (RFC 9110 section 12.5.1), otherwise JPEG */
export function negotiateFormat(accept: string | null): Variant["format"] {
  return acceptWeight(accept, "image/webp") > 0 ? "webp" : "jpeg";
}

/** The R2 key of a smaller version of the object `key`. */
export function variantKey(key: string, { width, format }: Variant): string {
  return `${key}@${width}.${format}`;
}

/**
 * - `made`: the resized image; also in R2 under `variantKey` for the next caller, unless R2 failed
 * - `missing`: there is no original that is an image
 * - `unfit`: the original cannot be resized; `error` contains the reason if it was tried
 * - `busy`: too many are being resized
 */
export type Resized =
  | { kind: "made"; bytes: Uint8Array<ArrayBuffer>; contentType: string; etag: string | null }
  | { kind: "missing" }
  | { kind: "unfit"; error?: unknown }
  | { kind: "busy" };

/** Makes a smaller version of the object `key` and stores it, once there is memory for it. An image is never made larger. */
export async function resize(...image: Parameters<typeof resizeNow>): Promise<Resized> {
  const [, , key] = image;
  const place = await places.wait([{ owner: tenantOfResult(key), most: MOST_OF_TENANT }], 0);
  return typeof place === "string" ? { kind: "busy" } : resizeNow(...image).finally(place.free);
}

async function resizeNow(bucket: R2Bucket, images: ImagesBinding, key: string, variant: Variant): Promise<Resized> {
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
    // The store may fail, for example because another caller stores the same; it can be made again.
    .catch(() => null);
  // The task may have been deleted meanwhile. A deletion lists its prefix until it is empty, so either it still sees
  // this object, or this check sees the deletion.
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
    // JPEG has no transparency: the background becomes white.
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
