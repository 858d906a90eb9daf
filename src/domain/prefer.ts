/** `Prefer` (RFC 7240): `wait=N`, how long a caller would like to wait for a task to end, and `handling=strict`. */

/** The longest wait, in seconds. */
const MAX_WAIT_SECONDS = 60;

const MAX_HEADER_LENGTH = 1024;

// One preference up to its comma; quoted strings may hold commas, semicolons and escaped quotes.
const PREFERENCE = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;
const NAME_AND_VALUE = /^\s*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?\s*(?:;|$)/;

/**
 * Seconds to wait, 1–60 (more is taken as 60), or null if the header has no valid `wait`. Of a preference given twice,
 * the first counts (section 2); several headers are read as one, joined by commas.
 */
export function parsePreferWait(header: string | null | undefined): number | null {
  const value = preference(header, "wait") ?? "";
  const seconds = /^\d+$/.test(value) ? Number(value) : 0;
  return seconds >= 1 ? Math.min(seconds, MAX_WAIT_SECONDS) : null;
}

/** Whether the header has `handling=strict` (RFC 7240, section 4.4). */
export function prefersStrict(header: string | null | undefined): boolean {
  return preference(header, "handling")?.toLowerCase() === "strict";
}

/** @returns the value of the first preference of this name, "" for one without a value, null without the preference */
function preference(header: string | null | undefined, wanted: string): string | null {
  // The bound is not the RFC's: it keeps hostile quoting from costing quadratic time.
  if (typeof header !== "string" || header.length > MAX_HEADER_LENGTH) return null;
  for (const one of header.match(PREFERENCE) ?? []) {
    const [, name, quoted, token] = NAME_AND_VALUE.exec(one) ?? [];
    if (name?.toLowerCase() === wanted) return quoted ?? token ?? "";
  }
  return null;
}

/** Value of `Preference-Applied` for a wait that was honoured. */
export function preferenceApplied(seconds: number): string {
  return `wait=${seconds}`;
}
