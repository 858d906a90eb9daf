/** Conditional requests (RFC 9110 section 13): one decision from the request's headers and the resource's validators. */

/** The current representation. `etag` is the quoted header value; null where a validator does not exist. */
export interface Validators {
  etag: string | null;
  lastModified: Date | null;
}

/**
 * - `proceed`: respond as usual; a Range header counts only if `range` is true (If-Range absent or matched)
 * - `not-modified`: 304
 * - `precondition-failed`: 412
 */
export type ConditionalDecision =
  | { kind: "proceed"; range: boolean }
  | { kind: "not-modified" }
  | { kind: "precondition-failed" };

/** An entity tag, weak or not. Commas may stand inside the quotes, so a list cannot just be split at them. */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** Tags some clients send without quotes are taken for quoted: sending back what they got from a tool is no error. */
function parseTags(list: string): string[] {
  const quoted = list.match(ENTITY_TAG);
  if (quoted !== null) return quoted;
  const bare = list.trim();
  return bare === "" || bare.includes('"') ? [] : [`"${bare}"`];
}

const opaque = (tag: string): string => (tag.startsWith("W/") ? tag.slice(2) : tag);
const isWeak = (tag: string): boolean => tag.startsWith("W/");

/** HTTP dates count whole seconds (RFC 9110 section 5.6.7). */
const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Only the date forms of RFC 9110 section 5.6.7; Date.parse takes far more, and an entity tag must not pass for one. */
function parseHttpDate(value: string | null): number | null {
  if (value === null || !/^(mon|tue|wed|thu|fri|sat|sun)/i.test(value.trim())) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : seconds(time);
}

function matches(list: string, etag: string | null, compare: "strong" | "weak"): boolean {
  if (list.trim() === "*") return true;
  if (etag === null) return false;
  if (compare === "strong" && isWeak(etag)) return false;
  return parseTags(list).some((tag) => !(compare === "strong" && isWeak(tag)) && opaque(tag) === opaque(etag));
}

function ifRangeHolds(value: string | null, current: Validators): boolean {
  if (value === null) return true;
  const trimmed = value.trim();
  if (/^(W\/)?"/.test(trimmed)) return matches(trimmed, current.etag, "strong");
  // A date must be exactly the one that was sent, not merely later (RFC 9110 section 13.1.5).
  const date = parseHttpDate(trimmed);
  return date !== null && current.lastModified !== null && date === seconds(current.lastModified.getTime());
}

/**
 * Decide about a GET or HEAD of an existing representation, in the order of RFC 9110 section 13.2.2. A date that
 * does not parse counts as absent.
 *
 * @param headers - the request's headers
 * @param current - the representation's validators
 */
export function evaluate(headers: Headers, current: Validators): ConditionalDecision {
  const modified = current.lastModified === null ? null : seconds(current.lastModified.getTime());

  const ifMatch = headers.get("if-match");
  if (ifMatch !== null) {
    if (!matches(ifMatch, current.etag, "strong")) return { kind: "precondition-failed" };
  } else {
    const unmodifiedSince = parseHttpDate(headers.get("if-unmodified-since"));
    if (unmodifiedSince !== null && modified !== null && modified > unmodifiedSince) {
      return { kind: "precondition-failed" };
    }
  }

  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) {
    if (matches(ifNoneMatch, current.etag, "weak")) return { kind: "not-modified" };
  } else {
    const modifiedSince = parseHttpDate(headers.get("if-modified-since"));
    if (modifiedSince !== null && modified !== null && modified <= modifiedSince) return { kind: "not-modified" };
  }

  return { kind: "proceed", range: ifRangeHolds(headers.get("if-range"), current) };
}

const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] as const;

/** True if the request could get 304 or 412 (If-Range only ever widens the response). */
export function hasConditions(headers: Headers): boolean {
  return CONDITIONS.some((name) => headers.has(name));
}
