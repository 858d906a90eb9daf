/**
 * The Range header for a single byte range (RFC 9110 section 14). Multiple ranges, other units and garbage are
 * ignored, as the RFC allows: the response is then the whole representation, never an error.
 */

/** A range as in the header, before the representation's size is known. `last` null means "to the end". */
export type RangeSpec = { first: number; last: number | null } | { suffix: number };

/** A range of a representation of a known size. Offsets and lengths are in bytes. */
export type ResolvedRange =
  | { kind: "full" }
  | { kind: "range"; offset: number; length: number }
  | { kind: "unsatisfiable" };

const UNIT = /^bytes[ \t]*=(.*)$/i;
const INT_RANGE = /^(\d+)-(\d*)$/;
const SUFFIX_RANGE = /^-(\d+)$/;

/** Numbers past 2^53 lose digits but keep their order, and nothing stored is that large; Infinity would break sums. */
function toOffset(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/**
 * Parses a Range header without knowing the size, so that one storage operation can request the range.
 *
 * @returns the one range, or null when the header is absent or is to be ignored (RFC 9110 section 14.2)
 */
export function parseRangeHeader(header: string | null): RangeSpec | null {
  const set = header === null ? null : UNIT.exec(header.trim());
  if (set === null) return null;
  // A list may have empty elements (RFC 9110 section 5.6.1): "bytes=,0-4" is one range.
  const specs = (set[1] ?? "")
    .split(",")
    .map((spec) => spec.trim())
    .filter((spec) => spec !== "");
  const only = specs[0];
  if (only === undefined || specs.length > 1) return null;
  const suffix = SUFFIX_RANGE.exec(only);
  if (suffix !== null) return { suffix: toOffset(suffix[1] ?? "") };
  const range = INT_RANGE.exec(only);
  if (range === null) return null;
  const first = toOffset(range[1] ?? "");
  const last = range[2] === undefined || range[2] === "" ? null : toOffset(range[2]);
  return last !== null && last < first ? null : { first, last };
}

/**
 * Applies a parsed range to a representation of `size` bytes (RFC 9110 section 14.1.2).
 *
 * An empty representation has no byte that a Content-Range could name: a suffix of it is all of it.
 */
export function resolveRange(spec: RangeSpec | null, size: number): ResolvedRange {
  if (spec === null) return { kind: "full" };
  if ("suffix" in spec) {
    if (spec.suffix === 0) return { kind: "unsatisfiable" };
    if (size === 0) return { kind: "full" };
    const length = Math.min(spec.suffix, size);
    return { kind: "range", offset: size - length, length };
  }
  if (spec.first >= size) return { kind: "unsatisfiable" };
  const last = spec.last === null ? size - 1 : Math.min(spec.last, size - 1);
  return { kind: "range", offset: spec.first, length: last - spec.first + 1 };
}

/** A `Content-Range: bytes first-last/size` header as sent by a server; `size` null for `*` (RFC 9110 section 14.4). */
export interface ContentRange {
  offset: number;
  length: number;
  size: number | null;
}

/** @returns the range, or null if the header is absent, malformed or contradicts itself */
export function parseContentRange(header: string | null): ContentRange | null {
  const match = header === null ? null : /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(header.trim());
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2]);
  const size = match[3] === "*" ? null : Number(match[3]);
  if (!Number.isSafeInteger(last) || last < first) return null;
  if (size !== null && (!Number.isSafeInteger(size) || last >= size)) return null;
  return { offset: first, length: last - first + 1, size };
}

/** True if a 206 contains the whole file, as some servers respond although the request had no range. */
export function bringsAll(contentRange: string | null): boolean {
  const range = parseContentRange(contentRange);
  return range !== null && range.length === range.size;
}
