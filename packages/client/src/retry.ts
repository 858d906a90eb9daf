/** Decides when a failed request is retried. Pure, so that it can be tested alone. */

/** How an attempt failed. */
export type Failure =
  /** There was no response; the gateway may have handled the request. */
  | { readonly kind: "lost" }
  | { readonly kind: "refused"; readonly status: number; readonly code: number; readonly retryAfter: number | null };

/** State of a call before its next attempt. */
export interface RetryContext {
  /** Attempts so far, including the failed one. */
  readonly attempts: number;
  readonly maxRetries: number;
  /** True if an earlier attempt got no response, so the gateway may have handled it. */
  readonly lostBefore: boolean;
  /** Longest wait in ms; a longer `Retry-After` becomes an error for the caller. */
  readonly maxDelayMs: number;
  /** 0 to 1, for jitter. */
  readonly random: number;
}

const BASE_MS = 500;
const CAP_MS = 8_000;

/** Rate limit, overload, or a proxy that could not reach the gateway. */
const BUSY = new Set([429, 502, 503, 504]);

/** Code of "a request with this idempotency key is still running": after a lost attempt, that is the attempt itself. */
const STILL_RUNNING = 70_003;

/** @returns the delay in ms before the next attempt, or null for no further attempt */
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
  // Adds jitter, because many clients may have the same Retry-After.
  return Math.round(Math.max(backoff, asked * (1 + random / 10)));
}
