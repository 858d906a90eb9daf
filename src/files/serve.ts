/** Stable file URLs (contract section 5): GET and HEAD of /files/{token}/{name}. */
import { type FileToken, objectName, parseFileName, parseFileToken, resultKey } from "../domain/file-link.ts";
import { taskIdTime } from "../domain/task-id.ts";
import type { ExpiringMap } from "../lib/expiring-map.ts";
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
import {
  negotiateFormat,
  type Resized,
  readWidth,
  resize,
  THUMBNAIL_WIDTH,
  type Variant,
  variantKey,
  WIDTHS,
} from "./thumbnails.ts";
import { MAX_RESULT_BYTES } from "./upstream-body.ts";

/** The state of a file that is not in R2 (yet), from the tenant's record. */
export type FileSource =
  | { state: "unknown" }
  | { state: "gone" }
  | { state: "pending" }
  /** Finished upstream; `reported`: the tenant has already been notified, before the copy. */
  | { state: "upstream"; url: string; reported: boolean }
  | { state: "stored" };

/** Facts about a tenant that serving its files requires. */
export interface TenantFacts {
  visibility: "public" | "signed";
  deleted: boolean;
}

/** Limits how often the tenant's object is asked about tokens without a MAC. */
export interface UnsignedLimit {
  /** @returns seconds until the client's address may ask about such a token again; 0: now */
  waitSeconds(): number;
  /** Counts a token that was never handed out. */
  countUnknown(): Promise<void>;
}

/** Dependencies of serving files. */
export interface ServeContext {
  bucket: R2Bucket;
  /** True if the token has a MAC by one of the signing secrets. */
  isSigned(token: FileToken): Promise<boolean>;
  unsigned: UnsignedLimit;
  /** Short-lived memory: paths of missing files with their status, and R2 keys of images that cannot be resized. */
  misses: ExpiringMap<404 | 410>;
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
  /** Called when the upstream has no usable file at its URL: the copy must be tried now, with a fresh URL. */
  repair?(tenantId: string, taskId: number, secret: string, name: string): void;
  /** Milliseconds since the epoch; default: the real clock. */
  now?(): number;
  /**
   * Called with the reason for a 503, or for a 202 although the file is finished upstream; the message contains no URL.
   */
  report?(error: unknown): void;
}

/** How long the status of a missing file is remembered, in ms. */
const MISS_MS = 2_000;
/** How far a task id may be ahead of this clock, in ms: ids count on from the last one when a clock goes back. */
const ID_AHEAD_MS = 86_400_000;
const PATH = /^\/files\/([^/]+)\/([^/]+)$/;
const IMMUTABLE = "public, max-age=31536000, immutable";
/** Cache time of an image served in place of its thumbnail: the thumbnail may be possible later. */
const STAND_IN_SECONDS = 300;
const WIDTH_RULE = `w must be a multiple of ${WIDTHS.step} from ${WIDTHS.min} to ${WIDTHS.max}\n`;

/** True if the object has the extension of the request: /0.mp4 must not return an image, whose URL is /0.png. */
function isFor(object: R2Object, ext: "png" | "mp4"): boolean {
  const kind = object.customMetadata?.kind;
  return kind === undefined || (kind === "video") === (ext === "mp4");
}

/**
 * Returns the cache policy of a signed file. A caller's own cache may keep it while its link works; shared caches must
 * not.
 */
function signedCacheControl(query: URLSearchParams, now: number): string {
  const left = Math.floor(Number(query.get("expires")) - now / 1000);
  return `private, max-age=${Math.max(0, left || 0)}`;
}

/** Cancels the body of an object that is not sent. */
async function release(opened: OpenedObject | null): Promise<void> {
  await opened?.body?.cancel().catch(() => {});
}

/**
 * Responds to a request under /files/.
 *
 * In this order: 404 for a malformed URL or an unknown tenant, 410 for a deleted tenant, 403 for a signed tenant
 * without signature; then the object in R2 (the existence of its key proves token and readiness); then the tenant's
 * record: 404, 410, 202, or a stream from upstream. A token without a MAC is looked up in R2 first, because only R2 and
 * the tenant's object can tell an old token from a made-up one; misses are limited ({@link UnsignedLimit}). While the
 * upstream has no usable file, a thumbnail is made from the stored image, and the file of a task that is not reported
 * yet is not ready: 202. Any other failure is a 503: does not throw.
 */
export async function serveFile(request: Request, ctx: ServeContext): Promise<Response> {
  const { method } = request;
  if (method === "OPTIONS") return preflight();
  if (method !== "GET" && method !== "HEAD") return fileMessage(method, 405, { Allow: "GET, HEAD, OPTIONS" });
  try {
    return await respond(request, ctx);
  } catch (error) {
    ctx.report?.(error);
    return fileMessage(method, 503);
  }
}

