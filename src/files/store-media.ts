/**
 * Streams one media file into R2 and inspects it on the way. Stores nothing unless the file is whole and of an allowed
 * type.
 *
 * With a known length this is a single put through a FixedLengthStream; without one, a multipart upload from one part
 * buffer, which grows with the part. Peak memory: two read buffers of 256 KiB, and for multipart the part (5 MiB) and R2's copy of it.
 */

import type { MediaFault, MediaInspector } from "../domain/media-inspector.ts";
import { createMediaInspector } from "../domain/media-inspector.ts";

/** R2's smallest allowed part; all parts but the last must be equal (Cloudflare's R2 documentation). */
const PART_BYTES = 5 * 1024 * 1024;
/** The part buffer grows by doubling: several small files at once must not take 5 MiB each. */
const SMALL_PART_BYTES = PART_BYTES / 16;
/** A part buffer of at most this size needs no place. */
const FREE_PART_BYTES = PART_BYTES / 4;

/**
 * `interrupted`: the source failed or its declared length was wrong. `storage`: R2 did not store it. `mismatch`: R2
 * stored another number of bytes (and was asked to delete them).
 */
export type StoreFault = MediaFault | "too-large" | "interrupted" | "storage" | "mismatch";

/** A stored file, or the reason why it was not stored. */
export type StoreOutcome =
  | { ok: true; bytes: number; contentType: string; etag: string }
  | { ok: false; reason: StoreFault; error?: unknown };

/** The body to store, and its key. */
export interface StoreRequest {
  bucket: R2Bucket;
  key: string;
  /** The file, chunk by chunk; a chunk must stay valid while the next one is read (see `ChunkReader`). */
  next: () => Promise<Uint8Array | null>;
  /** Length in bytes if the source declared one, else null. */
  length: number | null;
  /** The content type that the source declares. */
  declaredType: string | null;
  /** Refuse content that is not recognised; default false. */
  recognisedOnly?: boolean;
  /** Returns the largest size in bytes for a content type; called once, when the type is known. */
  maxBytes: (contentType: string) => number;
  customMetadata?: Record<string, string>;
  /**
   * Waits for a place before the part buffer of a file of unknown length takes more than 1.25 MiB. The copy keeps buffer and place to its
   * end: a new buffer for each part grows the process by more than the file's parts, until garbage collection.
   *
   * @returns a function that frees it; null if none is free
   */
  takePlace?: () => Promise<(() => void) | null>;
}

/** Ends a transfer early; caught inside this module. */
class StoreError extends Error {
  readonly fault: StoreFault;
  constructor(fault: StoreFault, cause?: unknown) {
    super(fault, { cause });
    this.fault = fault;
  }
}

/** An object in R2 that is being written. */
export interface Destination {
  /** Takes a chunk; after it resolves, the chunk's buffer may be reused. */
  write(chunk: Uint8Array): Promise<void>;
  /** Stores everything; `last` is the end of the file. Only this may make anything visible in R2. */
  commit(last: Uint8Array): Promise<R2Object>;
  /** Discards everything. Never throws. */
  abandon(): Promise<void>;
}

/** Opens an object of known length. @param length in bytes: R2 stores the object as soon as it has so many */
export function openFixedLength(
  request: Pick<StoreRequest, "bucket" | "key" | "customMetadata">,
  length: number,
  contentType: string,
): Destination {
  const { readable, writable } = new FixedLengthStream(length);
  const writer = writable.getWriter();
  const put = request.bucket.put(request.key, readable, {
    httpMetadata: { contentType },
    customMetadata: request.customMetadata ?? {},
  });
  // write(), commit() or abandon() report these failures; until then they must not count as unhandled.
  const ignore = (): void => {};
  put.catch(ignore);
  writer.closed.catch(ignore);
  return {
    // A failed put stops reading, and its error explains more than the error of the write that then fails.
    write: (chunk) =>
      writer.write(chunk).catch(async (error: unknown) => {
        await put;
        throw error;
      }),
    async commit(last) {
      await Promise.all([writer.write(last), writer.close()]).catch(ignore);
      return await put;
    },
    async abandon() {
      await writer.abort(new Error("abandoned")).catch(ignore);
      await put.catch(ignore);
    },
  };
}

