/**
 * Reads a body in large chunks, with time limits.
 *
 * Large, because workerd's default reader hands out 4 KiB at a time: a BYOB reader with 256 KiB takes a 200 MB body in a
 * tenth of the CPU time. With time limits, because a connection may stay open and silent for ever.
 */

/** The body stopped coming (`idle`), or took longer than it may (`total`). */
export class BodyTimeoutError extends Error {
  override readonly name = "BodyTimeoutError";
  constructor(limit: "idle" | "total") {
    super(limit === "idle" ? "no bytes for too long" : "the transfer took too long");
  }
}

export interface ChunkReader {
  /**
   * The next chunk, never empty; null at the end. A chunk stays valid until the second call after the one that
   * returned it, and no longer: buffers are reused.
   *
   * @throws BodyTimeoutError, or what the stream fails with
   */
  next(): Promise<Uint8Array | null>;
  /** Give the body up and stop the clocks; also to be called after a failure. Never throws. */
  cancel(): void;
}

export interface BodyTimeouts {
  /** Longest silence in ms (between this and twice as long, so that no timer is set per chunk). */
  idleMs: number;
  /** Longest whole transfer in ms; absent: any. */
  totalMs?: number;
}

const CHUNK_BYTES = 256 * 1024;

type Read = () => Promise<Uint8Array | null>;

/** Two buffers in turn: while one is being filled the caller may still hold the other. */
function byobRead(reader: ReadableStreamBYOBReader): Read {
  let filling = new ArrayBuffer(CHUNK_BYTES);
  let held = new ArrayBuffer(CHUNK_BYTES);
  return async () => {
    const { done, value } = await reader.read(new Uint8Array(filling));
    if (done || value === undefined) return null;
    filling = held;
    held = value.buffer as ArrayBuffer;
    return value;
  };
}

function defaultRead(reader: ReadableStreamDefaultReader<Uint8Array>): Read {
  return async () => {
    const { done, value } = await reader.read();
    return done ? null : value;
  };
}

/** Streams made in JavaScript are not all byte streams; those are read as they come. */
function open(body: ReadableStream<Uint8Array>): { read: Read; cancel: () => Promise<void> } {
  try {
    const reader = body.getReader({ mode: "byob" });
    return { read: byobRead(reader), cancel: () => reader.cancel() };
  } catch {
    const reader = body.getReader();
    return { read: defaultRead(reader), cancel: () => reader.cancel() };
  }
}

/**
 * Lock a body and read it chunk by chunk. The clocks run from now on, the idle one only while a read is waiting: a slow
 * consumer is not the sender's fault.
 */
export function readChunks(body: ReadableStream<Uint8Array>, timeouts: BodyTimeouts): ChunkReader {
  const { read, cancel } = open(body);
  let rejectWaiting: ((error: Error) => void) | null = null;
  let quiet = false;
  let ended = false;
  let failure: Error | null = null;

  const idle = setInterval(() => {
    if (rejectWaiting !== null && quiet) fail(new BodyTimeoutError("idle"));
    quiet = true;
  }, timeouts.idleMs);
  const total =
    timeouts.totalMs === undefined ? null : setTimeout(() => fail(new BodyTimeoutError("total")), timeouts.totalMs);

  function stopClocks(): void {
    clearInterval(idle);
    clearTimeout(total);
  }

  function fail(error: Error): void {
    failure ??= error;
    stopClocks();
    rejectWaiting?.(failure);
    // A body that failed already says so again when it is cancelled: nobody needs to hear it twice.
    cancel().catch(() => {});
  }

  // Not Promise.race with one long-lived promise: that would keep every chunk's reaction until the end.
  const waitForChunk = (): Promise<Uint8Array | null> =>
    new Promise((resolve, reject) => {
      rejectWaiting = reject;
      quiet = false;
      read().then(resolve, reject);
    });

  return {
    async next() {
      for (;;) {
        if (failure !== null) throw failure;
        if (ended) return null;
        try {
          const chunk = await waitForChunk();
          if (chunk !== null && chunk.length === 0) continue;
          ended = chunk === null;
          if (ended) stopClocks();
          return chunk;
        } finally {
          rejectWaiting = null;
        }
      }
    },
    cancel: () => fail(new Error("cancelled")),
  };
}
