/**
 * Usage: costs and outcomes of tasks, by day, key, model and end user. The ledger is the source; `usage` and `usage_totals` have sums
 * of its entries, each up to and including one of its own. Every read adds the entries after that one, so it is always exact and
 * folding may be late (docs/decisions/0009).
 *
 * A task counts for the day (UTC) of its submission, whatever the time of its entries, as for `monthlyCredits`.
 */
import { DAY_MS } from "../../domain/calendar.ts";
import type { DaySums } from "../../domain/tenant-report.ts";
import { Store } from "../../lib/store.ts";
import { nextBatch } from "./folding.ts";
import type { MetaStore } from "./meta.ts";
import { cutDays, idsOf, type TimeRange, wholeDays } from "./usage-range.ts";
import { BY_END_USER, CONTRIBUTIONS, SUMS, type Summary, TOTALS } from "./usage-tables.ts";

/** How usage can be grouped: names of the public API, columns of the table. */
const USAGE_GROUPS = { day: "day", model: "model", key: "key_id", endUser: "end_user" } as const;
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

/** Sums of an end user's tasks of one day. */
export interface DayOfEndUser extends Record<string, SqlStorageValue> {
  readonly endUser: string;
  /** Day number since 1970-01-01. */
  readonly day: number;
  readonly tasks: number;
  readonly credits: number;
}

/** One page of usage, ordered by value; `next` is the value after which the next page begins, or null at the end. */
export interface UsageRows {
  readonly rows: readonly UsageRow[];
  readonly next: string | number | null;
}

/** More than a tenant can have: task ids last from 2026 to 2060. */
const MAX_DAYS = 20_000;
/** End users that one page looks at, whether they have usage in its range or not: some ten milliseconds. */
const WALKED_END_USERS = 2_000;
/** Rows of `usage` that one page adds up; the page ends at the end user that passes it. */
const ADDED_UP_ROWS = 20_000;

/** Most entries that are added up for the days that a range cuts, and most groups that they make: some hundred milliseconds, 2 MiB. */
export const MAX_CUT = { entries: 100_000, groups: 20_000 } as const;

/** The rows of `usage` and `usage_totals`, folded from the ledger. */
export class UsageStore extends Store {
  readonly #meta: MetaStore;
  /** The sums of the cut days of the last range, for its next page: folded entries never change. */
  #cut: { readonly name: string; readonly json: string | null } | null = null;

  constructor(sql: SqlStorage, meta: MetaStore) {
    super(sql);
    this.#meta = meta;
  }

  /**
   * Folds entries since the last call into both tables once there are enough. Call it inside a transaction. Writes one row
   * per group, not per entry.
   *
   * @returns true if there may be more: one transaction is bounded so that other calls do not wait long
   */
  fold(): boolean {
    const more = [BY_END_USER, TOTALS].map((summary) => this.#foldInto(summary));
    return more.includes(true);
  }

  #foldInto({ table, key, foldedUpto }: Summary): boolean {
    const upto = this.#upto(foldedUpto);
    const batch = nextBatch(this.sql, upto);
    if (batch === null) return false;
    this.sql.exec(
      `INSERT INTO ${table} (${key}, tasks, credits, completed, failed, cancelled)
       SELECT ${key}, ${SUMS}
       FROM (${CONTRIBUTIONS} WHERE entry_id > ? AND entry_id <= ? AND task_id IS NOT NULL)
       GROUP BY ${key}
       ON CONFLICT (${key}) DO UPDATE SET tasks = tasks + excluded.tasks,
         credits = credits + excluded.credits, completed = completed + excluded.completed,
         failed = failed + excluded.failed, cancelled = cancelled + excluded.cancelled`,
      upto,
      batch.newest,
    );
    this.#meta.write(foldedUpto, batch.newest);
    return batch.isFull;
  }

