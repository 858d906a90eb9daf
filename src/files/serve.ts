/** Stable file URLs (contract section 5): GET and HEAD of /files/{token}/{name}. */
import { objectName, parseFileName, parseFileToken, resultKey } from "../domain/file-link.ts";
import { type FetchResult, passThrough } from "./pass-through.ts";
import { fileMessage, type OpenedObject, objectResponse, openObject, type Presentation, preflight } from "./respond.ts";

/** What the tenant's record says about a file that is not in R2 (yet). */
export type FileSource =
  | { state: "unknown" }
  | { state: "gone" }
  | { state: "pending" }
  | { state: "upstream"; url: string }
  | { state: "stored" };

export interface TenantFacts {
  visibility: "public" | "signed";
  deleted: boolean;
}

export interface ServeContext {
  bucket: R2Bucket;
  /** True if the query has a valid, unexpired signature for the path. */
  verifySignature(path: string, query: URLSearchParams): Promise<boolean>;
  /** Null: no such tenant. The caller caches it for at most 10 s. */
  tenantFacts(tenantId: string): Promise<TenantFacts | null>;
  /** `name` is the last segment of the path, for example "0.png" or "t0.png". */
  fileSource(tenantId: string, taskId: number, secret: string, name: string): Promise<FileSource>;
  /** Request an upstream file (see `fetchFollowing`). */
  fetchResult: FetchResult;
  /** Milliseconds since the epoch; default: the real clock. */
  now?(): number;
  /** Told why an answer is 503; the message names no URL. */
  report?(error: unknown): void;
}

const PATH = /^\/files\/([^/]+)\/([^/]+)$/;
const FALLBACK_TYPES = { png: "image/png", mp4: "video/mp4" } as const;
const IMMUTABLE = "public, max-age=31536000, immutable";

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
 * tenant's facts; then what the record says: 404, 410, 202, streamed through, or 503. Any failure is a 503: does not throw.
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

  const key = resultKey(tenantId, token, objectName(name));
  const lookup = openObject(ctx.bucket, key, request);
  // Awaited below; until then a failure of it must not count as unhandled.
  lookup.catch(() => {});
  const facts = await permit(url, tenantId, ctx).catch((error: unknown) => {
    lookup.then(release).catch(() => {});
    throw error;
  });
  const opened = await lookup;
  if (typeof facts === "number") {
    await release(opened);
    return fileMessage(method, facts);
  }

  const now = (ctx.now ?? Date.now)();
  const presentation: Presentation = {
    cacheControl: facts.visibility === "public" ? IMMUTABLE : signedCacheControl(url.searchParams, now),
    download: url.searchParams.get("download"),
    defaultName: lastSegment,
  };
  if (opened !== null) return await present(opened, name.ext, method, presentation);

  const source = await ctx.fileSource(tenantId, taskId, secret, lastSegment);
  if (source.state === "unknown") return fileMessage(method, 404);
  if (source.state === "gone") return fileMessage(method, 410);
  if (source.state === "pending") return fileMessage(method, 202);
  if (source.state === "upstream") {
    const streamed = { ...presentation, cacheControl: "no-store" };
    return await passThrough(request, source.url, ctx.fetchResult, streamed, FALLBACK_TYPES[name.ext]);
  }
  // The copy was finished between the look into R2 and the question to the record.
  const late = await openObject(ctx.bucket, key, request);
  if (late === null) throw new Error("a file recorded as stored is not in R2");
  return await present(late, name.ext, method, presentation);
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
