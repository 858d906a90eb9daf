/** Numbers, times and names as people read them. */
import { dateLocale, language } from "../i18n/language.ts";

const TIME = { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" } as const;
const DAY = { month: "short", day: "numeric", timeZone: "UTC" } as const;

// Numbers and spans of time are in the language of the page; dates in the browser's own way of writing it.
const number = once(() => new Intl.NumberFormat(language()));
const compact = once(() => new Intl.NumberFormat(language(), { notation: "compact", maximumFractionDigits: 1 }));
const dateTime = once(() => new Intl.DateTimeFormat(dateLocale(), { ...TIME, timeZoneName: "short" }));
const dayOnly = once(() => new Intl.DateTimeFormat(dateLocale(), DAY));
const relative = once(() => new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "narrow" }));

/** Makes a formatter at its first use: the language is known by then. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Returns a number with separators, e.g. `1,234`. */
export function formatNumber(value: number): string {
  return number().format(value);
}

/** Returns a number in short form, e.g. `1.2K`. */
export function formatCompact(value: number): string {
  return compact().format(value);
}

/** `+5`, `−3`, `0`: with a real minus sign. */
export function formatSigned(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value).replace("-", "−");
}

/** Returns an ISO 8601 time as date and time of the reader's zone, which is named. */
export function formatDateTime(iso: string): string {
  return dateTime().format(new Date(iso));
}

/** Returns the name of the reader's zone, such as `GMT+8`. */
export function zoneName(): string {
  return (
    dateTime()
      .formatToParts(new Date())
      .find(({ type }) => type === "timeZoneName")?.value ?? "UTC"
  );
}

/** Returns an ISO 8601 time in UTC, such as `2026-11-22 13:04:05 UTC`. */
export function formatUtc(iso: string): string {
  return new Date(iso)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

/** `Nov 22` for `2026-11-22`. */
export function formatDay(day: string): string {
  return dayOnly().format(new Date(`${day}T00:00:00Z`));
}

const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
  [Number.POSITIVE_INFINITY, "year"],
] as const;

/** `3 min. ago`, `in 2 hr.` */
export function formatRelative(iso: string, now = Date.now()): string {
  let value = (Date.parse(iso) - now) / 1_000;
  for (const [size, unit] of STEPS) {
    if (Math.abs(value) < size - 0.5) return relative().format(Math.round(value), unit);
    value /= size;
  }
  return "";
}

/** `tenant.create` → `Tenant create`, for what has no better words. */
export function sentence(text: string): string {
  const words = text
    .replace(/[._-]+/g, " ")
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** First and last day (UTC) of the last `days` days, as `2026-11-22`. */
export function lastDays(days: number, now = Date.now()): { from: string; to: string } {
  const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return { from: iso(now - (days - 1) * 86_400_000), to: iso(now) };
}
