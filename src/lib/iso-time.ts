/** Times as people and libraries write ISO 8601 and RFC 3339. */

/** A time in ms since epoch, and how it was given. */
export interface IsoTime {
  readonly ms: number;
  /** A date alone is its first moment. */
  readonly isDateOnly: boolean;
  /** False for UTC because nothing else was given. */
  readonly hasOffset: boolean;
}

// PostgreSQL and Python write a space for the T, and PostgreSQL the hour alone as the offset; RFC 3339 allows small letters.
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,20})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** @returns the time in a text; null if it is none, such as 30 February */
export function parseIsoTime(text: string): IsoTime | null {
  const [, day = "", time, zone] = TIME.exec(text) ?? [];
  const midnight = Date.parse(day);
  // `Date.parse` takes 30 February for 2 March.
  if (!Number.isFinite(midnight) || !new Date(midnight).toISOString().startsWith(day)) return null;
  if (time === undefined) return { ms: midnight, isDateOnly: true, hasOffset: false };
  const offset = zone === undefined ? "Z" : zone.length === 3 ? `${zone}:00` : zone.toUpperCase();
  const ms = Date.parse(`${day}T${time}${offset}`);
  return Number.isFinite(ms) ? { ms, isDateOnly: false, hasOffset: zone !== undefined } : null;
}

/** @returns a time in ms since epoch as responses have it, such as `2026-11-22T08:00:00.000Z`; null for null */
export function isoTime(ms: number): string;
export function isoTime(ms: number | null): string | null;
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
