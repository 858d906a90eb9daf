/** Durations, and calendar arithmetic. Days and months are UTC everywhere in the gateway. */

/** One minute in ms. */
export const MINUTE_MS = 60_000;
/** One hour in ms. */
export const HOUR_MS = 60 * MINUTE_MS;
/** One day in ms. */
export const DAY_MS = 24 * HOUR_MS;

/** @returns the number of days from 1970-01-01 to the day (UTC) of this moment, in ms since epoch */
export function dayNumber(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** @returns the first moment of the calendar month (UTC) of `now`; both in ms since epoch */
export function monthStart(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}
