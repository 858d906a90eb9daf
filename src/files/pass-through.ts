/**
 * Streams a finished file that is not copied yet from upstream, under the same URL. Of the upstream's response only
 * bytes, length and type are passed on.
 *
 * The file is always fetched, inspected and sent whole, one chunk ahead of the caller, because a part cannot be judged.
 * If it turns out to be no whole media file, the transfer breaks off (or, if the file is short, an exception is
 * thrown): the response never looks complete.
 */
import { createMediaInspector, type MediaInspector } from "../domain/media-inspector.ts";
import { evaluate } from "../lib/conditional.ts";
import type { Place } from "./places.ts";
import { fileHeaders, fileMessage, type Presentation } from "./respond.ts";
import { bringsWholeFile, discardBody, openUpstreamBody, type UpstreamBody } from "./upstream-body.ts";

/** Fetches a result file from the upstream's host. */
export type FetchResult = (url: string, init: { method: string }) => Promise<Response>;

/** The upstream has no usable file at this URL. The message contains no URL. */
class UnfitResultError extends Error {
  override readonly name = "UnfitResultError";
}

/** Pace while a caller waits: a body slower than 400 bytes a second is aborted within 13 s. */
const PACE = { windowMs: 10_000, minBytes: 4_000 } as const;

/** Files up to this size are judged whole before the response begins, so that nothing of a bad one is sent. */
const JUDGE_WHOLE_BYTES = 1024 * 1024;

const unfit = (): UnfitResultError => new UnfitResultError("the upstream's file is not a whole media file");

/** The body: chunks read ahead, the rest of the stream, and the inspector of the whole. */
interface Feed {
  readonly body: UpstreamBody;
  readonly inspector: MediaInspector;
  ahead: Uint8Array[];
  /** Bytes read so far. */
  bytes: number;
  ended: boolean;
}

/** @throws UnfitResultError as soon as the file is known to be unusable, otherwise the body's error */
async function read(feed: Feed): Promise<Uint8Array | null> {
  const chunk = await feed.body.next();
  feed.ended = chunk === null;
  feed.bytes += chunk?.length ?? 0;
  const sound = chunk === null ? feed.inspector.finish().ok : feed.inspector.push(chunk) === null;
  if (!sound) throw unfit();
  return chunk;
}

/** Reads until the type is known, and a short file to its end. @throws UnfitResultError if it is not a media file */
async function readAhead(feed: Feed): Promise<void> {
  const { length } = feed.body;
  const judged = length === null || length <= JUDGE_WHOLE_BYTES ? JUDGE_WHOLE_BYTES : 0;
  while (!feed.ended && (feed.inspector.contentType() === null || feed.bytes <= judged)) {
    const chunk = await read(feed);
    if (chunk !== null) feed.ahead.push(chunk.slice());
  }
}

/** Interval in ms at which a transfer looks whether it has lost its place. */
const LOOK_MS = 1_000;

/**
 * Sends each chunk after the next one has been judged: the last one waits for the final result. Breaks off once the place is
 * lost, which happens to slow readers only.
 */
async function pump(feed: Feed, writer: WritableStreamDefaultWriter<Uint8Array>, place: Place): Promise<void> {
  let pending: Uint8Array | null = null;
  let isLost = false;
  place.onLost = () => {
    isLost = true;
  };
  const lost = () => new Error("another reader took the place");
  // A reader that takes nothing lets no write end.
  const look = setInterval(() => {
    if (isLost) void writer.abort(lost()).catch(() => {});
  }, LOOK_MS);
  try {
    for (const chunk of feed.ahead) await send(chunk);
    feed.ahead = [];
    while (!feed.ended) {
      const chunk = await read(feed);
      if (chunk !== null) await send(chunk);
    }
    if (pending !== null) await write(pending);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
  } finally {
    clearInterval(look);
    feed.ahead = [];
    feed.body.cancel();
    place.free();
  }

  async function send(chunk: Uint8Array): Promise<void> {
    if (pending !== null) await write(pending);
    pending = chunk;
  }

  async function write(chunk: Uint8Array): Promise<void> {
    if (isLost) throw lost();
    await writer.write(chunk);
    place.count(chunk.length);
  }
}

function startPump(feed: Feed, length: number | null, place: Place): ReadableStream {
  const { readable, writable } = length === null ? new IdentityTransformStream() : new FixedLengthStream(length);
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  // Runs while the response is read. It always closes or aborts the writer, and does not throw.
  void pump(feed, writer, place);
  return readable;
}

/**
 * Responds to a GET or HEAD from an upstream URL. The response to a range request is the whole file (contract section
 * 9, "Files before the copy").
 *
 * @param limits.maxBytes the largest file that is passed on
 * @param limits.place freed when the transfer has ended; not if this throws
 * @returns 200, 304 or 412
 * @throws if the upstream has no usable file; the message contains no URL if the one of `fetchResult` contains none
 */
export async function passThrough(
  request: Request,
  url: string,
  fetchResult: FetchResult,
  presentation: Presentation,
  { maxBytes, place }: { readonly maxBytes: number; readonly place: Place },
): Promise<Response> {
  const { method, headers } = request;
  // There is no validator yet, so only `*` can match.
  const decision = evaluate(headers, { etag: null, lastModified: null });
  if (decision.kind === "precondition-failed") {
    place.free();
    return fileMessage(method, 412);
  }
  // GET even for HEAD: a presigned URL is often signed for one method only.
  const response = await fetchResult(url, { method: "GET" });
  if (!bringsWholeFile(response)) {
    await discardBody(response);
    throw new UnfitResultError(`the upstream answered ${response.status} for a result file`);
  }
  if (decision.kind === "not-modified") {
    await discardBody(response);
    place.free();
    return new Response(null, { status: 304, headers: fileHeaders("application/octet-stream", presentation) });
  }
  const body = await openUpstreamBody(response, { pace: PACE, maxBytes });
  const declaredType = response.headers.get("content-type");
  const inspector = createMediaInspector({ declaredType, recognisedOnly: body.recognisedOnly });
  const feed: Feed = { body, inspector, ahead: [], bytes: 0, ended: false };
  try {
    await readAhead(feed);
  } catch (error) {
    body.cancel();
    throw error;
  }
  const length = feed.ended ? feed.bytes : body.length;
  const responseHeaders = fileHeaders(inspector.contentType() ?? "application/octet-stream", presentation);
  responseHeaders["Accept-Ranges"] = "none";
  if (length !== null) responseHeaders["Content-Length"] = String(length);
  if (method === "HEAD") {
    body.cancel();
    place.free();
    return new Response(null, { headers: responseHeaders });
  }
  return new Response(startPump(feed, length, place), { headers: responseHeaders });
}
