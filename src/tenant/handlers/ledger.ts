/** Pages of the ledger. */
import type { EntryKind } from "../../domain/ledger.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../domain/task-id.ts";
import { ByteLimit, rowBytes } from "../../lib/byte-limit.ts";
import type { TenantServices } from "../services.ts";
import type { LedgerRow } from "../store/ledger.ts";

/** One entry; `at` is ISO 8601, and credits have the sign of their effect on the balance. */
export interface LedgerEntryView {
  readonly entryId: number;
  readonly at: string;
  readonly kind: EntryKind;
  readonly credits: number;
  /** The balance after this entry. */
  readonly balance: number;
  readonly taskId: number | null;
  readonly keyId: string | null;
  readonly model: string | null;
  readonly endUser: string | null;
  readonly note: string | null;
}

/** Returns a ledger entry as the API shows it. */
export function viewEntry(row: LedgerRow): LedgerEntryView {
  return {
    entryId: row.entry_id,
    at: new Date(row.at).toISOString(),
    kind: row.kind,
    credits: row.credits,
    balance: row.balance,
    taskId: row.task_id,
    keyId: row.key_id,
    model: row.model,
    endUser: row.end_user,
    note: row.note,
  };
}

/** Filters of the ledger; dates in ms since epoch, `before` is the last entryId of the previous page. */
export interface LedgerQuery {
  readonly from: number | null;
  readonly to: number | null;
  readonly taskId: number | null;
  readonly before: number | null;
  readonly limit: number;
}

/** One page of the ledger. */
export interface LedgerPage {
  readonly entries: readonly LedgerEntryView[];
  readonly more: boolean;
}

/** Returns entries, newest first. A page ends by bytes as well as by count. */
export function ledgerPage(services: TenantServices, { from, to, taskId, before, limit }: LedgerQuery): LedgerPage {
  const rows = services.ledgerStore.list(before, limit + 1, {
    firstId: from === null ? null : firstTaskIdAt(from),
    lastId: to === null ? null : lastTaskIdAt(to),
    taskId,
  });
  const bytes = new ByteLimit();
  const entries: LedgerEntryView[] = [];
  for (const row of rows) {
    if (entries.length === limit || !bytes.takes(rowBytes(row))) return { entries, more: true };
    entries.push(viewEntry(row));
  }
  return { entries, more: false };
}
