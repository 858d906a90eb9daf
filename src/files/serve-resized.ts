/** Smaller versions of images that are made for a request, and what is sent if one cannot be made. */
import { type Choice, present, presented } from "./choice.ts";
import { fileHeaders, fileMessage, openObject, type Presentation } from "./respond.ts";
import { MISS_MS, type ServeContext } from "./serve-context.ts";
import { type Resized, resize, type Variant } from "./thumbnails.ts";

/** Cache time of an image served in place of its thumbnail: the thumbnail may be possible later. */
const STAND_IN_SECONDS = 300;

/**
 * Makes the requested smaller version, from the first choice that has an original.
 *
 * @param standIn what to send if it cannot be made: true for the image itself, as for a thumbnail URL that was issued
 * and must work; otherwise 404
 * @returns null if there is no original
 */
export async function serveResized(
  request: Request,
  ctx: ServeContext,
  choices: readonly Choice[],
  standIn: boolean,
  presentation: Presentation,
): Promise<Response | null> {
  const { method } = request;
  for (const choice of choices) {
    if (choice.variant === null || !ctx.images) continue;
    const made = await resizeOnce(ctx, ctx.images, choice.key, choice.variant);
    if (made.kind === "missing") continue;
    if (made.kind === "made") {
      const headers = fileHeaders(made.contentType, presented(presentation, choice));
      headers["Content-Length"] = String(made.bytes.length);
      if (made.etag !== null) headers.ETag = made.etag;
      return new Response(method === "HEAD" ? null : made.bytes, { headers });
    }
    if (made.kind === "busy" && !standIn) return fileMessage(method, 503);
    if (made.kind === "unfit" && made.error !== undefined) ctx.report?.(made.error);
    if (!standIn) return fileMessage(method, 404, {}, "this image cannot be resized\n");
    return await originalInstead(request, ctx, choice, presentation);
  }
  return null;
}

/** Resizes an image, unless that failed a moment ago. */
async function resizeOnce(ctx: ServeContext, images: ImagesBinding, key: string, variant: Variant): Promise<Resized> {
  const clock = ctx.now ?? Date.now;
  if (ctx.misses.get(key, clock()) !== undefined) return { kind: "unfit" };
  const made = await resize(ctx.bucket, images, key, variant);
  if (made.kind === "unfit") ctx.misses.set(key, 404, clock() + MISS_MS);
  return made;
}

/** Returns a thumbnail made from the stored image, in place of the upstream's that is not usable (yet). */
export async function thumbnailInstead(
  request: Request,
  ctx: ServeContext,
  choices: readonly Choice[],
  standIn: boolean,
  presentation: Presentation,
): Promise<Response | null> {
  const cached = { ...presentation, cacheControl: standInCacheControl(presentation) };
  if (ctx.images) return await serveResized(request, ctx, choices, standIn, cached);
  const image = choices.at(-1);
  return image === undefined || !standIn ? null : await originalInstead(request, ctx, image, presentation);
}

function standInCacheControl({ cacheControl }: Presentation): string {
  return cacheControl.startsWith("public") ? `public, max-age=${STAND_IN_SECONDS}` : "private, no-cache";
}

/** Returns the image itself in place of its smaller version; null if it is not stored. */
async function originalInstead(
  request: Request,
  ctx: ServeContext,
  { key }: Choice,
  presentation: Presentation,
): Promise<Response | null> {
  const original = await openObject(ctx.bucket, key, request);
  const cacheControl = standInCacheControl(presentation);
  return original && present(original, "png", request.method, { ...presentation, cacheControl });
}
