/**
 * Streams one media file into R2 and inspects it on the way. Stores nothing unless the file is whole and of an allowed
 * type.
 *
 * With a known length this is a single put through a FixedLengthStream; without one, a multipart upload from one part
 * buffer, which grows with the part. Peak memory: two read buffers of 256 KiB, and for multipart the part (5 MiB) and R2's copy of it.
 */
import type { MediaFault, MediaInspector } from "../domain/media-inspector.ts";
import { createMediaInspector } from "../domain/media-inspector.ts";
import { type Destination, type DestinationRequest, openFixedLength, openMultipart } from "./destination.ts";
import { NoMemoryError } from "./upload-memory.ts";

/**
 * `interrupted`: the source failed or its declared length was wrong. `storage`: R2 did not store it. `mismatch`: R2
 * stored another number of bytes (and was asked to delete them). `no-memory`: there was no place for its parts, or a faster file
 * took the place.
 */
export type StoreFault = MediaFault | "too-large" | "interrupted" | "storage" | "mismatch" | "no-memory";

/** A stored file, or the reason why it was not stored. */
export type StoreOutcome =
  | { ok: true; bytes: number; contentType: string; etag: string }
  | { ok: false; reason: StoreFault; error?: unknown };

/** The body to store, and its key. */
export interface StoreRequest extends DestinationRequest {
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
}

/** Ends a transfer early; caught inside this module. */
class StoreError extends Error {
  readonly fault: StoreFault;
  constructor(fault: StoreFault, cause?: unknown) {
    super(fault, { cause });
    this.fault = fault;
  }
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
    return { ok: false, reason: error instanceof NoMemoryError ? "no-memory" : "storage", error };
  }
}
