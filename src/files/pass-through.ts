/**
 * A finished file that is not copied yet, streamed from upstream under the same URL. Nothing of the upstream shows:
 * only bytes, their length and a safe type are taken from its answer.
 *
 * A file that is fetched whole is inspected like a copy, one chunk ahead of what the caller gets: what turns out to be no
 * whole media file ends in a broken transfer (or, if it is short, in an exception), never in a complete-looking answer.
 */
import { createMediaInspector, type MediaInspector } from "../domain/media-inspector.ts";
import { declaresText, safeContentType } from "../domain/media-type.ts";
import { evaluate } from "../lib/conditional.ts";
import { bringsAll, parseContentRange, parseRangeHeader, type RangeSpec, resolveRange } from "../lib/range.ts";
import { type ChunkReader, readChunks } from "./chunk-reader.ts";
import { fileHeaders, fileMessage, type Presentation } from "./respond.ts";

export type FetchResult = (url: string, init: { method: string; headers: Record<string, string> }) => Promise<Response>;

/** Longest silence of the upstream within a body. */
const IDLE_MS = 10_000;

/** Files up to this are judged whole before the answer begins, so that of a bad one nothing is sent. */
const JUDGE_WHOLE_BYTES = 1024 * 1024;

/** What an upstream answer comes to. */
type Source =
  | { kind: "whole"; response: Response; length: number | null }
  | { kind: "part"; response: Response; offset: number; length: number; size: number }
  | { kind: "unsatisfiable"; size: number | null };

