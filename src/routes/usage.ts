/** Usage by day, model, key or end user: the same response for a tenant and for the operator. */
import type { AppContext } from "../context.ts";
import { DAY_MS } from "../domain/calendar.ts";
import { ByteLimit, rowBytes } from "../lib/byte-limit.ts";
import { isoTime } from "../lib/iso-time.ts";
import type { UsageRequest } from "../schemas/account.ts";
import { formatValueCursor } from "../schemas/cursors.ts";
import type { UsagePage, UsageQuery } from "../tenant/handlers/account.ts";
import type { UsageRow } from "../tenant/store/usage.ts";
import { EXPORT_PAGE, type ListPage, respondCsv, wantsCsv } from "./support/csv.ts";
import { respond } from "./support/responses.ts";

/** Fetches one page; `first` pages count as requests. */
type Fetch = (query: UsageQuery, first: boolean) => Promise<UsagePage>;

/** A row of the response: the group under its own name, and the sums. */
interface UsageLine extends Omit<UsageRow, "value"> {
  readonly value: string | null;
  /** Name of a key. */
  readonly name: string | null;
  readonly running: number;
  readonly cursor: string | number;
}

const SUMS = ["tasks", "credits", "completed", "failed", "cancelled", "running"] as const;

/** Most rows of a JSON response to a request without a limit; it ends by bytes too. */
const MAX_ROWS = 10_000;

/** Most pages of one JSON response: a page may be empty where many end users have no usage in the range. */
const MAX_PAGES = 20;

/**
 * Responds with JSON `{rows, nextCursor, …}`, or CSV if the caller prefers it. Without a limit, a JSON response has up to
 * 10,000 rows, as many as fit; it may have none and still a next page.
 */
export async function respondUsage(c: AppContext, request: UsageRequest, fetchPage: Fetch): Promise<Response> {
  const { groupBy, limit } = request;
  const csv = wantsCsv(c);
  const pageSize = csv ? EXPORT_PAGE : (limit ?? EXPORT_PAGE);
  let isFirst = true;
  const page = async (after: string | number | null): Promise<ListPage<UsageLine, string | number>> => {
    const { rows, more, keyNames, ...fetched } = await fetchPage({ ...request, after, limit: pageSize }, isFirst);
    isFirst = false;
    const next = fetched.next !== undefined ? fetched.next : ((more ? rows.at(-1)?.value : null) ?? null);
    return { items: rows.map((row) => lineOf(row, groupBy, keyNames)), next };
  };
  if (csv) {
    const columns = groupBy === "key" ? ["key", "keyName"] : [groupBy];
    const row = (line: UsageLine) => [
      line.value,
      ...(groupBy === "key" ? [line.name] : []),
      ...SUMS.map((column) => line[column]),
    ];
    const table = { name: `usage-by-${groupBy}`, header: [...columns, ...SUMS], row };
    return respondCsv(c, table, page, request.after);
  }
  const bytes = new ByteLimit();
  const lines: UsageLine[] = [];
  let cursor = request.after;
  for (let pages = 1; ; pages += 1) {
    const last = await page(cursor);
    const fitting = last.items.findIndex((line) => !bytes.takes(rowBytes(line)));
    lines.push(...(fitting < 0 ? last.items : last.items.slice(0, fitting)));
    cursor = fitting < 0 ? last.next : (lines.at(-1)?.cursor ?? null);
    const wantsMore = lines.length === 0 || (limit === null && lines.length < MAX_ROWS);
    if (fitting >= 0 || cursor === null || !wantsMore || pages === MAX_PAGES) break;
  }
  return respond(c, {
    groupBy,
    from: isoTime(request.from),
    to: isoTime(request.to),
    rows: lines.map((line) => ({
      [groupBy]: line.value,
      ...(groupBy === "key" ? { keyName: line.name } : {}),
      ...Object.fromEntries(SUMS.map((column) => [column, line[column]])),
    })),
    nextCursor: cursor === null ? null : formatValueCursor(cursor),
  });
}

function lineOf(row: UsageRow, groupBy: UsageRequest["groupBy"], keyNames: UsagePage["keyNames"]): UsageLine {
  const { value, ...sums } = row;
  const { tasks, completed, failed, cancelled } = sums;
  return {
    ...sums,
    running: tasks - completed - failed - cancelled,
    value: groupBy === "day" ? isoDay(Number(value)) : value === "" ? null : String(value),
    name: keyNames[value] ?? null,
    cursor: value,
  };
}

/** `2026-11-22` for a number of days since 1970-01-01. */
export function isoDay(day: number): string {
  return isoTime(day * DAY_MS).slice(0, 10);
}