function openMultipart(request: StoreRequest, contentType: string): Destination {
  const metadata = { httpMetadata: { contentType }, customMetadata: request.customMetadata ?? {} };
  const parts: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | null = null;
  let part = new Uint8Array(SMALL_PART_BYTES);
  let filled = 0;
  let freePlace: (() => void) | null = null;

  function empty(): void {
    part = new Uint8Array(SMALL_PART_BYTES);
    filled = 0;
    freePlace?.();
    freePlace = null;
  }

  async function flush(): Promise<void> {
    upload ??= await request.bucket.createMultipartUpload(request.key, metadata);
    parts.push(await upload.uploadPart(parts.length + 1, part.subarray(0, filled)));
    filled = 0;
  }

  async function makeRoom(): Promise<void> {
    if (filled < part.length) return;
    // A full part is sent only when more data follows, so that the last part is never empty.
    if (part.length === PART_BYTES) return await flush();
    if (part.length === FREE_PART_BYTES && request.takePlace) {
      freePlace = await request.takePlace();
      if (freePlace === null) throw new StoreError("storage", new Error("no memory for another part"));
    }
    const larger = new Uint8Array(part.length * 2);
    larger.set(part);
    part = larger;
  }

  async function append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      await makeRoom();
      const piece = chunk.subarray(at, at + part.length - filled);
      part.set(piece, filled);
      filled += piece.length;
      at += piece.length;
    }
  }

  return {
    write: append,
    async commit(last) {
      await append(last);
      if (upload === null) {
        return await request.bucket.put(request.key, part.subarray(0, filled), metadata).finally(empty);
      }
      await flush();
      empty();
      return await upload.complete(parts);
    },
    async abandon() {
      empty();
      await upload?.abort().catch(() => {});
    },
  };
}

/**
 * Copies chunks from source to destination, one behind: a chunk is written only when another follows.
 *
 * R2 stores an object as soon as it has the declared number of bytes, even if the stream is then aborted. So the last
 * chunk is kept until the inspector has judged the whole.
 */
async function transfer(request: StoreRequest, inspector: MediaInspector, opened: { destination: Destination | null }) {
  const { length } = request;
  let maxBytes = Number.POSITIVE_INFINITY;
  let bytes = 0;
  let pending: Uint8Array[] = [];

  async function read(): Promise<Uint8Array | null> {
    const chunk = await request.next().catch((error: unknown) => {
      throw new StoreError("interrupted", error);
    });
    bytes += chunk?.length ?? 0;
    if (length !== null && (chunk === null ? bytes < length : bytes > length)) throw new StoreError("interrupted");
    return chunk;
  }

  function open(contentType: string): Destination {
    maxBytes = request.maxBytes(contentType);
    if (Math.max(bytes, length ?? 0) > maxBytes) throw new StoreError("too-large");
    opened.destination =
      length === null ? openMultipart(request, contentType) : openFixedLength(request, length, contentType);
    return opened.destination;
  }

  for (let chunk = await read(); chunk !== null; chunk = await read()) {
    const fault = inspector.push(chunk);
    if (fault !== null) throw new StoreError(fault);
    if (bytes > maxBytes) throw new StoreError("too-large");
    const contentType = inspector.contentType();
    if (contentType === null) {
      // The first few KiB, until the type is known: copied, because the reader reuses its buffers.
      pending.push(chunk.slice());
      continue;
    }
    const destination = opened.destination ?? open(contentType);
    for (const waiting of pending) await destination.write(waiting);
    pending = [chunk];
  }

  const verdict = inspector.finish();
  if (!verdict.ok) throw new StoreError(verdict.reason);
  const destination = opened.destination ?? open(verdict.contentType);
  const last = pending.pop() ?? new Uint8Array(0);
  for (const waiting of pending) await destination.write(waiting);
  const stored = await destination.commit(last);
  if (stored.size === bytes) return { ok: true as const, bytes, contentType: verdict.contentType, etag: stored.etag };
  await request.bucket.delete(request.key);
  throw new StoreError("mismatch", new Error(`stored ${stored.size} of ${bytes} bytes`));
}

/**
 * Stores a file under `key` in place of an earlier one, or stores nothing.
 *
 * @returns the stored object, its size confirmed by R2; or the reason why nothing was stored. Does not throw.
 */
export async function storeMedia(request: StoreRequest): Promise<StoreOutcome> {
  const inspector = createMediaInspector({
    declaredType: request.declaredType,
    recognisedOnly: request.recognisedOnly ?? false,
  });
  const opened: { destination: Destination | null } = { destination: null };
  try {
    return await transfer(request, inspector, opened);
  } catch (error) {
    await opened.destination?.abandon();
    if (error instanceof StoreError) return { ok: false, reason: error.fault, error: error.cause };
    return { ok: false, reason: "storage", error };
  }
}
