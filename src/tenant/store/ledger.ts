/** The append-only ledger: every change of the balance is a row, and the last row knows the balance. */
import type { EntryKind } from "../../domain/ledger.ts";

/** One row of `ledger`; `entry_id` is ordered by time (see `nextTaskId`), credits are signed. */
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

export class LedgerStore {
  readonly #sql: SqlStorage;
  readonly #moved: (before: number, after: number, at: number) => void;
  /** Undefined: not read yet. Exact, because this object is the only writer. */
  #last: LedgerRow | null | undefined;

  /** @param moved called inside the transaction that has moved the balance; `at` in ms since epoch */
  constructor(sql: SqlStorage, moved: (before: number, after: number, at: number) => void = () => {}) {
    this.#sql = sql;
    this.#moved = moved;
  }

  /** @returns the sum of all entries. */
  balance(): number {
    return this.last()?.balance ?? 0;
  }

  last(): LedgerRow | null {
    if (this.#last === undefined) {
      const [row] = this.#sql.exec("SELECT * FROM ledger ORDER BY entry_id DESC LIMIT 1").toArray();
      this.#last = row ? (row as unknown as LedgerRow) : null;
    }
    return this.#last;
  }

  /**
   * Appends one entry and moves the balance with it.
   *
   * @throws if this task already has an entry of this kind: money moves at most once (docs/design.md, rule 4).
   */
  append(entry: Omit<LedgerRow, "balance">): LedgerRow {
    const row: LedgerRow = { ...entry, balance: this.balance() + entry.credits };
    this.#sql.exec(
      "INSERT INTO ledger (entry_id, at, kind, credits, task_id, key_id, model, end_user, note, balance) VALUES (?,?,?,?,?,?,?,?,?,?)",
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
    );
    this.#last = row;
    this.#moved(row.balance - row.credits, row.balance, row.at);
    return row;
  }

  /** Call when a transaction was undone: the next balance is read from disk. */
  forgetCachedBalance(): void {
    this.#last = undefined;
  }

  /**
   * @param before an entry_id, or null for the newest
   * @param filters ranges of entry_id, both inclusive, and one task
   * @returns up to `limit` entries before `before`, newest first
   */
  list(
    before: number | null,
    limit: number,
    filters: { readonly firstId: number | null; readonly lastId: number | null; readonly taskId: number | null },
  ): LedgerRow[] {
    const where = ["entry_id < ?"];
    const values = [before ?? Number.MAX_SAFE_INTEGER];
    const also = (condition: string, value: number | null) => {
      if (value === null) return;
      where.push(condition);
      values.push(value);
    };
    also("entry_id >= ?", filters.firstId);
    also("entry_id <= ?", filters.lastId);
    also("task_id = ?", filters.taskId);
    return this.#sql
      .exec(`SELECT * FROM ledger WHERE ${where.join(" AND ")} ORDER BY entry_id DESC LIMIT ?`, ...values, limit)
      .toArray() as unknown as LedgerRow[];
  }
}
