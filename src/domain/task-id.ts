/**
 * Task ids: 40 bits of milliseconds since 2026-01-01T00:00:00Z, then 13 random bits; a JSON number of at most 2^53 − 1
 * that sorts by time. The object of one tenant hands them out, so "unique" means unique within a tenant.
 *
 * The top 6 of the 13 bits are reserved for a slice number once a tenant is split over several objects
 * (docs/scaling.md). Until then they are random, so a split tenant's router takes ids older than the split to its first
 * object and reads the slice only from younger ones.
 */

/** 2026-01-01T00:00:00Z in ms. Ids last until 2060. */
export const TASK_ID_EPOCH = 1_767_225_600_000;

/** Random numbers given to {@link nextTaskId} are below this. */
export const TASK_ID_RANDOM_RANGE = 8192;

const MAX_TASK_ID = Number.MAX_SAFE_INTEGER;
const STEP_RANGE = 16;

/**
 * The next id, always greater than `last`: within one millisecond, or when the clock has gone back, it counts on from
 * `last` by a small random step.
 *
 * @param last the greatest id so far, null if none
 * @param now ms since the epoch
 * @param random a whole number from 0 to 8191
 * @throws RangeError for a random number out of range, and when ids are used up (2060)
 */
export function nextTaskId(last: number | null, now: number, random: number): number {
  if (!Number.isInteger(random) || random < 0 || random >= TASK_ID_RANDOM_RANGE) {
    throw new RangeError("a task id takes 13 random bits");
  }
  const byClock = firstTaskIdAt(now) + random;
  const id = last === null || byClock > last ? byClock : last + 1 + (random % STEP_RANGE);
  if (!Number.isSafeInteger(id)) throw new RangeError("task ids are used up");
  return id;
}

/** When an id was made: ms since the epoch (a little ahead of the clock for ids that counted on from the last one). */
export function taskIdTime(id: number): number {
  return TASK_ID_EPOCH + Math.floor(id / TASK_ID_RANDOM_RANGE);
}

/** The smallest id of a millisecond: `id >= firstTaskIdAt(from)`. 0 before 2026. */
export function firstTaskIdAt(ms: number): number {
  const elapsed = Math.max(0, Math.floor(ms) - TASK_ID_EPOCH);
  return Math.min(elapsed * TASK_ID_RANDOM_RANGE, MAX_TASK_ID);
}

/** The greatest id of a millisecond: `id <= lastTaskIdAt(to)`. −1, which is below all ids, before 2026. */
export function lastTaskIdAt(ms: number): number {
  if (ms < TASK_ID_EPOCH) return -1;
  return Math.min(firstTaskIdAt(ms) + TASK_ID_RANDOM_RANGE - 1, MAX_TASK_ID);
}

/** An id from its text in a path: decimal digits, no leading zero, at most 2^53 − 1; null otherwise. */
export function parseTaskId(text: string): number | null {
  const id = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(id) ? id : null;
}
