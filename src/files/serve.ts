/** Stable file URLs (contract section 5): GET and HEAD of /files/{token}/{name}. */
import { objectName, parseFileName, parseFileToken, resultKey } from "../domain/file-link.ts";
import { type FetchResult, passThrough } from "./pass-through.ts";
import {
  fileHeaders,
  fileMessage,
  type OpenedObject,
  objectResponse,
  openObject,
  type Presentation,
  preflight,
} from "./respond.ts";
import { negotiateFormat, readWidth, resize, THUMBNAIL_WIDTH, type Variant, variantKey, WIDTHS } from "./thumbnails.ts";
import { MAX_RESULT_BYTES } from "./upstream-body.ts";

/** What the tenant's record says about a file that is not in R2 (yet). */
export type FileSource =
  | { state: "unknown" }
  | { state: "gone" }
  | { state: "pending" }
  /** Finished upstream; `reported`: the tenant has been told so already, with the copy still to come. */
  | { state: "upstream"; url: string; reported: boolean }
  | { state: "stored" };

/** What serving a file must know of its tenant. */
export interface TenantFacts {
  visibility: "public" | "signed";
  deleted: boolean;
}

/** What serving a file depends on. */
export interface ServeContext {
  bucket: R2Bucket;
  /** Resizes images; null where the platform's binding is not configured. */
  images?: ImagesBinding | null;
  /** True if the query has a valid, unexpired signature for the path. */
  verifySignature(path: string, query: URLSearchParams): Promise<boolean>;
  /** Null: no such tenant. The caller caches it for at most 10 s. */
  tenantFacts(tenantId: string): Promise<TenantFacts | null>;
  /** `name` is the last segment of the path, for example "0.png" or "t0.png". */
  fileSource(tenantId: string, taskId: number, secret: string, name: string): Promise<FileSource>;
  /** Request an upstream file (see `fetchFollowing`). */
  fetchResult: FetchResult;
  /** Called when the upstream has no fit file under its URL: the copy is to be tried now, with a fresh URL. */
  repair?(tenantId: string, taskId: number, secret: string, name: string): void;
  /** Milliseconds since the epoch; default: the real clock. */
  now?(): number;
  /** Told why an answer is 503, or 202 although the file is finished upstream; the message names no URL. */
  report?(error: unknown): void;
}

const PATH = /^\/files\/([^/]+)\/([^/]+)$/;
const IMMUTABLE = "public, max-age=31536000, immutable";
/** For an image that stands in for its thumbnail: the thumbnail may be possible later. */
const STAND_IN_SECONDS = 300;
const WIDTH_RULE = `w must be a multiple of ${WIDTHS.step} from ${WIDTHS.min} to ${WIDTHS.max}\n`;

/** Objects carry what was asked for: /0.mp4 must not answer for an image, whose URL is /0.png. */
function isFor(object: R2Object, ext: "png" | "mp4"): boolean {
  const kind = object.customMetadata?.kind;
  return kind === undefined || (kind === "video") === (ext === "mp4");
}

/** A caller's own cache may keep a signed file as long as its link would open it; shared ones may not have it at all. */
function signedCacheControl(query: URLSearchParams, now: number): string {
  const left = Math.floor(Number(query.get("expires")) - now / 1000);
  return `private, max-age=${Math.max(0, left || 0)}`;
}

/** Drop an object that the caller is not to have. */
async function release(opened: OpenedObject | null): Promise<void> {
  await opened?.body?.cancel().catch(() => {});
}

/**
 * Answer a request under /files/.
 *
 * In order: 404 for what is no file URL or whose tenant does not exist, 410 for a deleted tenant, 403 for a signed tenant
 * without signature; then the object in R2 (that its key exists proves token and readiness), read concurrently with the
 * tenant's facts; then what the record says: 404, 410, 202, or streamed through. While the upstream has nothing fit to be
 * served, a thumbnail is made of the stored image, and the file of a task that is not reported yet is not ready: 202. Any
 * other failure is a 503: does not throw.
 */
