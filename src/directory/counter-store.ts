/**
 * Sums of what all isolates have counted: one row for all time, and one a day for the overview. SQL only; each is JSON
 * text of {@link CounterSums}.
 */
import { dayNumber } from "../domain/calendar.ts";
import { type CounterSums, Counters, quantile } from "../lib/counters.ts";
import { Store } from "../lib/store.ts";
import { COUNTED, isDaily, OTHER_FAILURES, reasonOf } from "../metrics/catalogue.ts";

/** The row of all time. */
const TOTAL = -1;
const KEPT_DAYS = 400;
const MAX_SERIES = 3_000;
/** Most reasons of failures kept for a day, the most frequent ones; all others count as one. */
const MAX_REASONS = 50;
/** Most reasons in an overview. */
const SHOWN_REASONS = 20;

/** The overview's figures of some days, from counters. */
export interface DayFigures {
  /** The upstream's price of completed tasks, in its credits. */
  readonly cost: number;
  /** Null if no task completed. */
  readonly secondsToFinish: { readonly p50: number | null; readonly p95: number | null };
  /** The most frequent reasons. */
  readonly failures: readonly { readonly reason: string; readonly count: number }[];
}

/** Rows of the table `counters`. Call `add` inside a transaction. */
export class CounterStore extends Store {
  /** Adds increments. @param now ms since epoch */
  add(sums: CounterSums, now: number): void {
    const day = dayNumber(now);
    this.#put(TOTAL, merged([this.total(), only(sums, (series) => reasonOf(series) === null)]));
    const daily = only(sums, isDaily);
    if (Object.keys(daily.counts).length + Object.keys(daily.histograms).length === 0) return;
    const known = this.#get(day);
    if (known === null) this.sql.exec("DELETE FROM counters WHERE day >= 0 AND day < ?", day - KEPT_DAYS);
    this.#put(day, withFewReasons(merged([known ?? NOTHING, daily])));
  }

  /** @returns the sums of all time */
  total(): CounterSums {
    return this.#get(TOTAL) ?? NOTHING;
  }

  /** @param days number of days, today included */
  figures(days: number, now: number): DayFigures {
    const rows = this.sql.exec<{ sums: string }>(
      "SELECT sums FROM counters WHERE day > ? ORDER BY day DESC",
      dayNumber(now) - days,
    );
    const { counts, histograms } = merged([...rows].map(({ sums }) => JSON.parse(sums) as CounterSums));
    const { name, bounds } = COUNTED.taskSeconds;
    const durations = Object.entries(histograms).flatMap(([series, values]) =>
      series.startsWith(name) ? [values] : [],
    );
    const all = bounds.concat(0, 0).map((_, index) => durations.reduce((sum, values) => sum + (values[index] ?? 0), 0));
    const failures = Object.entries(counts).flatMap(([series, count]) => {
      const reason = reasonOf(series);
      return reason === null ? [] : [{ reason, count }];
    });
    return {
      cost: counts[COUNTED.cost.name] ?? 0,
      secondsToFinish: { p50: quantile(all, bounds, 0.5), p95: quantile(all, bounds, 0.95) },
      failures: failures.toSorted((one, other) => other.count - one.count).slice(0, SHOWN_REASONS),
    };
  }

  #get(day: number): CounterSums | null {
    const row = this.first<{ sums: string }>("SELECT sums FROM counters WHERE day = ?", day);
    return row === null ? null : (JSON.parse(row.sums) as CounterSums);
  }

  #put(day: number, sums: CounterSums): void {
    this.sql.exec("INSERT OR REPLACE INTO counters (day, sums) VALUES (?, ?)", day, JSON.stringify(sums));
  }
}

const NOTHING: CounterSums = { counts: {}, histograms: {} };

function merged(all: readonly CounterSums[]): CounterSums {
  const counters = new Counters(MAX_SERIES);
  for (const sums of all) counters.merge(sums);
  return counters.take() ?? NOTHING;
}

function only({ counts, histograms }: CounterSums, wanted: (series: string) => boolean): CounterSums {
  const pick = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(values).filter(([series]) => wanted(series)));
  return { counts: pick(counts), histograms: pick(histograms) };
}

/**
 * Counts all but the most frequent reasons as `other`: reasons are texts of the upstream, and one tenant's requests can cause any
 * number of them. Of equally frequent ones the latest stay, so that one which comes again is counted.
 */
function withFewReasons({ counts, histograms }: CounterSums): CounterSums {
  const reasons = Object.keys(counts).filter((series) => reasonOf(series) !== null);
  const byCount = reasons.toReversed().toSorted((one, other) => (counts[other] ?? 0) - (counts[one] ?? 0));
  const extra = new Set(byCount.slice(MAX_REASONS));
  if (extra.size === 0) return { counts, histograms };
  const counters = new Counters(MAX_SERIES);
  for (const [series, count] of Object.entries(counts))
    counters.add(extra.has(series) ? OTHER_FAILURES : series, count);
  return { counts: counters.take()?.counts ?? {}, histograms };
}
