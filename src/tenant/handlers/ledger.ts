/** Pages of the ledger. */
import type { EntryKind } from "../../domain/ledger.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../domain/task-id.ts";
import { ByteLimit, rowBytes } from "../../lib/byte-limit.ts";
import { isoTime } from "../../lib/iso-time.ts";
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
    at: isoTime(row.at),
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

/**
 * Filters of the ledger; dates in ms since epoch, `before` is the last entryId that the previous page has read. The optional
 * ones are absent from a Worker of the previous release.
 */
export interface LedgerQuery {
  readonly from: number | null;
  readonly to: number | null;
  readonly taskId: number | null;
  readonly kind?: EntryKind | null;
  /** True: `limit` counts tasks, and a page ends before the entry of one more. */
  readonly byTask?: boolean;
  readonly before: number | null;
  readonly limit: number;
}

/** One page of the ledger. */
export interface LedgerPage {
  readonly entries: readonly LedgerEntryView[];
  readonly more: boolean;
  /** `before` of the next page; null at the end. This and the balances are missing from an object of the previous release. */
  readonly next?: number | null;
  /** The balance before the oldest entry of the page; null if a filter leaves entries out. */
  readonly openingBalance?: number | null;
  /** The balance after the newest entry of the page. */
  readonly closingBalance?: number | null;
}

/** Most entries that are read for one page: a kind of which there are few has short pages. */
const READ_AT_ONCE = 5_000;
/** Most entries of one page by task; four tasks' worth for each that a page can have. */
const MOST_BY_TASK = 1_600;

/** Returns entries, newest first. A page ends by bytes as well as by count, and may be short and still have a next one. */
export function ledgerPage(services: TenantServices, query: LedgerQuery): LedgerPage {
  const { from, to, taskId, kind = null, byTask = false, before, limit } = query;
  const firstId = from === null ? null : firstTaskIdAt(from);
  const lastId = to === null ? null : lastTaskIdAt(to);
  const filter = { firstId, lastId, taskId, byOperator: kind === "credit" };
  const rows = services.ledgerStore.list(before, READ_AT_ONCE + 1, filter);
  const bytes = new ByteLimit();
  const entries: LedgerEntryView[] = [];
  const tasks = new Set<number>();
  let next: number | null = null;
  let more = false;
  let read = 0;
  for (const row of rows) {
    const isKnown = byTask && tasks.has(row.task_id ?? row.entry_id);
    const count = byTask ? tasks.size : entries.length;
    const isFull =
      (count === limit && !isKnown) || (byTask && entries.length === MOST_BY_TASK) || read === READ_AT_ONCE;
    if (isFull || !bytes.takes(rowBytes(row))) {
      more = true;
      break;
    }
    read += 1;
    next = row.entry_id;
    if (kind !== null && row.kind !== kind) continue;
    tasks.add(row.task_id ?? row.entry_id);
    entries.push(viewEntry(row));
  }
  const balances = kind === null && taskId === null ? balancesOf(services, entries, before, lastId) : NO_BALANCES;
  return { entries, more, next: more ? next : null, ...balances };
}

const NO_BALANCES = { openingBalance: null, closingBalance: null } as const;

/** @param entries all of a range, newest first; for an empty one, the balance at its end is both */
function balancesOf(
  { ledgerStore }: TenantServices,
  entries: readonly LedgerEntryView[],
  before: number | null,
  lastId: number | null,
): Required<Pick<LedgerPage, "openingBalance" | "closingBalance">> {
  const [newest] = entries;
  const oldest = entries.at(-1);
  if (newest && oldest) return { openingBalance: oldest.balance - oldest.credits, closingBalance: newest.balance };
  const end = Math.min(before ?? Number.MAX_SAFE_INTEGER, (lastId ?? Number.MAX_SAFE_INTEGER - 1) + 1);
  const balance = ledgerStore.balanceBefore(end);
  return { openingBalance: balance, closingBalance: balance };
}