async function respond(request: Request, ctx: ServeContext): Promise<Response> {
  const { method } = request;
  const url = new URL(request.url);
  const [, token = "", lastSegment = ""] = PATH.exec(url.pathname) ?? [];
  const parsed = parseFileToken(token);
  const name = parseFileName(lastSegment);
  if (parsed === null || name === null) return fileMessage(method, 404);
  const { tenantId, taskId, secret } = parsed;

  const clock = ctx.now ?? Date.now;
  const known = ctx.misses.get(url.pathname, clock());
  if (known !== undefined) return fileMessage(method, known);
  const width = name.ext === "png" ? readWidth(url.searchParams) : null;
  const keyOf = (thumbnail: boolean) => resultKey(tenantId, token, objectName({ index: name.index, thumbnail }));
  const choices = choicesFor(name.thumbnail, typeof width === "number" ? width : null, request, keyOf);
  const signed = await ctx.isSigned(parsed);
  if (!signed && taskIdTime(taskId) > clock() + ID_AHEAD_MS) return fileMessage(method, 404);
  const asked = { tenantId, url, width, choices };
  const opened = signed ? await openSigned(request, ctx, asked) : await openUnsigned(request, ctx, asked);
  if (opened instanceof Response) return opened;
  const { facts, found } = opened;
  const presentation: Presentation = {
    cacheControl: facts.visibility === "public" ? IMMUTABLE : signedCacheControl(url.searchParams, clock()),
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
        // Nothing has been sent yet.
        ctx.report?.(error);
        ctx.repair?.(tenantId, taskId, secret, lastSegment);
      }
    }
    const made = name.thumbnail ? await thumbnailInstead(request, ctx, choices, width === null, presentation) : null;
    // Before the task is reported as completed, the file is not ready.
    return made ?? fileMessage(method, reported ? 503 : 202);
  }
  // The copy may have ended between the lookup in R2 and the query of the record.
  const late = source.state === "stored" ? await openFirst(ctx.bucket, choices, request) : null;
  if (late !== null) return await present(late.opened, name.ext, method, presented(presentation, late.choice));
  const resized = await serveResized(request, ctx, choices, width === null, presentation);
  if (resized !== null) return resized;
  if (source.state === "stored") throw new Error("a file recorded as stored is not in R2");
  const miss = source.state === "gone" ? 410 : 404;
  // Only a valid signature may reveal whether a file of a tenant with signed links exists.
  if (facts.visibility === "public") ctx.misses.set(url.pathname, miss, clock() + MISS_MS);
  if (!signed && miss === 404) await ctx.unsigned.countUnknown();
  return fileMessage(method, miss);
}

/** The requested file. */
interface Asked {
  readonly tenantId: string;
  readonly url: URL;
  readonly width: ReturnType<typeof readWidth>;
  readonly choices: readonly Choice[];
}

/** The facts of a tenant whose file may be served, and its object in R2; null if there is none. */
interface Permitted {
  readonly facts: TenantFacts;
  readonly found: Found | null;
}

/** Opens the file of a token with a valid MAC; checks the caller's permission before it asks R2. */
async function openSigned(request: Request, ctx: ServeContext, asked: Asked): Promise<Permitted | Response> {
  const facts = await permit(asked.url, asked.tenantId, ctx);
  if (typeof facts === "number") return fileMessage(request.method, facts);
  const problem = widthProblem(asked.width, request.method, ctx);
  return problem ?? { facts, found: await openFirst(ctx.bucket, asked.choices, request) };
}

/**
 * Opens the file of a token without a valid MAC: an old one, one whose signing secret was removed, or a made-up one. Asks
 * R2 first, so that a stored file is served even if the reader's address is over its limit.
 */
async function openUnsigned(request: Request, ctx: ServeContext, asked: Asked): Promise<Permitted | Response> {
  const { method } = request;
  const found = await openFirst(ctx.bucket, asked.choices, request);
  const waitSeconds = found === null ? ctx.unsigned.waitSeconds() : 0;
  if (waitSeconds > 0) return fileMessage(method, 429, { "Retry-After": String(waitSeconds) });
  const facts = await permit(asked.url, asked.tenantId, ctx).catch(async (error: unknown) => {
    await release(found?.opened ?? null);
    throw error;
  });
  const problem = typeof facts === "number" ? fileMessage(method, facts) : widthProblem(asked.width, method, ctx);
  if (facts === 404) await ctx.unsigned.countUnknown();
  if (typeof facts !== "number" && problem === null) return { facts, found };
  await release(found?.opened ?? null);
  return problem ?? fileMessage(method, 404);
}

/** An object for the response: the file itself, or a smaller version of it. */
interface Choice {
  key: string;
  variant: Variant | null;
}

/**
 * Returns the possible objects in order: the requested file; for a thumbnail that the upstream does not have, also the
 * image, resized.
 */
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

/** An object in R2 and the choice that it is. */
interface Found {
  readonly opened: OpenedObject;
  readonly choice: Choice;
}

async function openFirst(bucket: R2Bucket, choices: readonly Choice[], request: Request): Promise<Found | null> {
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

/** Returns the presentation of a choice: smaller versions depend on `Accept`, and have their own names. */
function presented(presentation: Presentation, { variant }: Choice): Presentation {
  if (variant === null) return presentation;
  const { width, format } = variant;
  const defaultName = presentation.defaultName.replace(/\.png$/, `-${width}.${format}`);
  return { ...presentation, defaultName, vary: "Accept" };
}

/**
 * Makes the requested smaller version, from the first choice that has an original.
 *
 * @param standIn what to send if it cannot be made: true for the image itself, as for a thumbnail URL that was issued
 * and must work; otherwise 404
 * @returns null if there is no original
 */
async function serveResized(
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
    if (made.error !== undefined) ctx.report?.(made.error);
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
async function thumbnailInstead(
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

/** Returns the facts of a tenant whose file the caller may have, otherwise the status of the error. */
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
