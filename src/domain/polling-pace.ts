/** Waits before polls and retries. All results are whole milliseconds. */

const GROWTH = 1.2;
const AGE_SHARE = 0.05;
const JITTER = 0.1;
const MAX_EXPONENT = 50;

/**
 * Until a running task is asked about again: starts at `minMs` and grows to `maxMs`, by the number of polls or with the
 * task's age (5 % of it), whichever is more, so that a restart does not hurry old tasks. Jitter of ±10 % spreads tasks
 * that began together; it leaves neither bound.
 *
 * @param attempt polls made so far, 0 for the first
 * @param ageMs since the task was accepted
 * @param random from 0 to 1
 */
export function nextPollDelay({
  attempt,
  ageMs,
  minMs,
  maxMs,
  random,
}: {
  readonly attempt: number;
  readonly ageMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly random: number;
}): number {
  const wanted = Math.max(minMs * GROWTH ** Math.min(attempt, MAX_EXPONENT), ageMs * AGE_SHARE);
  const jittered = clamp(wanted, minMs, maxMs) * (1 + JITTER * (2 * random - 1));
  return Math.round(clamp(jittered, minMs, maxMs));
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