export async function serveFile(request: Request, ctx: ServeContext): Promise<Response> {
  const { method } = request;
  if (method === "OPTIONS") return preflight();
  if (method !== "GET" && method !== "HEAD") return fileMessage(method, 405, { Allow: "GET, HEAD, OPTIONS" });
  try {
    return await answer(request, ctx);
  } catch (error) {
    ctx.report?.(error);
    return fileMessage(method, 503);
  }
}

async function answer(request: Request, ctx: ServeContext): Promise<Response> {
  const { method } = request;
  const url = new URL(request.url);
  const [, token = "", lastSegment = ""] = PATH.exec(url.pathname) ?? [];
  const parsed = parseFileToken(token);
  const name = parseFileName(lastSegment);
  if (parsed === null || name === null) return fileMessage(method, 404);
  const { tenantId, taskId, secret } = parsed;

  const width = name.ext === "png" ? readWidth(url.searchParams) : null;
  const keyOf = (thumbnail: boolean) => resultKey(tenantId, token, objectName({ index: name.index, thumbnail }));
  const choices = choicesFor(name.thumbnail, typeof width === "number" ? width : null, request, keyOf);
  const lookup = openFirst(ctx.bucket, choices, request);
  // Awaited below; until then a failure of it must not count as unhandled.
  lookup.catch(() => {});
  const facts = await permit(url, tenantId, ctx).catch((error: unknown) => {
    lookup.then((found) => release(found?.opened ?? null)).catch(() => {});
    throw error;
  });
  const found = await lookup;
  if (typeof facts === "number") {
    await release(found?.opened ?? null);
    return fileMessage(method, facts);
  }
  const problem = widthProblem(width, method, ctx);
  if (problem !== null) {
    await release(found?.opened ?? null);
    return problem;
  }

  const now = (ctx.now ?? Date.now)();
  const presentation: Presentation = {
    cacheControl: facts.visibility === "public" ? IMMUTABLE : signedCacheControl(url.searchParams, now),
    download: url.searchParams.get("download"),
    defaultName: lastSegment,
  };
  if (found !== null) return await present(found.opened, name.ext, method, presented(presentation, found.choice));

  const source = await ctx.fileSource(tenantId, taskId, secret, lastSegment);
  if (source.state === "pending") return fileMessage(method, 202);
  if (source.state === "upstream") {
    const reported = source.reported && width === null;
    if (width === null) {
      const kind = name.thumbnail ? "thumbnail" : name.ext === "png" ? "image" : "video";
      const streamed = { ...presentation, cacheControl: "no-store" };
      try {
        return await passThrough(request, source.url, ctx.fetchResult, streamed, MAX_RESULT_BYTES[kind]);
      } catch (error) {
        // Nothing was sent yet.
        ctx.report?.(error);
        ctx.repair?.(tenantId, taskId, secret, lastSegment);
      }
    }
    const made = name.thumbnail ? await thumbnailInstead(request, ctx, choices, width === null, presentation) : null;
    // Until the task is reported as completed the file is simply not ready.
    return made ?? fileMessage(method, reported ? 503 : 202);
  }
  // A copy may have been finished between the look into R2 and the question to the record.
  const late = source.state === "stored" ? await openFirst(ctx.bucket, choices, request) : null;
  if (late !== null) return await present(late.opened, name.ext, method, presented(presentation, late.choice));
  const resized = await answerResized(request, ctx, choices, width === null, presentation);
  if (resized !== null) return resized;
  if (source.state === "stored") throw new Error("a file recorded as stored is not in R2");
  return fileMessage(method, source.state === "gone" ? 410 : 404);
}

/** An object that answers a request: the file itself, or a smaller version of it. */
interface Choice {
  key: string;
  variant: Variant | null;
}

/** In order: what was asked for; and for a thumbnail that the upstream did not give, the image itself, smaller. */
function choicesFor(
  thumbnail: boolean,
  width: number | null,
  request: Request,
  keyOf: (thumbnail: boolean) => string,
): Choice[] {
  const variant = (pixels: number): Variant => ({
    width: pixels,
    format: negotiateFormat(request.headers.get("accept")),
  });
  const asked: Choice = { key: keyOf(thumbnail), variant: width === null ? null : variant(width) };
  return thumbnail ? [asked, { key: keyOf(false), variant: variant(width ?? THUMBNAIL_WIDTH) }] : [asked];
}

