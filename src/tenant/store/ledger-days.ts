/**
 * Sums of ledger entries by the day on which they were made: what statements and margins are made of. The ledger is the
 * source; `ledger_days` has sums of its entries up to and including one of them, and every read adds the entries after it, so
 * a read is exact however late the folding is (docs/decisions/0009). Unlike usage, which counts a task for the day of its
 * submission, these sums have the ledger's own time, so opening balance + entries = closing balance.
 */
import { DAY_MS } from "../../domain/calendar.ts";
import { TASK_ID_EPOCH, TASK_ID_RANDOM_RANGE } from "../../domain/task-id.ts";
import { Store } from "../../lib/store.ts";
import { nextBatch } from "./folding.ts";
import type { MetaStore } from "./meta.ts";

/** Sums of the entries of one day (UTC) and one model. */
export interface LedgerDay {
  /** Days since 1970-01-01. */
  readonly day: number;
  /** Empty for credits that the operator booked. */
  readonly model: string;
  /** Accepted submissions, without those refused before a caller had their taskId. */
  readonly tasks: number;
  /** What the entries add to the balance. */
  readonly credits: number;
  readonly completed: number;
  /** The tenant's price of the tasks that completed on this day, minus those whose files were lost afterwards. */
  readonly revenue: number;
  /** The upstream's price of the tasks that completed on this day, in its credits. */
  readonly cost: number;
}

const FOLDED_UPTO = "ledger-days-upto";
const DAY_OF = (id: string) => `(${id} / ${TASK_ID_RANDOM_RANGE} + ${TASK_ID_EPOCH}) / ${DAY_MS}`;
const COLUMNS = ["tasks", "credits", "completed", "revenue", "cost"] as const;
const SUMS = COLUMNS.map((column) => `SUM(${column}) AS ${column}`).join(", ");

/** One row per entry after one and up to another, in the columns of `ledger_days`; both ids are bound twice. */
const CONTRIBUTIONS = `
  SELECT ${DAY_OF("entry_id")} AS day, COALESCE(model, '') AS model,
    (kind = 'hold') - (kind = 'release' AND note IS 'refused') AS tasks, credits, (kind = 'capture') AS completed,
    COALESCE(revenue, 0) AS revenue, COALESCE(cost, 0) AS cost
  FROM ledger WHERE entry_id > ? AND entry_id <= ?
  UNION ALL SELECT ${DAY_OF("task_id")}, model, 1, -hold, 0, 0, 0
  FROM tasks WHERE hold IS NOT NULL AND task_id > ? AND task_id <= ?`;

/** The rows of `ledger_days`, folded from the ledger. */
export class LedgerDays extends Store {
  readonly #meta: MetaStore;

  constructor(sql: SqlStorage, meta: MetaStore) {
    super(sql);
    this.#meta = meta;
  }

  /**
   * Folds entries since the last call once there are enough. Call it inside a transaction. Writes one row per day and
   * model, not per entry.
   *
   * @returns true if there may be more: one transaction is bounded so that other calls do not wait long
   */
  fold(): boolean {
    const upto = this.#upto();
    const batch = nextBatch(this.sql, upto);
    if (batch === null) return false;
    this.sql.exec(
      `INSERT INTO ledger_days (day, model, ${COLUMNS.join(", ")})
       SELECT day, model, ${SUMS} FROM (${CONTRIBUTIONS}) WHERE true GROUP BY day, model
       ON CONFLICT (day, model) DO UPDATE SET ${COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`,
      ...[upto, batch.newest, upto, batch.newest],
    );
    this.#meta.write(FOLDED_UPTO, batch.newest);
    return batch.isFull;
  }

  /**
   * Returns the sums of each day and model from `firstDay` to before `endDay`, by day and model: a few rows a day, and the
   * entries that are not folded yet.
   */
  between(firstDay: number, endDay: number): LedgerDay[] {
    const upto = this.#upto();
    return this.all<LedgerDay>(
      `SELECT day, model, ${SUMS} FROM (
         SELECT day, model, ${COLUMNS.join(", ")} FROM ledger_days WHERE day >= ? AND day < ?
         UNION ALL SELECT * FROM (${CONTRIBUTIONS}) WHERE day >= ? AND day < ?)
       GROUP BY day, model ORDER BY day, model`,
      ...[firstDay, endDay],
      ...[upto, Number.MAX_SAFE_INTEGER, upto, Number.MAX_SAFE_INTEGER],
      ...[firstDay, endDay],
    );
  }

  #upto(): number {
    return this.#meta.read(FOLDED_UPTO) ?? -1;
  }
}
