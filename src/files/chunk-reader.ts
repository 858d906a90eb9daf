/**
 * Reads a body in large chunks, with time limits.
 *
 * Large chunks, because workerd's default reader returns 4 KiB at a time: a BYOB reader with 256 KiB reads a 200 MB
 * body in a tenth of the CPU time. A least pace, because a connection may stay open for ever, silent or with a byte now
 * and then.
 */

import { type BodyMemory, NoMemoryError } from "./upload-memory.ts";

/** The sender sent nothing (`silent`), less than it must (`slow`), or for longer than it may (`total`). */
export class BodyTimeoutError extends Error {
  override readonly name = "BodyTimeoutError";
  readonly limit: "silent" | "slow" | "total";
  constructor(limit: "silent" | "slow" | "total") {
    super(MESSAGES[limit]);
    this.limit = limit;
  }
}

const MESSAGES = {
  silent: "no bytes for too long",
  slow: "too few bytes for too long",
  total: "the transfer took too long",
} as const;

/** Reads a body in large chunks. */
export interface ChunkReader {
  /**
   * Returns the next chunk, never empty; null at the end. A chunk stays valid until the second call after the one that
   * returned it, because buffers are reused.
   *
   * @throws BodyTimeoutError, or the stream's error
   */
  next(): Promise<Uint8Array | null>;
  /** Cancels the body and stops the timers; also to be called after a failure. Does not throw. */
  cancel(): void;
}

/** Least speed of a body. Only time spent waiting for a read counts: a slow consumer is not the sender's fault. */
export interface BodyPace {
  /** Length in ms of one window of waiting (up to a quarter more, so that no timer is set per chunk). */
  windowMs: number;
  /** Fewest bytes in each window; 1 only requires that the sender is not silent. */
  minBytes: number;
  /** Longest whole transfer in ms, the consumer's time included; absent: any. */
  totalMs?: number;
  /** Memory that the body holds; the transfer ends soon after it is lost. */
  memory?: BodyMemory;
}

const CHUNK_BYTES = 256 * 1024;

type Read = () => Promise<Uint8Array | null>;

/** Reads into two buffers in turn: while one is filled, the caller may still hold the other. */
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

/** Opens a byte stream with a BYOB reader, and any other stream (some made in JavaScript) with a plain reader. */
function open(body: ReadableStream<Uint8Array>): { read: Read; cancel: () => Promise<void> } {
  try {
    const reader = body.getReader({ mode: "byob" });
    return { read: byobRead(reader), cancel: () => reader.cancel() };
  } catch {
    const reader = body.getReader();
    return { read: defaultRead(reader), cancel: () => reader.cancel() };
  }
}

/** Locks a body and reads it chunk by chunk. The time limits start now. */
export function readChunks(body: ReadableStream<Uint8Array>, pace: BodyPace): ChunkReader {
  const { read, cancel } = open(body);
  pace.memory?.count(0);
  let rejectWaiting: ((error: Error) => void) | null = null;
  let ended = false;
  let failure: Error | null = null;
  /**
   * The current window: the ms waited before the current read, the start of that read, and the bytes received in the
   * window.
   */
  let waitedMs = 0;
  let waitingSince = 0;
  let bytes = 0;

  const check = setInterval(() => {
    const now = Date.now();
    if (pace.memory?.isLost) return fail(new NoMemoryError("another tenant took the memory"));
    if (waitedMs + (rejectWaiting === null ? 0 : now - waitingSince) < pace.windowMs) return;
    if (bytes < pace.minBytes) return fail(new BodyTimeoutError(bytes === 0 ? "silent" : "slow"));
    waitedMs = 0;
    waitingSince = now;
    bytes = 0;
  }, pace.windowMs / 4);
  const total = pace.totalMs === undefined ? null : setTimeout(() => fail(new BodyTimeoutError("total")), pace.totalMs);

  function stopClocks(): void {
    clearInterval(check);
    if (total !== null) clearTimeout(total);
  }

  function fail(error: Error): void {
    failure ??= error;
    stopClocks();
    rejectWaiting?.(failure);
    // A failed body rejects again when it is cancelled.
    cancel().catch(() => {});
  }

  // No Promise.race with one long-lived promise: that would keep every chunk's reaction until the end.
  const waitForChunk = (): Promise<Uint8Array | null> =>
    new Promise((resolve, reject) => {
      rejectWaiting = reject;
      waitingSince = Date.now();
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
          bytes += chunk?.length ?? 0;
          pace.memory?.count(chunk?.length ?? 0);
          ended = chunk === null;
          if (ended) stopClocks();
          return chunk;
        } finally {
          waitedMs += Date.now() - waitingSince;
          rejectWaiting = null;
        }
      }
    },
    cancel: () => fail(new Error("cancelled")),
  };
}
