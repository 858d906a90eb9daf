/** Operator API: totals for charts, the audit log, and the price list for all tenants. */
import { type AppContext, type AppRoutes, directoryOf } from "../context.ts";
import { masterKeyHealth } from "../courier/master-keys.ts";
import type { AuditPage, AuditRow, PreviousAuditRow } from "../directory/audit-log.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { isOver } from "../domain/key-trouble.ts";
import { ROOT_ID } from "../domain/operator-scopes.ts";
import type { MasterKeyReport } from "../domain/tenant-report.ts";
import type { CsvCell } from "../lib/csv.ts";
import { isoTime } from "../lib/iso-time.ts";
import { flushCounters } from "../middleware/count-requests.ts";
import { OverviewParameters } from "../schemas/account.ts";
import { AuditParameters } from "../schemas/operators.ts";
import { PutPrices } from "../schemas/prices.ts";
import { NoParameters } from "../schemas/task-list.ts";
import { actorOf, readBody, readParameters } from "./operator.ts";
import { EXPORT_PAGE, respondCsv, wantsCsv } from "./support/csv.ts";
import { throwDuringDeployment } from "./support/require-honored.ts";
import { respond } from "./support/responses.ts";
import { isoDay } from "./usage.ts";

/** Adds the operator's routes of overview, audit log and prices for all. */
export function addOverviewRoutes(routes: AppRoutes): void {
  routes.get("/overview", overview);
  routes.get("/audit", listAudit);
  routes.get("/prices", getPrices);
  routes.put("/prices", putPrices);
}

async function overview(c: AppContext): Promise<Response> {
  const { days } = readParameters(c, OverviewParameters());
  await flushCounters(c);
  const {
    masterKeys,
    problems,
    cost = 0,
    secondsToFinish,
    failures = [],
    webhooksFailing = 0,
    ...figures
  } = await directoryOf(c).overview(days);
  return respond(c, {
    ...figures,
    cost,
    revenue: figures.days.reduce((sum, { credits }) => sum + credits, 0) - figures.creditsHeld,
    secondsToFinish: secondsToFinish ?? { p50: null, p95: null },
    failures,
    webhooksFailing,
    days: figures.days.map(({ day, ...sums }) => ({ day: isoDay(day), ...sums })),
    masterKeys: masterKeysNow(c, masterKeys).map(({ id, trouble }) => ({
      id,
      ok: trouble === null,
      code: trouble?.code ?? null,
      retryAt: trouble === null ? null : isoTime(trouble.until),
    })),
    problems: problems.map(({ kind, at }) => ({ kind, lastAt: isoTime(at) })),
  });
}

/**
 * Trouble counts this much longer, because a report may be a minute late, and a key is tried again only when there is
 * work.
 */
const TROUBLE_ECHO_MS = MINUTE_MS;

/**
 * Returns the configured master keys in their order of preference, each with its trouble: as this isolate has seen it,
 * otherwise as tenants reported it.
 */
export function masterKeysNow(
  c: AppContext,
  reports: readonly MasterKeyReport[],
): { readonly id: string; readonly trouble: { readonly code: number; readonly until: number } | null }[] {
  const now = Date.now();
  const seenHere = masterKeyHealth.shared(now);
  return c.get("config").masterKeys.map(({ id }) => {
    const known = [seenHere.get(id), reports.find((report) => report.id === id)];
    const isPresent = (one: { readonly until: number }) =>
      one.until + TROUBLE_ECHO_MS > now && !isOver(one, masterKeyHealth.workedAt(id));
    return { id, trouble: known.find((one) => one !== undefined && isPresent(one)) ?? null };
  });
}

const AUDIT_COLUMNS = [
  "id",
  "at",
  "actor",
  "actorName",
  "action",
  "tenantId",
  "target",
  "before",
  "after",
  "requestId",
];

async function listAudit(c: AppContext): Promise<Response> {
  const { limit, cursor = null, ...given } = readParameters(c, AuditParameters());
  const { actor = null, action = null, tenantId = null, from = null, to = null } = given;
  const filter = { actor, action, tenantId, from, to };
  const pageAt = async (position: { at: number | null; seq: number } | null, size: number): Promise<AuditPage> => {
    const at = position?.at ?? null;
    const after = position === null || at === null ? null : { at, seq: position.seq };
    const found = await directoryOf(c).listAudit(position?.seq ?? null, size, tenantId, { ...filter, after });
    return Array.isArray(found) ? previousPage(found, size, filter) : found;
  };
  if (wantsCsv(c)) {
    const row = ({ seq, at, actorId, actorName, action: done, tenantId: of, ...entry }: AuditRow): CsvCell[] => {
      return [seq, isoTime(at), actorId, actorName, done, of, entry.target, entry.before, entry.after, entry.requestId];
    };
    const page = async (position: typeof cursor) => {
      const { rows, next } = await pageAt(position, EXPORT_PAGE);
      return { items: rows, next };
    };
    return respondCsv(c, { name: "audit", header: AUDIT_COLUMNS, row }, page, cursor);
  }
  const { rows, next } = await pageAt(cursor, limit);
  return respond(c, {
    entries: rows.map(({ seq, at, actorId, actorName, before, after, tenantName, ...entry }) => ({
      id: seq,
      at: isoTime(at),
      actor: { id: actorId, name: actorName },
      ...entry,
      // A Directory of the previous release does not send it.
      tenantName: tenantName ?? null,
      before: before === null ? null : (JSON.parse(before) as unknown),
      after: after === null ? null : (JSON.parse(after) as unknown),
    })),
    nextCursor: next && `${next.at}.${next.seq}`,
  });
}

/**
 * Returns the page of a Directory of the previous release, which knows no filter but the tenant. @throws GatewayError 10001
 * for any other page, until the deployment is complete
 */
function previousPage(
  found: readonly PreviousAuditRow[],
  limit: number,
  { tenantId: _, ...others }: Readonly<Record<string, unknown>>,
): AuditPage {
  if (Object.values(others).some((value) => value !== null)) {
    throwDuringDeployment("The audit log is limited during a deployment");
  }
  const rows = found.map(({ actor, ...row }) => {
    const name = actor === "operator" ? ROOT_ID : actor;
    return { ...row, actorId: name, actorName: name, tenantName: null };
  });
  const last = rows.at(-1);
  return { rows, next: last && rows.length === limit ? { at: last.at, seq: last.seq } : null };
}

async function getPrices(c: AppContext): Promise<Response> {
  // A filter like that of `/upstream-prices` would have no effect here.
  readParameters(c, NoParameters());
  return respond(c, { prices: (await directoryOf(c).sharedPrices()).rules });
}

async function putPrices(c: AppContext): Promise<Response> {
  const { prices } = await readBody(c, PutPrices());
  const { rules } = await directoryOf(c).putSharedPrices(prices, actorOf(c));
  return respond(c, { prices: rules });
}
