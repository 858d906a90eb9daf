/**
 * The append-only ledger: every change of the balance is an entry, and the last entry contains the balance.
 *
 * The hold of a task is the task's own row: `hold` is the amount, `hold_balance` the balance after it, and the entry
 * has the task's id and time. Every other entry is a row of `ledger`. Tasks and entries share one sequence of ids, so
 * both are read in one order.
 */
import type { EntryKind } from "../../domain/ledger.ts";
import type { TaskRow } from "../../domain/task.ts";
import { nextTaskId } from "../../domain/task-id.ts";
import { Store } from "../../lib/store.ts";

/** One entry; `entry_id` is ordered by time (see `nextTaskId`), credits are signed. */
export interface LedgerRow {
  readonly entry_id: number;
  readonly at: number;
  readonly kind: EntryKind;
  readonly credits: number;
  /** The balance after this entry. */
  readonly balance: number;
  readonly task_id: number | null;
  readonly key_id: string | null;
  readonly model: string | null;
  readonly end_user: string | null;
  readonly note: string | null;
}

/** What a task's end means to the operator; nothing a tenant sees. Null: no change, or not known. */
export interface Earned {
  /** The tenant's price of a completed task; negative if its files were lost afterwards. */
  readonly revenue: number | null;
  /** The upstream's price of a completed task, in its credits. */
  readonly cost: number | null;
}

const OF_LEDGER = "SELECT entry_id, at, kind, credits, balance, task_id, key_id, model, end_user, note FROM ledger";
const OF_TASKS = `SELECT task_id AS entry_id, created_at AS at, 'hold' AS kind, -hold AS credits, hold_balance AS balance, task_id, key_id,
    model, end_user, NULL AS note
  FROM tasks WHERE hold IS NOT NULL`;

/**
 * A subquery of all entries, in the columns of {@link LedgerRow}; conditions on `entry_id` or `task_id` are index lookups. SQLite
 * sorts all of it before an `ORDER BY … LIMIT` outside: for the first or last entries use {@link entriesInOrder}.
 */
export const ENTRIES = `(${OF_LEDGER} UNION ALL ${OF_TASKS})`;

/**
 * Returns a query of entries in the order of their ids, which merges the two tables and stops at its limit.
 *
 * @param conditions on `entry_id` and `task_id`; their values are bound twice, then the limit
 */
export function entriesInOrder(conditions: readonly string[], order: "ASC" | "DESC"): string {
  const all = conditions.join(" AND ");
  const ofTasks = all.replaceAll(/\b(entry|task)_id\b/g, "tasks.task_id");
  return `${OF_LEDGER} WHERE ${all} UNION ALL ${OF_TASKS} AND ${ofTasks} ORDER BY entry_id ${order} LIMIT ?`;
}

/** Which entries are wanted; null: all. */
export interface EntryFilter {
  /** Range of entry_id, both inclusive. */
  readonly firstId: number | null;
  readonly lastId: number | null;
  readonly taskId: number | null;
  /** True: only entries of no task. */
  readonly byOperator?: boolean;
}

const NOTHING_EARNED: Earned = { revenue: null, cost: null };

/** The newest entry, on which the next one depends. */
interface LastEntry {
  readonly entry_id: number;
  readonly balance: number;
}

/** The rows of `ledger`; append-only. */
export class LedgerStore extends Store {
  readonly #moved: (before: number, after: number, at: number) => void;
  /** Undefined: not read yet. Exact, because this object is the only writer. */
  #last: LastEntry | null | undefined;

  /** @param moved called inside the transaction that changed the balance; `at` in ms since epoch */
  constructor(sql: SqlStorage, moved: (before: number, after: number, at: number) => void = () => {}) {
    super(sql);
    this.#moved = moved;
  }

  /** @returns the sum of all entries. */
  balance(): number {
    return this.#newest()?.balance ?? 0;
  }

  /** @returns the id of the newest entry; 0 if there is none */
  lastId(): number {
    return this.#newest()?.entry_id ?? 0;
  }

