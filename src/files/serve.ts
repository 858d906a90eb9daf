/** Stable file URLs (contract section 5): GET and HEAD of /files/{token}/{name}. */
import { DAY_MS } from "../domain/calendar.ts";
import { mayBeCached } from "../domain/file-cache.ts";
import { objectName, parseFileName, parseFileToken, resultKey } from "../domain/file-link.ts";
import type { TenantFacts } from "../domain/file-source.ts";
import { taskIdTime } from "../domain/task-id.ts";
import { type Choice, choicesFor, type Found, openFirst, present, presented, release } from "./choice.ts";
import { readThroughEdge } from "./edge-read.ts";
import { findUnsigned } from "./link-limit.ts";
import { passThrough } from "./pass-through.ts";
import { takePassThrough } from "./pass-through-places.ts";
import { fileMessage, IMMUTABLE, type Presentation, preflight } from "./respond.ts";
import { MISS_MS, type ServeContext } from "./serve-context.ts";
import { serveResized, thumbnailInstead } from "./serve-resized.ts";
import { storedPath } from "./stored.ts";
import { negotiateFormat, readWidth, type Variant, WIDTHS } from "./thumbnails.ts";
import { MAX_RESULT_BYTES } from "./upstream-body.ts";

/** Longest URL, in characters, that is remembered for its wrong signature. */
const MAX_REMEMBERED_URL = 500;
/** How far a task id may be ahead of this clock, in ms: ids count on from the last one when a clock goes back. */
const ID_AHEAD_MS = DAY_MS;
const PATH = /^\/files\/([^/]+)\/([^/]+)$/;
const WIDTH_RULE = `w must be a multiple of ${WIDTHS.step} from ${WIDTHS.min} to ${WIDTHS.max}\n`;

/**
 * Returns the cache policy of a signed file. A caller's own cache may keep it while its link works; shared caches must
 * not.
 */
function signedCacheControl(query: URLSearchParams, now: number): string {
  const left = Math.floor(Number(query.get("expires")) - now / 1000);
  return `private, max-age=${Math.max(0, left || 0)}`;
}

/**
 * Responds to a request under /files/.
 *
 * In this order: 404 for a malformed URL or an unknown tenant, 410 for a deleted tenant, 403 for a signed tenant
 * without signature; then the edge cache, if it may have the file, or the object in R2 (the existence of its key proves token and readiness); then the tenant's
 * record: 404, 410, 202, or a stream from upstream. A token without a MAC is looked up in R2 first, because only R2 and
 * the tenant's object can tell an old token from a made-up one; misses are limited (`LinkLimit`). While the
 * upstream has no usable file, a thumbnail is made from the stored image, and the file of a task that is not reported
 * yet is not ready: 202. Any other failure is a 503: does not throw.
 */