  /**
   * One page of the sums by group. What it reads is bounded by the page, not by what is stored, but for what is not folded yet and
   * the days that the range cuts, which are added up once for all its pages. A page of end users may have fewer rows than `limit`, even none, and still a next page.
   *
   * @param after `next` of the page before, or null
   * @returns null if the days that the range cuts have more than MAX_CUT
   */
  page(range: TimeRange, group: UsageGroup, after: string | number | null, limit: number): UsageRows | null {
    const column = USAGE_GROUPS[group];
    const last = group === "endUser" ? this.#lastOfPage(range, after, limit) : null;
    const where: string[] = [];
    const bounds: (string | number)[] = [];
    const also = (comparison: string, value: string | number | null) => {
      if (value === null) return;
      where.push(`AND ${column} ${comparison} ?`);
      bounds.push(value);
    };
    also(">", after);
    also("<=", last);
    const summary = group === "endUser" ? BY_END_USER : TOTALS;
    const parts = this.#within(range, summary, column, { where: where.join(" "), values: bounds });
    if (parts === null) return null;
    const { sql, values } = parts;
    const rows = this.all<UsageRow>(
      `SELECT value, ${SUMS} FROM (${sql}) WHERE true ${where.join(" ").replaceAll(column, "value")}
       GROUP BY value HAVING SUM(tasks) <> 0 OR SUM(credits) <> 0 ORDER BY value LIMIT ?`,
      ...values,
      ...bounds,
      limit + 1,
    );
    if (rows.length <= limit) return { rows, next: last };
    return { rows: rows.slice(0, limit), next: rows[limit - 1]?.value ?? null };
  }

