/** Waits before polls and retries. All results are whole milliseconds. */
import { MINUTE_MS } from "./calendar.ts";
import { timeUntilShareEnds, type UsualDuration } from "./usual-duration.ts";

const GROWTH = 1.2;
const AGE_SHARE = 0.05;
const JITTER = 0.1;
const MAX_EXPONENT = 50;
/** The share of running tasks whose end falls before their next poll. Less: more polls; more: ends are noticed later. */
const ENDED_SHARE = 0.06;
/** A task that nobody has watched for this long may be polled rarely, in ms (docs/api-contract.md, section 1). */
export const UNWATCHED_MS = 30_000;
/** Longest interval between two polls of a task that nobody watches, in ms; `POLL_MAX_MS` if that is longer. */
const RARELY_MS = MINUTE_MS;

/**
 * Returns the time until a running task is polled again.
 *
 * Where the usual duration of its shape is known: until a small share of such tasks has ended, so rarely at first and every `minMs` around
 * the expected end. Otherwise: starts at `minMs` and grows to `maxMs`, by the number of polls or with the task's age (5 % of it),
 * whichever is more, so that a restart does not hurry old tasks. Jitter spreads tasks that began together; it leaves neither bound.
 *
 * @param attempt polls made so far, 0 for the first
 * @param ageMs since the task was accepted
 * @param usual the usual duration of such tasks, or null
 * @param unwatchedMs for how long nobody has watched the task; from {@link UNWATCHED_MS} on the longest wait is a minute
 * @param random from 0 to 1
 */
export function nextPollDelay({
  attempt,
  ageMs,
  minMs,
  maxMs,
  usual = null,
  unwatchedMs = 0,
  random,
}: {
  readonly attempt: number;
  readonly ageMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly usual?: UsualDuration | null;
  readonly unwatchedMs?: number;
  readonly random: number;
}): number {
  const expected = usual === null ? null : timeUntilShareEnds(usual, ageMs, ENDED_SHARE);
  const growing = Math.max(minMs * GROWTH ** Math.min(attempt, MAX_EXPONENT), ageMs * AGE_SHARE);
  const mostMs = expected !== null && unwatchedMs >= UNWATCHED_MS ? Math.max(maxMs, RARELY_MS) : maxMs;
  const jittered = clamp(expected ?? growing, minMs, mostMs) * (1 + JITTER * (2 * random - 1));
  return Math.round(clamp(jittered, minMs, mostMs));
}

/**
 * Until a busy or unreachable upstream is tried again: exponential, half of it random, never above `capMs`. `Retry-After`
 * is a lower bound (and gets up to 10 % of jitter), but it cannot exceed the cap either: the upstream may delay
 * a task, not park it.
 *
 * @param attempt failures so far minus one, 0 for the first retry
 * @param random from 0 to 1
 * @param retryAfterMs the wait that the upstream asked for, or null
 */
export function retryDelay({
  attempt,
  random,
  baseMs,
  capMs,
  retryAfterMs,
}: {
  readonly attempt: number;
  readonly random: number;
  readonly baseMs: number;
  readonly capMs: number;
  readonly retryAfterMs: number | null;
}): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, MAX_EXPONENT));
  const delay = ceiling / 2 + (ceiling / 2) * random;
  const asked = (retryAfterMs ?? 0) * (1 + JITTER * random);
  return Math.round(Math.min(capMs, Math.max(delay, asked)));
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}