export async function serveFile(request: Request, ctx: ServeContext): Promise<Response> {
  const { method } = request;
  if (method === "OPTIONS") return preflight(request);
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
  const known = ctx.misses.get(url.pathname, clock()) ?? ctx.misses.get(signedAddress(url), clock());
  if (known !== undefined) return fileMessage(method, known);
  const width = name.ext === "png" ? readWidth(url.searchParams) : null;
  const keyOf = (thumbnail: boolean) => resultKey(tenantId, token, objectName({ index: name.index, thumbnail }));
  const format = negotiateFormat(request.headers.get("accept"));
  const choices = choicesFor(name.thumbnail, typeof width === "number" ? width : null, format, keyOf);
  const signed = await ctx.isSigned(parsed);
  if (!signed && taskIdTime(taskId) > clock() + ID_AHEAD_MS) return fileMessage(method, 404);
  const isResized = name.thumbnail || width !== null;
  const asked = { tenantId, taskId, token, url, width, choices, format: isResized ? format : null };
  const opened = signed ? await openSigned(request, ctx, asked) : await openUnsigned(request, ctx, asked);
  if (opened instanceof Response) return opened;
  const { facts, found } = opened;
  const presentation = presentationOf(facts, asked, clock());
  if (found !== null) return await present(found.opened, name.ext, method, presented(presentation, found.choice));

  const source = await ctx.fileSource(tenantId, taskId, secret, lastSegment);
  if (source.state === "pending") return fileMessage(method, 202);
  if (source.state === "upstream") {
    const reported = source.reported && width === null;
    if (width === null) {
      const kind = name.thumbnail ? "thumbnail" : name.ext === "png" ? "image" : "video";
      const streamed = { ...presentation, cacheControl: "no-store" };
      const place = takePassThrough(tenantId);
      if (place === null) return fileMessage(method, reported ? 503 : 202);
      try {
        const limits = { maxBytes: MAX_RESULT_BYTES[kind], place };
        return await passThrough(request, source.url, ctx.fetchResult, streamed, limits);
      } catch (error) {
        place.free();
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
  if (!signed && miss === 404) await ctx.links.countFailure();
  return fileMessage(method, miss);
}

/** The requested file. */
interface Asked {
  readonly tenantId: string;
  readonly taskId: number;
  readonly token: string;
  readonly url: URL;
  readonly width: ReturnType<typeof readWidth>;
  readonly choices: readonly Choice[];
  /** Null where no smaller version may be sent. */
  readonly format: Variant["format"] | null;
}

function presentationOf({ visibility }: TenantFacts, { url }: Asked, now: number): Presentation {
  const { pathname, searchParams } = url;
  return {
    cacheControl: visibility === "public" ? IMMUTABLE : signedCacheControl(searchParams, now),
    download: searchParams.get("download"),
    defaultName: nameOf(pathname),
  };
}

function nameOf(pathname: string): string {
  return pathname.slice(pathname.lastIndexOf("/") + 1);
}

/** The facts of a tenant whose file may be served, and its object in R2; null if there is none. */
interface Permitted {
  readonly facts: TenantFacts;
  readonly found: Found | null;
}

/**
 * Opens the file of a token with a valid MAC; checks the caller's permission before it asks the edge cache or R2. Only such
 * tokens reach the cache, so a made-up one leaves nothing in it.
 */
async function openSigned(request: Request, ctx: ServeContext, asked: Asked): Promise<Permitted | Response> {
  const facts = await permit(asked.url, asked.tenantId, ctx);
  if (facts === 403) return refuseSignature(request, ctx, asked.url);
  if (typeof facts === "number") return fileMessage(request.method, facts);
  const problem = widthProblem(asked.width, request.method, ctx);
  if (problem !== null) return problem;
  const cached = await openCached(request, ctx, asked, facts);
  if (cached instanceof Response) return cached;
  return { facts, found: cached === "missing" ? null : await openFirst(ctx.bucket, asked.choices, request) };
}

async function openCached(request: Request, ctx: ServeContext, asked: Asked, facts: TenantFacts) {
  const { edge, report } = ctx;
  if (!edge || !mayBeCached(facts, asked.taskId)) return "bypass";
  const { token, url, width, format, choices } = asked;
  const now = (ctx.now ?? Date.now)();
  const name = nameOf(url.pathname);
  return await readThroughEdge(request, {
    edge,
    path: storedPath({ token, name, width: typeof width === "number" ? width : null, format }),
    choices,
    presentation: presentationOf(facts, asked, now),
    now,
    ...(report && { report }),
  });
}

/**
 * Opens the file of a token without a valid MAC: an old one, one whose signing secret was removed, or a made-up one. Asks
 * R2 first, so that a stored file is served even if the reader's network is over its limit.
 */
async function openUnsigned(request: Request, ctx: ServeContext, asked: Asked): Promise<Permitted | Response> {
  const { method } = request;
  const problem = widthProblem(asked.width, method, ctx);
  if (problem !== null) return problem;
  const found = await findUnsigned(asked.token, ctx.links, () => openFirst(ctx.bucket, asked.choices, request));
  if (found !== null && "waitSeconds" in found) return tooMany(method, found.waitSeconds);
  const waitSeconds = found === null ? ctx.links.waitSeconds() : 0;
  if (waitSeconds > 0) return tooMany(method, waitSeconds);
  const facts = await permit(asked.url, asked.tenantId, ctx).catch(async (error: unknown) => {
    await release(found?.opened ?? null);
    throw error;
  });
  if (typeof facts !== "number") return { facts, found };
  await release(found?.opened ?? null);
  if (facts === 403) return refuseSignature(request, ctx, asked.url);
  await ctx.links.countFailure();
  return fileMessage(method, facts);
}

/**
 * Refuses a wrong or expired signature and counts it. A reader with one old link, which a page may load again and again,
 * counts once in some seconds; links with a valid signature are never limited.
 */
async function refuseSignature({ method }: Request, ctx: ServeContext, url: URL): Promise<Response> {
  const waitSeconds = ctx.links.waitSeconds();
  if (waitSeconds > 0) return tooMany(method, waitSeconds);
  await ctx.links.countFailure();
  const address = signedAddress(url);
  if (url.searchParams.has("signature") && address.length <= MAX_REMEMBERED_URL) {
    ctx.misses.set(address, 403, (ctx.now ?? Date.now)() + MISS_MS);
  }
  return fileMessage(method, 403);
}

/** Returns a path with its query, in a form that no path and no R2 key has. */
function signedAddress({ pathname, search }: URL): string {
  return `${pathname}?${search}`;
}

function tooMany(method: string, waitSeconds: number): Response {
  return fileMessage(method, 429, { "Retry-After": String(waitSeconds) });
}

function widthProblem(width: ReturnType<typeof readWidth>, method: string, ctx: ServeContext): Response | null {
  if (width === "invalid") return fileMessage(method, 400, {}, WIDTH_RULE);
  if (width !== null && !ctx.images) return fileMessage(method, 404, {}, "this deployment does not resize images\n");
  return null;
}

/** Returns the facts of a tenant whose file the caller may have, otherwise the status of the error. */
async function permit(url: URL, tenantId: string, ctx: ServeContext): Promise<TenantFacts | 403 | 404 | 410> {
  const facts = await ctx.tenantFacts(tenantId);
  if (facts === null) return 404;
  if (facts.deleted) return 410;
  if (facts.visibility === "signed" && !(await ctx.verifySignature(url.pathname, url.searchParams))) return 403;
  return facts;
}
