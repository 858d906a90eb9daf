/** When a request is made again: a pure decision, so that it can be read and tested as one. */

/** How an attempt failed. */
export type Failure =
  /** No answer came; whether the request did is not known. */
  | { readonly kind: "lost" }
  | { readonly kind: "refused"; readonly status: number; readonly code: number; readonly retryAfter: number | null };

/** What has happened to a call before the next attempt. */
export interface RetryContext {
  /** Attempts made so far, this one included. */
  readonly attempts: number;
  readonly maxRetries: number;
  /** An attempt before this one got no answer, and may have done its work all the same. */
  readonly lostBefore: boolean;
  /** Longest wait in ms that is worth it; what the gateway asks beyond is left to the caller. */
  readonly maxDelayMs: number;
  /** 0 to 1, for jitter. */
  readonly random: number;
}

const BASE_MS = 500;
const CAP_MS = 8_000;

/** Busy, or a proxy that could not get through. */
const BUSY = new Set([429, 502, 503, 504]);

/** "A request with this idempotency key is still running": after a lost attempt, that is the attempt itself. */
const STILL_RUNNING = 70_003;

/** @returns ms to wait before the next attempt, or null if there shall be none */
export function retryDelay(failure: Failure, context: RetryContext): number | null {
  const { attempts, maxRetries, lostBefore, maxDelayMs, random } = context;
  if (attempts > maxRetries) return null;
  if (failure.kind === "refused") {
    const own = lostBefore && failure.status === 409 && failure.code === STILL_RUNNING;
    if (!own && !BUSY.has(failure.status)) return null;
  }
  const backoff = Math.min(CAP_MS, BASE_MS * 2 ** (attempts - 1)) * (0.5 + random / 2);
  const asked = failure.kind === "refused" ? (failure.retryAfter ?? 0) * 1_000 : 0;
  if (asked > maxDelayMs) return null;
  // A little later than asked, because many may have been asked the same.
  return Math.round(Math.max(backoff, asked * (1 + random / 10)));
}
