/**
 * Receives and serves reference files that tenants upload (contract section 4). Their type is detected from the
 * content, never taken from the request.
 */
import { type ReferenceKind, referenceKind } from "../domain/reference.ts";
import { contentLength } from "../lib/content-length.ts";
import { MultipartError, multipartBoundary, openFilePart, SecondFileError } from "../lib/multipart.ts";
import { type BodyPace, BodyTimeoutError, type ChunkReader, readChunks } from "./chunk-reader.ts";
import { fileMessage, objectResponse, openObject, type Presentation } from "./respond.ts";
import { type StoreOutcome, type StoreRequest, storeMedia } from "./store-media.ts";
import { NoMemoryError } from "./upload-memory.ts";

/** Largest sizes in bytes. */
export type UploadLimits = Record<ReferenceKind, number>;

const MEBIBYTE = 1024 * 1024;

/** The contract's limits. */
export const UPLOAD_LIMITS: UploadLimits = { image: 30 * MEBIBYTE, audio: 50 * MEBIBYTE, video: 200 * MEBIBYTE };

/** A stored upload, or the reason why it was refused. */
export type UploadOutcome =
  | { ok: true; kind: ReferenceKind; contentType: string; bytes: number; etag: string }
  /**
   * `limit` in bytes, with `too-large`. `cut`: the file's own structure has an end that is missing; `malformed`: the
   * source was interrupted or is no form; `second-file`: the form has another file; `unavailable`: R2 did not store it;
   * `not-reserved`: `reserve` returned null.
   */
  | {
      ok: false;
      reason:
        | "too-large"
        | "unsupported"
        | "cut"
        | "malformed"
        | "second-file"
        | "empty"
        | "unavailable"
        | "not-reserved";
      limit?: number;
    };

/** Where an upload is stored, and its limits. */
export interface UploadTarget {
  bucket: R2Bucket;
  key: string;
  limits?: UploadLimits;
  metadata?: Record<string, string>;
  /**
   * Called before more than `reserved` bytes are read. @returns the total bytes now reserved; null to stop the upload
   */
  reserve?: (arrived: number) => Promise<number | null>;
  /** Waits for memory of this isolate for a part; see `DestinationRequest`. */
  takePlace?: NonNullable<StoreRequest["takePlace"]>;
}

/** About 17 KiB a second: a slower sender would hold memory and a place for hours. */
export const UPLOAD_PACE: BodyPace = { windowMs: 30_000, minBytes: 512 * 1024 };

/** Thrown inside this module when no more bytes were reserved. */
class NotReservedError extends Error {}

/** Passes on chunks while bytes are reserved for them. */
function reserved(next: UploadSource["next"], reserve: UploadTarget["reserve"]): UploadSource["next"] {
  if (!reserve) return next;
  let arrived = 0;
  let allowed: number | null = 0;
  return async () => {
    const chunk = await next();
    arrived += chunk?.length ?? 0;
    if (allowed !== null && arrived > allowed) allowed = await reserve(arrived);
    if (allowed === null) throw new NotReservedError();
    return chunk;
  };
}
const FIELD = "file";

/** Bytes of a multipart body besides its file: a declared length may exceed the file's by this much. */
const MULTIPART_OVERHEAD = 64 * 1024;

/** A file to store, chunk by chunk. */
export interface UploadSource {
  next: () => Promise<Uint8Array | null>;
  /** Length of the file itself in bytes, if declared. */
  length: number | null;
  declaredType: string | null;
}