  /** @returns the end user with whom a page ends: each step is a look-up in the index; null: there is none beyond this page */
  #lastOfPage(range: TimeRange, after: string | number | null, limit: number): string | null {
    const { firstDay, endDay } = wholeDays(range);
    if (firstDay >= endDay) return null;
    const walked = this.sql.exec<{ value: string | null; count: number }>(
      `WITH RECURSIVE walk (value, seen) AS (
         SELECT (SELECT MIN(end_user) FROM usage INDEXED BY usage_by_end_user WHERE end_user ${after === null ? ">=" : ">"} ?), 1
         UNION ALL
         SELECT (SELECT MIN(end_user) FROM usage INDEXED BY usage_by_end_user WHERE end_user > walk.value), seen + 1
         FROM walk WHERE value IS NOT NULL)
       SELECT value, (SELECT COUNT(*) FROM usage INDEXED BY usage_by_end_user
         WHERE end_user = walk.value AND day >= ? AND day < ?) AS count
       FROM walk LIMIT ${WALKED_END_USERS}`,
      after ?? "",
      firstDay,
      endDay,
    );
    let last: string | null = null;
    let groups = 0;
    let rows = 0;
    for (const { value, count } of walked) {
      if (value === null) return null;
      last = value;
      rows += count;
      if (count > 0) groups += 1;
      if (groups === limit || rows > ADDED_UP_ROWS) break;
    }
    return last;
  }

  /** @returns the last entry that is folded into the sums with end users; −1 before the first */
  foldedEntry(): number {
    return this.#upto(BY_END_USER.foldedUpto);
  }

  /** @returns the folded sums of an end user, by day, from a day on */
  ofEndUser(endUser: string, firstDay: number): DayOfEndUser[] {
    return this.all<DayOfEndUser>(
      `SELECT end_user AS endUser, day, SUM(tasks) AS tasks, SUM(credits) AS credits
       FROM ${BY_END_USER.from} WHERE end_user = ? AND day >= ? GROUP BY day`,
      endUser,
      firstDay,
    );
  }

  /** @returns the sums of all entries that are not folded yet, by end user and day; reads each of them */
  unfoldedOfEndUsers(): DayOfEndUser[] {
    return this.all<DayOfEndUser>(
      `SELECT end_user AS endUser, day, SUM(tasks) AS tasks, SUM(credits) AS credits
       FROM (${CONTRIBUTIONS} WHERE entry_id > ? AND task_id IS NOT NULL AND end_user IS NOT NULL)
       GROUP BY end_user, day`,
      this.foldedEntry(),
    );
  }

  /** @throws RangeError if the range cuts days with more than MAX_CUT */
  total(range: TimeRange): UsageSums {
    const parts = this.#within(range, TOTALS, "NULL");
    if (parts === null) throw new RangeError("the range cuts days with too many entries");
    const row = this.first<UsageSums>(`SELECT ${SUMS} FROM (${parts.sql})`, ...parts.values);
    const sum = (name: keyof UsageSums) => Number(row?.[name] ?? 0);
    return {
      tasks: sum("tasks"),
      credits: sum("credits"),
      completed: sum("completed"),
      failed: sum("failed"),
      cancelled: sum("cancelled"),
    };
  }

  /** @returns the sums of each day of a range of whole days that has any */
  days(range: TimeRange): DaySums[] {
    const rows = this.page(range, "day", null, MAX_DAYS)?.rows ?? [];
    return rows.map(({ value, ...sums }) => ({ ...sums, day: Number(value) }));
  }

  /** @returns the sums of the days that have entries after `entryId` */
  daysChangedSince(entryId: number): DaySums[] {
    const days = this.all<{ day: number }>(
      `SELECT DISTINCT day FROM (${CONTRIBUTIONS} WHERE entry_id > ? AND task_id IS NOT NULL)`,
      entryId,
    );
    return days.map(({ day }) => ({ day, ...this.total({ from: day * DAY_MS, to: (day + 1) * DAY_MS - 1 }) }));
  }

  /**
   * The three parts of a range, as rows of a group's `value` and sums: whole days from the sums, days cut by the range, and
   * entries that are not folded yet.
   *
   * @param column the column that is the value
   * @param bounds further conditions on the sums
   * @returns null if the cut days have more than MAX_CUT
   */
  #within(
    range: TimeRange,
    summary: Summary,
    column: string,
    bounds: { readonly where: string; readonly values: readonly (string | number)[] } = { where: "", values: [] },
  ): { sql: string; values: (string | number)[] } | null {
    const upto = this.#upto(summary.foldedUpto);
    const { firstDay, endDay } = wholeDays(range);
    const cut = this.#cutDays(range, summary, column, upto);
    if (cut === null) return null;
    const columns = `${column} AS value, tasks, credits, completed, failed, cancelled`;
    const parts = [
      `SELECT ${columns} FROM ${summary.from} WHERE day >= ? AND day < ? ${bounds.where}`,
      // The plus keeps the look-up to new entries: an index by task would find the old ones of the range too.
      `SELECT ${columns} FROM (${CONTRIBUTIONS} WHERE task_id IS NOT NULL AND entry_id > ? AND +task_id BETWEEN ? AND ?)`,
      "SELECT value ->> 0 AS value, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)",
    ];
    const values = [firstDay, Math.max(firstDay, endDay), ...bounds.values];
    return { sql: parts.join(" UNION ALL "), values: [...values, upto, ...idsOf(range), cut] };
  }

  /**
   * Adds up the folded entries of the days that a range cuts, by group.
   *
   * @returns rows as a JSON text; null if there are more than MAX_CUT
   */
  #cutDays(range: TimeRange, { foldedUpto }: Summary, column: string, upto: number): string | null {
    const edges = cutDays(range);
    if (edges.length === 0) return "[]";
    const name = JSON.stringify([edges, foldedUpto, column, upto]);
    if (this.#cut?.name === name) return this.#cut.json;
    const entries = edges.map(
      () => `SELECT * FROM (${CONTRIBUTIONS} WHERE task_id IS NOT NULL AND task_id BETWEEN ? AND ? AND +entry_id <= ?)`,
    );
    const groups = this.all<Record<string, SqlStorageValue>>(
      `SELECT ${column} AS value, ${SUMS}, COUNT(*) AS entries
       FROM (SELECT * FROM (${entries.join(" UNION ALL ")}) LIMIT ${MAX_CUT.entries + 1})
       GROUP BY value LIMIT ${MAX_CUT.groups + 1}`,
      ...edges.flatMap((edge) => [...idsOf(edge), upto]),
    );
    const count = groups.reduce((sum, group) => sum + Number(group.entries), 0);
    const rows = groups.map((group) => [
      group.value,
      ...[group.tasks, group.credits, group.completed, group.failed, group.cancelled].map(Number),
    ]);
    const fits = count <= MAX_CUT.entries && groups.length <= MAX_CUT.groups;
    this.#cut = { name, json: fits ? JSON.stringify(rows) : null };
    return this.#cut.json;
  }

  #upto(name: string): number {
    return this.#meta.read(name) ?? -1;
  }
}
