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
  #balance: number | null = null;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @returns the sum of all entries. */
  balance(): number {
    this.#balance ??= this.last()?.balance ?? 0;
    return this.#balance;
  }

  last(): LedgerRow | null {
    const [row] = this.#sql.exec("SELECT * FROM ledger ORDER BY entry_id DESC LIMIT 1").toArray();
    return row ? (row as unknown as LedgerRow) : null;
  }

  /**
   * Appends one entry and moves the balance with it.
   *
   * @throws if this task already has an entry of this kind: money moves at most once (DESIGN.md, rule 4).
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
    this.#balance = row.balance;
    return row;
  }

  /** Call when a transaction was undone: the next balance is read from disk. */
  forgetCachedBalance(): void {
    this.#balance = null;
  }

  /** @returns up to `limit` entries before `before` (an entry_id, or null for the newest), newest first. */
  list(before: number | null, limit: number): LedgerRow[] {
    return this.#sql
      .exec(
        "SELECT * FROM ledger WHERE entry_id < ? ORDER BY entry_id DESC LIMIT ?",
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray() as unknown as LedgerRow[];
  }

  /** @returns what tasks submitted from `firstTaskId` to `lastTaskId` cost so far, as positive credits. */
  spent(firstTaskId: number, lastTaskId: number, keyId: string | null): number {
    const row = this.#sql
      .exec<{ spent: number | null }>(
        `SELECT -SUM(credits) AS spent FROM ledger INDEXED BY ledger_once
         WHERE task_id IS NOT NULL AND task_id BETWEEN ? AND ? AND (? IS NULL OR key_id = ?)`,
        firstTaskId,
        lastTaskId,
        keyId,
        keyId,
      )
      .one();
    return row.spent ?? 0;
  }
}
