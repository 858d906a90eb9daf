/** Monthly statements: a few sums a day, whatever the number of entries, and the operator's credits one by one. */
import { DAY_MS, dayNumber } from "../../domain/calendar.ts";
import type { Month, Statement, StatementLine } from "../../domain/statement.ts";
import { firstTaskIdAt, lastTaskIdAt, taskIdTime } from "../../domain/task-id.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ByteLimit, rowBytes } from "../../lib/byte-limit.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { TenantServices } from "../services.ts";
import type { LedgerRow } from "../store/ledger.ts";

/** Most credits that a statement lists one by one; earlier ones of the month are one line. */
const MOST_CREDITS = 500;
/** Later than any day. */
const NO_END = Number.MAX_SAFE_INTEGER;

/**
 * Returns a statement of one moment: opening balance + lines = closing balance. The running month ends now.
 *
 * @returns 40002 for a month that has not begun, or in which the tenant did not exist
 */
export async function statementOf(services: TenantServices, month: Month): Promise<Statement | ApiError> {
  const { meta, clock, commit, ledgerStore, ledgerDays, report } = services;
  // What is not folded is read entry by entry: after an upgrade that may be all there is.
  await report.foldAll();
  commit.flush();
  const tenant = meta.tenant();
  const now = clock.now();
  if (tenant === null || month.from > now || month.to < tenant.createdAt) {
    return apiError(40002, `There is no statement of ${month.name}`);
  }
  const closed = month.to < now;
  // An id may be slightly ahead of the clock, and nothing is later than now.
  const lastId = closed ? lastTaskIdAt(month.to) : Number.MAX_SAFE_INTEGER - 1;
  const firstDay = dayNumber(month.from);
  const days = ledgerDays.between(firstDay, closed ? dayNumber(month.to) + 1 : NO_END);
  const ofTasks = days.filter(({ model }) => model !== "");
  const credits = sum(days.filter(({ model }) => model === ""));
  const listed = creditsOf(services, { firstId: firstTaskIdAt(month.from), lastId });
  const earlier = credits - sum(listed);
  const lines = [
    ...ofTasks.filter(({ tasks, credits: moved }) => tasks !== 0 || moved !== 0).map(chargeLine),
    ...(earlier === 0 ? [] : [earlierCredits(month, earlier)]),
    ...listed.map(creditLine),
  ];
  return {
    tenantId: tenant.tenantId,
    name: tenant.settings.name,
    month: month.name,
    from: isoTime(month.from),
    to: isoTime(closed ? month.to : now),
    closed,
    openingBalance: ledgerStore.balanceBefore(firstTaskIdAt(month.from)),
    charges: sum(ofTasks),
    credits,
    closingBalance: ledgerStore.balanceBefore(lastId + 1),
    tasks: ofTasks.reduce((total, { tasks }) => total + tasks, 0),
    lines: lines.toSorted((one, other) => (one.day < other.day ? -1 : Number(one.day > other.day))),
  };
}

/** Returns the month's last credits, oldest first; they end by bytes as well as by count. */
function creditsOf(
  { ledgerStore }: TenantServices,
  { firstId, lastId }: { readonly firstId: number; readonly lastId: number },
): LedgerRow[] {
  const bytes = new ByteLimit();
  const filter = { firstId, lastId, taskId: null, byOperator: true };
  const rows: LedgerRow[] = [];
  for (const row of ledgerStore.list(null, MOST_CREDITS, filter)) {
    if (!bytes.takes(rowBytes(row))) break;
    rows.push(row);
  }
  return rows.reverse();
}

function chargeLine({
  day,
  model,
  tasks,
  credits,
}: {
  readonly day: number;
  readonly model: string;
  readonly tasks: number;
  readonly credits: number;
}): StatementLine {
  return { day: isoTime(day * DAY_MS).slice(0, 10), kind: "charge", model, tasks, credits, entryId: null, note: null };
}

function creditLine({ credits, entry_id, note }: LedgerRow): StatementLine {
  const day = isoTime(taskIdTime(entry_id)).slice(0, 10);
  return { day, kind: "credit", model: null, tasks: 0, credits, entryId: entry_id, note };
}

function earlierCredits(month: Month, credits: number): StatementLine {
  const note = "earlier credits";
  return { day: isoTime(month.from).slice(0, 10), kind: "credit", model: null, tasks: 0, credits, entryId: null, note };
}

const sum = (rows: readonly { readonly credits: number }[]) => rows.reduce((total, { credits }) => total + credits, 0);