/** The bytes to send: `length` of them (null: all, however many) after passing over `offset`. */
interface Window {
  offset: number;
  length: number | null;
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

function isEncoded(headers: Headers): boolean {
  return !/^(identity)?$/i.test(headers.get("content-encoding")?.trim() ?? "");
}

function rangeHeader(spec: RangeSpec): string {
  return "suffix" in spec ? `bytes=-${spec.suffix}` : `bytes=${spec.first}-${spec.last ?? ""}`;
}

/** The part a 206 brings, if it is the one asked for and is media as it stands. */
function partOf(headers: Headers, spec: RangeSpec): { offset: number; length: number; size: number } | null {
  const range = parseContentRange(headers.get("content-range"));
  if (range?.size == null || isEncoded(headers) || declaresText(headers.get("content-type"))) return null;
  const asked = resolveRange(spec, range.size);
  const same = asked.kind === "range" && asked.offset === range.offset && asked.length === range.length;
  return same ? { offset: range.offset, length: range.length, size: range.size } : null;
}

async function ask(fetchResult: FetchResult, url: string, spec: RangeSpec | null): Promise<Source> {
  const headers: Record<string, string> = { "Accept-Encoding": "identity" };
  if (spec !== null) headers.Range = rangeHeader(spec);
  // GET for HEAD too: a presigned URL is often signed for one method only.
  const response = await fetchResult(url, { method: "GET", headers });
  const all = spec === null && response.status === 206 && bringsAll(response.headers.get("content-range"));
  if (all || response.status === 200 || response.status === 203) {
    const length = response.headers.get("content-length");
    const known = !isEncoded(response.headers) && length !== null && /^\d{1,15}$/.test(length);
    return { kind: "whole", response, length: known ? Number(length) : null };
  }
  if (spec !== null && response.status === 206) {
    const part = partOf(response.headers, spec);
    // Players ask for "bytes=0-": that is the whole, and is judged as one.
    if (part !== null && part.length === part.size) return { kind: "whole", response, length: part.size };
    if (part !== null) return { kind: "part", response, ...part };
    // Not the part that was asked for, or not to be vouched for: take the whole and cut it here.
    await discard(response);
    return await ask(fetchResult, url, null);
  }
  await discard(response);
  if (spec !== null && response.status === 416) {
    const size = /^bytes \*\/(\d{1,15})$/i.exec(response.headers.get("content-range")?.trim() ?? "");
    return { kind: "unsatisfiable", size: size === null ? null : Number(size[1]) };
  }
  throw new Error(`the upstream answered ${response.status} for a result file`);
}

/** Chunks read ahead, then the rest; and the judge of the whole, if the whole is read. */
interface Feed {
  ahead: Uint8Array[];
  ended: boolean;
  chunks: ChunkReader;
  inspector: MediaInspector | null;
}

/** Thrown to break a transfer off. */
const broken = (): Error => new Error("the upstream file is not whole");

/**
 * Read until the type is known, and a short file to its end.
 *
 * @returns false if it is no media file
 */
async function readAhead(feed: Feed, inspector: MediaInspector, length: number | null): Promise<boolean> {
  const enough = length !== null && length <= JUDGE_WHOLE_BYTES ? length : 0;
  let bytes = 0;
  while (!feed.ended && (inspector.contentType() === null || bytes < enough)) {
    const chunk = await feed.chunks.next();
    feed.ended = chunk === null;
    if (chunk === null) break;
    bytes += chunk.length;
    feed.ahead.push(chunk.slice());
    if (inspector.push(chunk) !== null) return false;
  }
  // With the end not read yet although all bytes are here, the verdict stands all the same.
  if (!feed.ended && (length === null || bytes < length)) return true;
  return inspector.finish().ok && (length === null || bytes === length);
}

async function pump(feed: Feed, window: Window, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  let skip = window.offset;
  let left = window.length ?? Number.POSITIVE_INFINITY;
  let pending: Uint8Array | null = null;
  try {
    for (const chunk of feed.ahead) await take(chunk);
    while (left > 0 || feed.inspector !== null) {
      const chunk = feed.ended ? null : await feed.chunks.next();
      if (chunk === null) break;
      if (feed.inspector !== null && feed.inspector.push(chunk) !== null) throw broken();
      await take(chunk);
    }
    if (feed.inspector !== null && !feed.inspector.finish().ok) throw broken();
    if (pending !== null) await writer.write(pending);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
  } finally {
    feed.ahead = [];
    feed.chunks.cancel();
  }

  /** Send the chunk before this one: the last one waits for the verdict. */
  async function take(chunk: Uint8Array): Promise<void> {
    const piece = chunk.subarray(Math.min(skip, chunk.length), Math.min(skip + left, chunk.length));
    skip -= Math.min(skip, chunk.length);
    left -= piece.length;
    // A whole that goes on past its declared length is none.
    if (feed.inspector !== null && piece.length < chunk.length) throw broken();
    if (piece.length === 0) return;
    if (pending !== null) await writer.write(pending);
    pending = piece;
  }
}

function startPump(feed: Feed, window: Window): ReadableStream {
  const { readable, writable } =
    window.length === null ? new IdentityTransformStream() : new FixedLengthStream(window.length);
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  // Runs as long as the answer is being read; it ends in the writer, whichever way, and does not throw.
  void pump(feed, window, writer);
  return readable;
}

/**
 * Answer a GET or HEAD from an upstream URL.
 *
 * @param fallbackType - content type for a part whose declared type says nothing
 * @returns 200, 206, 416, 304 or 412
 * @throws if the upstream has nothing fit to be served; the message names no URL as long as that of `fetchResult` does not
 */
export async function passThrough(
  request: Request,
  url: string,
  fetchResult: FetchResult,
  presentation: Presentation,
  fallbackType: string,
): Promise<Response> {
  const { method, headers } = request;
  const decision = evaluate(headers, { etag: null, lastModified: null });
  if (decision.kind === "precondition-failed") return fileMessage(method, 412);
  const head = method === "HEAD";
  // There is no validator that an If-Range could name: with one the whole is asked for.
  const spec = !head && decision.kind === "proceed" && decision.range ? parseRangeHeader(headers.get("range")) : null;
  const source = await ask(fetchResult, url, spec);
  if (source.kind === "unsatisfiable") return unsatisfiable(method, source.size);
  if (decision.kind === "not-modified") {
    await discard(source.response);
    return new Response(null, { status: 304, headers: fileHeaders("application/octet-stream", presentation) });
  }
  return source.kind === "part"
    ? sendPart(source, presentation, fallbackType)
    : await sendWhole(method, source, spec, presentation);
}

function unsatisfiable(method: string, size: number | null): Response {
  return fileMessage(method, 416, size === null ? {} : { "Content-Range": `bytes */${size}` });
}

function sendPart(
  { response, offset, length, size }: Extract<Source, { kind: "part" }>,
  presentation: Presentation,
  fallbackType: string,
): Response {
  if (response.body === null) throw broken();
  const declared = safeContentType(response.headers.get("content-type"));
  const headers = fileHeaders(declared === "application/octet-stream" ? fallbackType : declared, presentation);
  headers["Content-Range"] = `bytes ${offset}-${offset + length - 1}/${size}`;
  headers["Content-Length"] = String(length);
  const chunks = readChunks(response.body, { idleMs: IDLE_MS });
  const feed: Feed = { ahead: [], ended: false, chunks, inspector: null };
  return new Response(startPump(feed, { offset: 0, length }), { status: 206, headers });
}

async function sendWhole(
  method: string,
  { response, length }: Extract<Source, { kind: "whole" }>,
  spec: RangeSpec | null,
  presentation: Presentation,
): Promise<Response> {
  if (response.body === null || length === 0) throw broken();
  const chunks = readChunks(response.body, { idleMs: IDLE_MS });
  const inspector = createMediaInspector({ declaredType: response.headers.get("content-type") });
  const feed: Feed = { ahead: [], ended: false, chunks, inspector };
  try {
    if (!(await readAhead(feed, inspector, length))) throw broken();
  } catch (error) {
    chunks.cancel();
    throw error;
  }
  const range = length === null ? { kind: "full" as const } : resolveRange(spec, length);
  if (range.kind === "unsatisfiable" || method === "HEAD") chunks.cancel();
  if (range.kind === "unsatisfiable") return unsatisfiable(method, length);

  const headers = fileHeaders(inspector.contentType() ?? "application/octet-stream", presentation);
  if (range.kind === "range")
    headers["Content-Range"] = `bytes ${range.offset}-${range.offset + range.length - 1}/${length}`;
  const window: Window = range.kind === "range" ? range : { offset: 0, length };
  if (window.length !== null) headers["Content-Length"] = String(window.length);
  const status = range.kind === "range" ? 206 : 200;
  if (method === "HEAD") return new Response(null, { status, headers });
  // A part is cut off before the file's end is seen: nothing can be said about the whole.
  if (range.kind === "range" && range.length !== length) feed.inspector = null;
  return new Response(startPump(feed, window), { status, headers });
}