async function openFirst(
  bucket: R2Bucket,
  choices: readonly Choice[],
  request: Request,
): Promise<{ opened: OpenedObject; choice: Choice } | null> {
  for (const choice of choices) {
    const key = choice.variant === null ? choice.key : variantKey(choice.key, choice.variant);
    const opened = await openObject(bucket, key, request);
    if (opened !== null) return { opened, choice };
  }
  return null;
}

function widthProblem(width: ReturnType<typeof readWidth>, method: string, ctx: ServeContext): Response | null {
  if (width === "invalid") return fileMessage(method, 400, {}, WIDTH_RULE);
  if (width !== null && !ctx.images) return fileMessage(method, 404, {}, "this deployment does not resize images\n");
  return null;
}

/** Smaller versions depend on `Accept`, and have names of their own. */
function presented(presentation: Presentation, { variant }: Choice): Presentation {
  if (variant === null) return presentation;
  const { width, format } = variant;
  const defaultName = presentation.defaultName.replace(/\.png$/, `-${width}.${format}`);
  return { ...presentation, defaultName, vary: "Accept" };
}

/**
 * Makes the smaller version that was asked for, from the first choice that has an original.
 *
 * @param standIn where it cannot be made: whether the image itself is the answer, as for a thumbnail URL that was handed
 *   out and must work; else 404
 * @returns null if there is no original
 */
async function answerResized(
  request: Request,
  ctx: ServeContext,
  choices: readonly Choice[],
  standIn: boolean,
  presentation: Presentation,
): Promise<Response | null> {
  const { method } = request;
  for (const choice of choices) {
    if (choice.variant === null || !ctx.images) continue;
    const made = await resize(ctx.bucket, ctx.images, choice.key, choice.variant);
    if (made.kind === "missing") continue;
    if (made.kind === "made") {
      const headers = fileHeaders(made.contentType, presented(presentation, choice));
      headers["Content-Length"] = String(made.bytes.length);
      if (made.etag !== null) headers.ETag = made.etag;
      return new Response(method === "HEAD" ? null : made.bytes, { headers });
    }
    if (made.error !== undefined) ctx.report?.(made.error);
    if (!standIn) return fileMessage(method, 404, {}, "this image cannot be resized\n");
    return await originalInstead(request, ctx, choice, presentation);
  }
  return null;
}

/** What answers for a thumbnail that the upstream has, but not (yet) fit to be served: one made of the stored image. */
async function thumbnailInstead(
  request: Request,
  ctx: ServeContext,
  choices: readonly Choice[],
  standIn: boolean,
  presentation: Presentation,
): Promise<Response | null> {
  const cached = { ...presentation, cacheControl: standInCacheControl(presentation) };
  if (ctx.images) return await answerResized(request, ctx, choices, standIn, cached);
  const image = choices.at(-1);
  return image === undefined || !standIn ? null : await originalInstead(request, ctx, image, presentation);
}

function standInCacheControl({ cacheControl }: Presentation): string {
  return cacheControl.startsWith("public") ? `public, max-age=${STAND_IN_SECONDS}` : "private, no-cache";
}

/** The image itself in place of a smaller version of it; null if it is not stored. */
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

/** The facts of a tenant whose file the caller may have, or the status to refuse with. */
async function permit(url: URL, tenantId: string, ctx: ServeContext): Promise<TenantFacts | 403 | 404 | 410> {
  const facts = await ctx.tenantFacts(tenantId);
  if (facts === null) return 404;
  if (facts.deleted) return 410;
  if (facts.visibility === "signed" && !(await ctx.verifySignature(url.pathname, url.searchParams))) return 403;
  return facts;
}

async function present(
  opened: OpenedObject,
  ext: "png" | "mp4",
  method: string,
  presentation: Presentation,
): Promise<Response> {
  if (isFor(opened.object, ext)) return objectResponse(opened, method, presentation);
  await release(opened);
  return fileMessage(method, 404);
}
