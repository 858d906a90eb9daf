/**
 * Usage: costs and outcomes of tasks, by day, key, model and end user. The ledger is the source; `usage` has sums of
 * its entries up to and including one. Every read adds the entries after that one, so it is always exact and folding
 * may be late (docs/decisions/0009).
 *
 * A task counts for the day (UTC) of its submission, whatever the time of its entries, as for `monthlyCredits`.
 */

import { firstTaskIdAt, lastTaskIdAt, TASK_ID_EPOCH, TASK_ID_RANDOM_RANGE } from "../../domain/task-id.ts";
import type { DaySums } from "../../domain/tenant-report.ts";
import { ENTRIES } from "./ledger.ts";
import type { MetaStore } from "./meta.ts";

/** One day in ms. */
export const DAY_MS = 86_400_000;

/** How usage can be grouped: names of the public API, columns of the table. */
export const USAGE_GROUPS = { day: "day", model: "model", key: "key_id", endUser: "end_user" } as const;
/** What usage can be grouped by. */
export type UsageGroup = keyof typeof USAGE_GROUPS;

/**
 * `tasks` are accepted submissions, without those refused before a caller had their taskId. `credits` is their cost so
 * far, holds of running ones included.
 */
export type UsageSums = Omit<DaySums, "day">;

/** Usage of one group. */
export interface UsageRow extends UsageSums {
  /** Day number since 1970-01-01, model, keyId, or end user ("" for none). */
  readonly value: string | number;
}

/** Times in ms since epoch, both inclusive. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Entries are folded once there are this many: below, reading them costs less than writing sums. */
const WORTH_FOLDING = 200;
/**
 * Many entries (after a burst, or an outage of the Directory) are folded in batches of this many: some tens of
 * milliseconds each.
 */
const FOLDED_AT_ONCE = 5_000;
/** More than a tenant can have: task ids last from 2026 to 2060. */
const MAX_DAYS = 20_000;
const FOLDED_UPTO = "usage-upto";
const SUMS =
  "SUM(tasks) AS tasks, SUM(credits) AS credits, SUM(completed) AS completed, SUM(failed) AS failed, SUM(cancelled) AS cancelled";

/** One row per entry, in the columns of `usage`. For the notes of releases see `ReleaseNote` in rules/ledger.ts. */
const CONTRIBUTIONS = `
  SELECT (task_id / ${TASK_ID_RANDOM_RANGE} + ${TASK_ID_EPOCH}) / ${DAY_MS} AS day, key_id, model,
    COALESCE(end_user, '') AS end_user,
    (kind = 'hold') - (kind = 'release' AND note = 'refused') AS tasks, -credits AS credits,
    (kind = 'capture') AS completed, (kind = 'release' AND note = 'failed') AS failed,
    (kind = 'release' AND note = 'cancelled') AS cancelled
  FROM ${ENTRIES}`;

/** The rows of `usage`, folded from the ledger. */
export class UsageStore {
  readonly #sql: SqlStorage;
  readonly #meta: MetaStore;

  constructor(sql: SqlStorage, meta: MetaStore) {
    this.#sql = sql;
    this.#meta = meta;
  }

