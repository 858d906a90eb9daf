/** The one reader of `Retry-After` (RFC 9110, section 10.2.3): for the upstream, its files and webhook receivers. */

const MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
const TIME = String.raw`(?<time>\d{2}:\d{2}:\d{2})`;
/** The three forms of an HTTP date that a recipient must accept: the preferred one, RFC 850's and asctime's. */
const DATES = [
  String.raw`[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>${MONTHS}) (?<year>\d{4}) ${TIME} GMT`,
  String.raw`[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>${MONTHS})-(?<year>\d{2}) ${TIME} GMT`,
  String.raw`[A-Z][a-z]{2} (?<month>${MONTHS}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/**
 * Reads both forms of the header, seconds and a date.
 *
 * @param now ms since epoch
 * @returns ms from now, 0 for a date that has passed; null when the header is absent or malformed
 */
export function parseRetryAfter(header: string | null | undefined, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  for (const form of DATES) {
    const { day = "", month = "", year = "", time = "" } = form.exec(text)?.groups ?? {};
    if (day !== "") return untilDate(`${day.trim()} ${month} ${fullYear(year, now)} ${time} GMT`, now);
  }
  return null;
}

function untilDate(date: string, now: number): number | null {
  const at = Date.parse(date);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** A year of two digits is the nearest one that is at most 50 years ahead (RFC 9110, section 5.6.7). */
function fullYear(year: string, now: number): string {
  if (year.length === 4) return year;
  const thisYear = new Date(now).getUTCFullYear();
  const inThisCentury = Math.floor(thisYear / 100) * 100 + Number(year);
  return String(inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury);
}
