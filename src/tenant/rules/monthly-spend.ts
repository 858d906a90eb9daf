/**
 * Spending of the present calendar month (UTC), for the caps of contract section 6. It is summed from disk once per
 * month and object instance, then kept up to date in memory, so that a submission under a cap reads nothing.
 */
import { monthStart } from "../../domain/calendar.ts";
import { firstTaskIdAt } from "../../domain/task-id.ts";
import type { UsageStore } from "../store/usage.ts";

interface Month {
  /** ms since epoch. */
  readonly startsAt: number;
  total: number;
  readonly byKey: Map<string, number>;
}

/** Running sums of this month's spending, for the tenant and for each key. */
export class MonthlySpend {
  readonly #usage: UsageStore;
  #month: Month | null = null;

  constructor(usage: UsageStore) {
    this.#usage = usage;
  }

  /** @returns credits of tasks submitted in the month of `now`, of the whole tenant or of one key. */
  spent(now: number, keyId: string | null): number {
    const startsAt = monthStart(now);
    if (this.#month?.startsAt !== startsAt) this.#month = this.#addUp(startsAt);
    return keyId === null ? this.#month.total : (this.#month.byKey.get(keyId) ?? 0);
  }

  /** Adds one ledger entry of a task: `credits` more, or less if negative. */
  add(taskId: number, keyId: string, credits: number): void {
    const month = this.#month;
    if (month === null || taskId < firstTaskIdAt(month.startsAt)) return;
    month.total += credits;
    month.byKey.set(keyId, (month.byKey.get(keyId) ?? 0) + credits);
  }

  /** Drops the sums, so that the next one is read from disk. Call it after a transaction was undone. */
  clearCache(): void {
    this.#month = null;
  }

  #addUp(startsAt: number): Month {
    // The range has no end, because a task's id may be slightly ahead of the clock, and nothing is later than now.
    const rows = this.#usage.page({ from: startsAt, to: NO_END }, "key", null, NO_LIMIT)?.rows ?? [];
    const byKey = new Map(rows.map(({ value, credits }) => [String(value), credits]));
    return { startsAt, total: rows.reduce((sum, { credits }) => sum + credits, 0), byKey };
  }
}

/** Later than any task id: 2060. */
const NO_END = 2_840_000_000_000;
const NO_LIMIT = 1_000_000;
