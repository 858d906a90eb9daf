/** Writes one object to R2: in one put if its length is known, otherwise in parts that are collected in memory. */
import { FREE_PART_BYTES, PART_BYTES } from "./part-memory.ts";
import type { Place } from "./places.ts";
import { NoMemoryError } from "./upload-memory.ts";

/** The part buffer grows by doubling: several small files at once must not take 5 MiB each. */
const SMALL_PART_BYTES = PART_BYTES / 16;

/** Where an object is written. */
export interface DestinationRequest {
  bucket: R2Bucket;
  key: string;
  customMetadata?: Record<string, string>;
  /**
   * Waits for a place before the part buffer of a file of unknown length takes more than 1.25 MiB. The file keeps buffer and place
   * to its end: a new buffer for each part grows the process by more than the file's parts, until garbage collection.
   *
   * @param bytesPerSecond the file's speed so far
   * @returns null if no place is free
   */
  takePlace?: (bytesPerSecond: number) => Promise<Place | null>;
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
export function openFixedLength(request: DestinationRequest, length: number, contentType: string): Destination {
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

/** Opens an object of unknown length. */
export function openMultipart(request: DestinationRequest, contentType: string): Destination {
  const metadata = { httpMetadata: { contentType }, customMetadata: request.customMetadata ?? {} };
  const openedAt = Date.now();
  const parts: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | null = null;
  let part = new Uint8Array(SMALL_PART_BYTES);
  let filled = 0;
  let place: Place | null = null;

  function empty(): void {
    part = new Uint8Array(0);
    filled = 0;
    place?.free();
    place = null;
  }

  /** @throws NoMemoryError if a faster file has taken the place, and with it the buffer */
  function requireBuffer(): void {
    if (part.length === 0) throw new NoMemoryError("a faster file took the place");
  }

  async function flush(): Promise<void> {
    upload ??= await request.bucket.createMultipartUpload(request.key, metadata);
    requireBuffer();
    parts.push(await upload.uploadPart(parts.length + 1, part.subarray(0, filled)));
    filled = 0;
  }

  async function makeRoom(): Promise<void> {
    if (filled < part.length) return;
    // A full part is sent only when more data follows, so that the last part is never empty.
    if (part.length === PART_BYTES) return await flush();
    if (part.length === FREE_PART_BYTES && request.takePlace) {
      const seconds = Math.max(1, Date.now() - openedAt) / 1_000;
      place = await request.takePlace(filled / seconds);
      if (place === null) throw new NoMemoryError("no place is free");
      place.onLost = () => {
        part = new Uint8Array(0);
      };
    }
    const larger = new Uint8Array(part.length * 2);
    larger.set(part);
    part = larger;
  }

  async function append(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      await makeRoom();
      requireBuffer();
      const piece = chunk.subarray(at, at + part.length - filled);
      part.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      place?.count(piece.length);
    }
  }

  return {
    write: append,
    async commit(last) {
      await append(last);
      requireBuffer();
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
