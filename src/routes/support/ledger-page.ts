/** The ledger as JSON or CSV, entry by entry or by task, for the operator and for a tenant's people alike. */
import type * as z from "zod/mini";
import type { AppContext } from "../../context.ts";
import type { CsvCell } from "../../lib/csv.ts";
import type { LedgerParameters } from "../../schemas/account.ts";
import type { LedgerEntryView, LedgerPage, LedgerQuery } from "../../tenant/handlers/ledger.ts";
import { EXPORT_PAGE, respondCsv, wantsCsv } from "./csv.ts";
import { throwDuringDeployment } from "./require-honored.ts";
import { respond } from "./responses.ts";

/** The entries of one task on one page, or one entry of no task. */
export interface LedgerGroup {
  readonly taskId: number | null;
  /** Time of its newest entry on the page. */
  readonly at: string;
  /** Sum of its entries on the page. */
  readonly credits: number;
  /** The balance after its newest entry. */
  readonly balance: number;
  readonly keyId: string | null;
  readonly model: string | null;
  readonly endUser: string | null;
  readonly note: string | null;
  /** Kinds of its entries on the page, oldest first. */
  readonly kinds: readonly LedgerEntryView["kind"][];
}

const ENTRY_COLUMNS = [
  "entryId",
  "at",
  "kind",
  "credits",
  "balance",
  "taskId",
  "keyId",
  "model",
  "endUser",
  "note",
] as const satisfies readonly (keyof LedgerEntryView)[];

const GROUP_COLUMNS = ["taskId", "at", "credits", "balance", "keyId", "model", "endUser", "note"] as const;

/** Responds with `{entries, nextCursor}`; by task, also with groups of these entries and the balances around them. */
export async function respondLedger(
  c: AppContext,
  tenantId: string,
  request: z.output<ReturnType<typeof LedgerParameters>>,
  fetchPage: (query: LedgerQuery) => Promise<LedgerPage>,
): Promise<Response> {
  const { from = null, to = null, taskId = null, kind = null, groupBy, limit, cursor = null } = request;
  const byTask = groupBy === "task";
  const query = { from, to, taskId, kind, byTask };
  const pageOf = async (before: number | null, size: number) => {
    const page = await fetchPage({ ...query, before, limit: size });
    if (page.next !== undefined) return { ...page, next: page.next };
    // An object of the previous release filters by neither.
    if (kind !== null || byTask) {
      throwDuringDeployment("The ledger is limited during a deployment");
    }
    return { ...page, next: page.more ? (page.entries.at(-1)?.entryId ?? null) : null };
  };
  if (wantsCsv(c)) {
    const rows = async (before: number | null) => {
      const { entries, next } = await pageOf(before, EXPORT_PAGE);
      const items = byTask ? groupsOf(entries).map(groupCells) : entries.map(entryCells);
      return { items, next };
    };
    const header = byTask ? [...GROUP_COLUMNS, "kinds"] : ENTRY_COLUMNS;
    return respondCsv(c, { name: `ledger-${tenantId}`, header, row: (cells) => cells }, rows, cursor);
  }
  const { entries, next, openingBalance = null, closingBalance = null } = await pageOf(cursor, limit);
  const nextCursor = next === null ? null : String(next);
  if (!byTask) return respond(c, { entries, nextCursor });
  return respond(c, { entries, groups: groupsOf(entries), openingBalance, closingBalance, nextCursor });
}

const entryCells = (entry: LedgerEntryView): readonly CsvCell[] => ENTRY_COLUMNS.map((column) => entry[column]);
const groupCells = (group: LedgerGroup): readonly CsvCell[] => [
  ...GROUP_COLUMNS.map((column) => group[column]),
  group.kinds.join(" "),
];

/** Groups entries, newest first, by task; a group is where its newest entry is. */
function groupsOf(entries: readonly LedgerEntryView[]): LedgerGroup[] {
  const byTask = Map.groupBy(entries, ({ taskId, entryId }) => taskId ?? entryId);
  return [...byTask.values()].flatMap((own) => {
    const [newest] = own;
    if (newest === undefined) return [];
    const { taskId, at, balance, keyId, model, endUser } = newest;
    const credits = own.reduce((sum, entry) => sum + entry.credits, 0);
    const note = own.find((entry) => entry.note !== null)?.note ?? null;
    const kinds = own.map(({ kind }) => kind).reverse();
    return [{ taskId, at, credits, balance, keyId, model, endUser, note, kinds }];
  });
}
