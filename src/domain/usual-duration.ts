/**
 * How long tasks of one shape usually take, kept as two numbers: a mean and a mean deviation, both moving averages with the
 * weights that TCP uses for round trips (RFC 6298, section 2).
 */

/** Usual duration of the tasks of one shape, in ms from the upstream's acceptance to its completion. */
export interface UsualDuration {
  readonly meanMs: number;
  readonly deviationMs: number;
}

const MEAN_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;
/** Scale of a logistic distribution per unit of its mean deviation: 1 / (2 ln 2). */
const SCALE = 1 / (2 * Math.LN2);
/** Least mean deviation, in ms, so that tasks that always take equally long are not expected to the millisecond. */
const MIN_DEVIATION_MS = 1_500;
/** A task that is late by so many mean deviations is an exception to which the usual duration does not apply. */
const MAX_DEVIATIONS = 3;

/** @param ms the duration of one more task @returns the usual duration with that task */
export function learnDuration(known: UsualDuration | null, ms: number): UsualDuration {
  if (known === null) return { meanMs: ms, deviationMs: ms / 2 };
  const error = ms - known.meanMs;
  return {
    meanMs: known.meanMs + MEAN_WEIGHT * error,
    deviationMs: known.deviationMs + DEVIATION_WEIGHT * (Math.abs(error) - known.deviationMs),
  };
}

/**
 * Returns the time in which a part of the tasks that are as old as this one and still run will have ended, in ms, if durations are
 * spread as in a logistic distribution; null for a task that runs for so long that the usual duration does not apply.
 *
 * @param ageMs since the upstream accepted the task
 * @param share 0 to 1, both excluded
 */
export function timeUntilShareEnds(
  { meanMs, deviationMs }: UsualDuration,
  ageMs: number,
  share: number,
): number | null {
  const lateMs = ageMs - meanMs;
  const deviation = Math.max(MIN_DEVIATION_MS, deviationMs);
  if (lateMs > MAX_DEVIATIONS * deviation) return null;
  const scale = deviation * SCALE;
  const running = (1 - share) / (1 + Math.exp(lateMs / scale));
  return scale * Math.log(1 / running - 1) - lateMs;
}