/** Finds the file in a request: its raw body, or field `file` of a form. Null if there is none. */
async function findFile(headers: Headers, next: UploadSource["next"]): Promise<UploadSource | null> {
  const declaredType = headers.get("content-type");
  if (!/^\s*multipart\//i.test(declaredType ?? "")) return { next, length: contentLength(headers), declaredType };
  const boundary = multipartBoundary(declaredType);
  if (boundary === null) return null;
  const part = await openFilePart(next, boundary, FIELD);
  return part === null ? null : { next: part.next, length: null, declaredType: part.contentType };
}

function toOutcome(stored: StoreOutcome, limit: number): UploadOutcome {
  if (stored.ok) {
    const { contentType, bytes, etag } = stored;
    return { ok: true, kind: referenceKind(contentType), contentType, bytes, etag };
  }
  if (stored.error instanceof NoMemoryError) return { ok: false, reason: "unavailable" };
  switch (stored.reason) {
    case "empty":
      return { ok: false, reason: "empty" };
    case "too-large":
      return { ok: false, reason: "too-large", limit };
    case "text":
    case "unrecognised":
      return { ok: false, reason: "unsupported" };
    case "truncated":
      return { ok: false, reason: "cut" };
    case "storage":
    case "mismatch":
    case "no-memory":
      return { ok: false, reason: "unavailable" };
    default:
      return { ok: false, reason: "malformed" };
  }
}

/** Most bytes of a refused body that are read: more than any honest upload. Beyond this the connection may break. */
const MAX_DRAINED_BYTES = 256 * MEBIBYTE;
/** Longest time for reading a refused body, in ms. */
const MAX_DRAIN_MS = 10_000;

/**
 * Reads and discards the rest of a request's body. A sender whose connection closes while it is still sending sees a broken pipe
 * and never the response with the reason.
 */
export async function drain(chunks: ChunkReader): Promise<void> {
  try {
    const until = Date.now() + MAX_DRAIN_MS;
    for (let left = MAX_DRAINED_BYTES; left > 0 && Date.now() < until; ) {
      const chunk = await chunks.next();
      if (chunk === null) break;
      left -= Math.max(1_024, chunk.length);
    }
  } catch {
    // The sender is gone: there is no one to respond to.
  }
  chunks.cancel();
}

/**
 * Stores a file from any source, under the rules of {@link receiveUpload}.
 *
 * @returns the stored upload, or the reason why there is none; does not throw
 */
export function storeUpload(source: UploadSource, target: UploadTarget): Promise<UploadOutcome> {
  return storeReserved({ ...source, next: reserved(source.next, target.reserve) }, target);
}

async function storeReserved(file: UploadSource, target: UploadTarget): Promise<UploadOutcome> {
  if (file.length === 0) return { ok: false, reason: "empty" };
  const limits = target.limits ?? UPLOAD_LIMITS;
  let limit = 0;
  const stored = await storeMedia({
    ...file,
    bucket: target.bucket,
    key: target.key,
    recognisedOnly: true,
    customMetadata: target.metadata ?? {},
    ...(target.takePlace && { takePlace: target.takePlace }),
    maxBytes(contentType) {
      limit = limits[referenceKind(contentType)];
      return limit;
    },
  });
  if (!stored.ok && stored.error instanceof NotReservedError) return { ok: false, reason: "not-reserved" };
  if (!stored.ok && stored.error instanceof SecondFileError) return { ok: false, reason: "second-file" };
  return toOutcome(stored, limit);
}

/**
 * Streams an upload into R2. Only known image, video and audio formats are accepted, whatever type the request
 * declares; sizes are enforced while streaming; a failed upload leaves nothing stored.
 *
 * @returns the stored upload, or the reason why there is none; does not throw
 */
export async function receiveUpload(
  request: Request,
  target: UploadTarget,
  pace: BodyPace = UPLOAD_PACE,
): Promise<UploadOutcome> {
  const limits = target.limits ?? UPLOAD_LIMITS;
  const largest = Math.max(limits.image, limits.audio, limits.video);
  if (request.body === null) return { ok: false, reason: "empty" };
  const chunks = readChunks(request.body, pace);
  try {
    if ((contentLength(request.headers) ?? 0) > largest + MULTIPART_OVERHEAD) {
      return { ok: false, reason: "too-large", limit: largest };
    }
    const next = reserved(() => chunks.next(), target.reserve);
    const file = await findFile(request.headers, next);
    if (file === null) return { ok: false, reason: "malformed" };
    return await storeReserved(file, target);
  } catch (error) {
    if (error instanceof NotReservedError) return { ok: false, reason: "not-reserved" };
    if (error instanceof NoMemoryError) return { ok: false, reason: "unavailable" };
    // Errors of the sender's bytes or connection are the sender's; any other error would be a defect here, and is not
    // hidden.
    if (error instanceof MultipartError || error instanceof BodyTimeoutError) return { ok: false, reason: "malformed" };
    throw error;
  } finally {
    await drain(chunks);
  }
}

/**
 * Responds to a GET or HEAD for an uploaded file, with ranges and conditions like any stable file.
 *
 * @param presentation - cache policy (an upload expires) and the name for `?download`
 */
export async function serveUpload(
  request: Request,
  bucket: R2Bucket,
  key: string,
  presentation: Presentation,
): Promise<Response> {
  const { method } = request;
  try {
    const opened = await openObject(bucket, key, request);
    return opened === null ? fileMessage(method, 404) : objectResponse(opened, method, presentation);
  } catch {
    return fileMessage(method, 503);
  }
}
