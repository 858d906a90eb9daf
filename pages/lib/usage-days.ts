/** Usage by day with no day left out. */
import type { Usage } from "./types.ts";

/** Usage of one day (UTC). */
export interface UsageDay {
  readonly day: string;
  readonly tasks: number;
  readonly credits: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

const DAY_MS = 86_400_000;

/** @param range first and last day, as `2026-11-22` */
export function daysOf({ rows }: Usage, range: { readonly from: string; readonly to: string }): UsageDay[] {
  const known = new Map(rows.map((row) => [row.day, row]));
  const days: UsageDay[] = [];
  for (let at = Date.parse(range.from); at <= Date.parse(range.to); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    days.push({ tasks: 0, credits: 0, completed: 0, failed: 0, cancelled: 0, ...known.get(day), day });
  }
  return days;
}
