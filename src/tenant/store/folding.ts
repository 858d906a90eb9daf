/** Folding: entries of the ledger are added to tables of sums in batches (docs/decisions/0009). */
import { entriesInOrder } from "./ledger.ts";

/** Entries are folded once there are this many: below, reading them costs less than writing sums. */
const WORTH_FOLDING = 200;
/**
 * Many entries (after a burst, or an outage of the Directory) are folded in batches of this many: some tens of
 * milliseconds each.
 */
const FOLDED_AT_ONCE = 5_000;

/**
 * Finds the entries that a table of sums takes next.
 *
 * @param upto the last entry in the table
 * @returns the last entry of the batch, and whether more may follow it; null while too few wait
 */
export function nextBatch(sql: SqlStorage, upto: number): { readonly newest: number; readonly isFull: boolean } | null {
  const { entries, newest } = sql
    .exec<{ entries: number; newest: number }>(
      `SELECT COUNT(*) AS entries, MAX(entry_id) AS newest FROM (${entriesInOrder(["entry_id > ?"], "ASC")})`,
      upto,
      upto,
      FOLDED_AT_ONCE,
    )
    .one();
  return entries < WORTH_FOLDING ? null : { newest, isFull: entries === FOLDED_AT_ONCE };
}