  /**
   * Folds entries since the last call into `usage` once there are enough. Call it inside a transaction. Writes one row
   * per group, not per entry.
   *
   * @returns true if there may be more: one transaction is bounded so that other calls do not wait long
   */
  fold(): boolean {
    const upto = this.#foldedUpto();
    const since = this.#sql
      .exec<{ entries: number; newest: number }>(
        `SELECT COUNT(*) AS entries, MAX(entry_id) AS newest
         FROM (SELECT entry_id FROM ${ENTRIES} WHERE entry_id > ? ORDER BY entry_id LIMIT ${FOLDED_AT_ONCE})`,
        upto,
      )
      .one();
    if (since.entries < WORTH_FOLDING) return false;
    this.#sql.exec(
      `INSERT INTO usage (day, key_id, model, end_user, tasks, credits, completed, failed, cancelled)
       SELECT day, key_id, model, end_user, ${SUMS}
       FROM (${CONTRIBUTIONS} WHERE entry_id > ? AND entry_id <= ? AND task_id IS NOT NULL)
       GROUP BY day, key_id, model, end_user
       ON CONFLICT (day, key_id, model, end_user) DO UPDATE SET tasks = tasks + excluded.tasks,
         credits = credits + excluded.credits, completed = completed + excluded.completed,
         failed = failed + excluded.failed, cancelled = cancelled + excluded.cancelled`,
      upto,
      since.newest,
    );
    this.#meta.put(FOLDED_UPTO, String(since.newest));
    return since.entries === FOLDED_AT_ONCE;
  }

  /**
   * Returns sums by group, ordered by the group's value.
   *
   * @param after the value of the last row of the previous page, or null
   */
  list(range: TimeRange, group: UsageGroup, after: string | number | null, limit: number): UsageRow[] {
    const { sql, values } = this.#within(range);
    return this.#sql
      .exec(
        `SELECT ${USAGE_GROUPS[group]} AS value, ${SUMS} FROM (${sql})
         WHERE ? IS NULL OR ${USAGE_GROUPS[group]} > ?
         GROUP BY value HAVING SUM(tasks) <> 0 OR SUM(credits) <> 0 ORDER BY value LIMIT ?`,
        ...values,
        after,
        after,
        limit,
      )
      .toArray() as unknown as UsageRow[];
  }

  total(range: TimeRange): UsageSums {
    const { sql, values } = this.#within(range);
    const [row] = this.#sql.exec(`SELECT ${SUMS} FROM (${sql})`, ...values).toArray();
    const sum = (name: keyof UsageSums) => Number(row?.[name] ?? 0);
    return {
      tasks: sum("tasks"),
      credits: sum("credits"),
      completed: sum("completed"),
      failed: sum("failed"),
      cancelled: sum("cancelled"),
    };
  }

  /** @returns the sums of each day of a range that has any */
  days(range: TimeRange): DaySums[] {
    return this.list(range, "day", null, MAX_DAYS).map(({ value, ...sums }) => ({ ...sums, day: Number(value) }));
  }

  /** @returns the sums of the days that have entries after `entryId` */
  daysChangedSince(entryId: number): DaySums[] {
    const days = this.#sql
      .exec<{ day: number }>(
        `SELECT DISTINCT day FROM (${CONTRIBUTIONS} WHERE entry_id > ? AND task_id IS NOT NULL)`,
        entryId,
      )
      .toArray();
    return days.map(({ day }) => ({ day, ...this.total({ from: day * DAY_MS, to: (day + 1) * DAY_MS - 1 }) }));
  }

  /**
   * Returns the three parts of a range: whole days from `usage`, days that the range cuts, and entries not folded yet.
   */
  #within({ from, to }: TimeRange): { sql: string; values: number[] } {
    const upto = this.#foldedUpto();
    const firstDay = Math.ceil(from / DAY_MS);
    const endDay = Math.floor((to + 1) / DAY_MS);
    const edges: TimeRange[] =
      firstDay >= endDay
        ? [{ from, to }]
        : [
            { from, to: firstDay * DAY_MS - 1 },
            { from: endDay * DAY_MS, to },
          ].filter((edge) => edge.from <= edge.to);
    const parts = [
      "SELECT day, key_id, model, end_user, tasks, credits, completed, failed, cancelled FROM usage WHERE day >= ? AND day < ?",
      `${CONTRIBUTIONS} WHERE entry_id > ? AND task_id IS NOT NULL AND task_id BETWEEN ? AND ?`,
      ...edges.map(() => `${CONTRIBUTIONS} WHERE task_id IS NOT NULL AND task_id BETWEEN ? AND ? AND +entry_id <= ?`),
    ];
    const values = [firstDay, Math.max(firstDay, endDay), upto, firstTaskIdAt(from), lastTaskIdAt(to)];
    for (const edge of edges) values.push(firstTaskIdAt(edge.from), lastTaskIdAt(edge.to), upto);
    return { sql: parts.join(" UNION ALL "), values };
  }

  #foldedUpto(): number {
    return Number(this.#meta.get(FOLDED_UPTO) ?? -1);
  }
}
