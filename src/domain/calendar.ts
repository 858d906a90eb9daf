/** Calendar arithmetic. Days and months are UTC everywhere in the gateway. */

/** One day in ms. */
export const DAY_MS = 86_400_000;

/** @returns the number of days from 1970-01-01 to the day (UTC) of this moment, in ms since epoch */
export function dayNumber(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** @returns the first moment of the calendar month (UTC) of `now`; both in ms since epoch */
export function monthStart(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}