  /** @returns an id for a task or an entry, greater than any other. @param random see `nextTaskId` */
  nextId(now: number, random: number): number {
    return nextTaskId(this.#newest()?.entry_id ?? null, now, random);
  }

  /**
   * Deducts a new task's price from the balance. The task's row, inserted in the same transaction, is the entry.
   *
   * @returns the columns for the row
   */
  hold(task: Pick<TaskRow, "task_id" | "created_at" | "price">): Pick<TaskRow, "hold" | "hold_balance"> {
    const before = this.balance();
    const balance = before - task.price;
    this.#last = { entry_id: task.task_id, balance };
    this.#moved(before, balance, task.created_at);
    return { hold: task.price, hold_balance: balance };
  }

  /** Copies the hold of a task to a row of its own, because the task's row is about to be removed. */
  keepHold({ task_id, created_at, hold, hold_balance, key_id, model, end_user }: TaskRow): void {
    if (hold === null || hold_balance === null) return;
    const entry = { at: created_at, kind: "hold", credits: 0 - hold, balance: hold_balance } as const;
    this.#insert({ ...entry, entry_id: task_id, task_id, key_id, model, end_user, note: null });
  }

  /**
   * Appends one entry and changes the balance.
   *
   * @throws if this task already has an entry of this kind: money moves at most once (docs/design.md, rule 4).
   */
  append(entry: Omit<LedgerRow, "balance">, earned: Earned = NOTHING_EARNED): LedgerRow {
    const before = this.balance();
    const row: LedgerRow = { ...entry, balance: before + entry.credits };
    this.#insert(row, earned);
    this.#last = row;
    this.#moved(before, row.balance, row.at);
    return row;
  }

  #insert(row: LedgerRow, { revenue, cost }: Earned = NOTHING_EARNED): void {
    this.sql.exec(
      `INSERT INTO ledger (entry_id, at, kind, credits, task_id, key_id, model, end_user, note, balance, revenue, cost)
       VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
      row.entry_id,
      row.at,
      row.kind,
      row.credits,
      row.task_id,
      row.key_id,
      row.model,
      row.end_user,
      row.note,
      row.balance,
      revenue,
      cost,
    );
  }

  /** @returns number and sum of entries from `firstId` on, by kind; of the first `limit` of them */
  sumsSince(firstId: number, limit: number): { kind: EntryKind; entries: number; credits: number }[] {
    return this.all(
      `SELECT kind, COUNT(*) AS entries, SUM(credits) AS credits
       FROM (${entriesInOrder(["entry_id >= ?"], "ASC")})
       GROUP BY kind ORDER BY kind`,
      firstId,
      firstId,
      limit,
    );
  }

  /** Drops the cache, so that the next balance is read from disk. Call it after a transaction was undone. */
  clearCache(): void {
    this.#last = undefined;
  }

  /**
   * Returns the newer of the last row of `ledger` and the last task; a task of release 0.1 has an id and no balance.
   */
  #newest(): LastEntry | null {
    if (this.#last !== undefined) return this.#last;
    const row = this.first<{ entry_id: number; balance: number }>(
      "SELECT entry_id, balance FROM ledger ORDER BY entry_id DESC LIMIT 1",
    );
    const task = this.first<{ task_id: number; hold_balance: number | null }>(
      "SELECT task_id, hold_balance FROM tasks ORDER BY task_id DESC LIMIT 1",
    );
    const entry_id = Math.max(row?.entry_id ?? 0, task?.task_id ?? 0);
    const ofTask = task?.task_id === entry_id ? task.hold_balance : null;
    this.#last = entry_id === 0 ? null : { entry_id, balance: ofTask ?? row?.balance ?? 0 };
    return this.#last;
  }

  /** @returns the balance after all entries before this id */
  balanceBefore(entryId: number): number {
    const statement = entriesInOrder(["entry_id < ?"], "DESC");
    return this.first<LedgerRow>(statement, entryId, entryId, 1)?.balance ?? 0;
  }

  /**
   * @param before an entry_id, or null for the newest
   * @returns up to `limit` entries before `before`, newest first, one at a time
   */
  list(
    before: number | null,
    limit: number,
    { firstId, lastId, taskId, byOperator = false }: EntryFilter,
  ): Iterable<LedgerRow> {
    const where = ["entry_id < ?"];
    const values = [before ?? Number.MAX_SAFE_INTEGER];
    const also = (condition: string, value: number | null) => {
      if (value === null) return;
      where.push(condition);
      values.push(value);
    };
    also("entry_id >= ?", firstId);
    also("entry_id <= ?", lastId);
    also("task_id = ?", taskId);
    if (byOperator) {
      const conditions = where.join(" AND ");
      const own = `${OF_LEDGER} INDEXED BY ledger_of_operator WHERE task_id IS NULL`;
      const statement = `${own} AND ${conditions} ORDER BY entry_id DESC LIMIT ?`;
      return this.each<LedgerRow>(statement, ...values, limit);
    }
    return this.each<LedgerRow>(entriesInOrder(where, "DESC"), ...values, ...values, limit);
  }
}
