/** The tables of usage, and what an entry of the ledger adds to them. */
import { DAY_MS } from "../../domain/calendar.ts";
import { TASK_ID_EPOCH, TASK_ID_RANDOM_RANGE } from "../../domain/task-id.ts";
import { ENTRIES } from "./ledger.ts";

/** One table of sums, and the name in `meta` under which the last entry folded into it is kept. */
export interface Summary {
  readonly table: string;
  /** The table as it is read, with the index that pages walk. */
  readonly from: string;
  readonly key: string;
  readonly foldedUpto: string;
}

/** Sums with end users. */
export const BY_END_USER: Summary = {
  table: "usage",
  from: "usage INDEXED BY usage_by_end_user",
  key: "day, key_id, model, end_user",
  foldedUpto: "usage-upto",
};
/** Without end users, whose number nothing bounds: what is not about them need not read a row for each. */
export const TOTALS: Summary = {
  table: "usage_totals",
  from: "usage_totals",
  key: "day, key_id, model",
  foldedUpto: "usage-totals-upto",
};
/** Sums of several rows of one of the tables. */
export const SUMS =
  "SUM(tasks) AS tasks, SUM(credits) AS credits, SUM(completed) AS completed, SUM(failed) AS failed, SUM(cancelled) AS cancelled";

/** One row per entry, in the columns of `usage`. For the notes of releases see `ReleaseNote` in rules/ledger.ts. */
export const CONTRIBUTIONS = `
  SELECT (task_id / ${TASK_ID_RANDOM_RANGE} + ${TASK_ID_EPOCH}) / ${DAY_MS} AS day, key_id, model,
    COALESCE(end_user, '') AS end_user,
    (kind = 'hold') - (kind = 'release' AND note = 'refused') AS tasks, -credits AS credits,
    (kind = 'capture') AS completed, (kind = 'release' AND note = 'failed') AS failed,
    (kind = 'release' AND note = 'cancelled') AS cancelled
  FROM ${ENTRIES}`;
