/** Operator API: the tenants as the Directory knows them, without asking their objects: fast lists, counts and exports. */
import { type AppContext, type AppRoutes, directoryOf } from "../context.ts";
import type { ListedTenant, TenantListQuery, TenantPage } from "../domain/tenant-report.ts";
import { isoTime } from "../lib/iso-time.ts";
import { ifMethodMissing } from "../lib/missing-method.ts";
import { formatTenantCursor, TenantCountParameters, tenantSummaryQuery } from "../schemas/tenant-list.ts";
import { readParameters } from "./operator.ts";
import { EXPORT_PAGE, respondCsv, wantsCsv } from "./support/csv.ts";
import { throwDuringDeployment } from "./support/require-honored.ts";
import { respond } from "./support/responses.ts";

/** Adds the routes of summaries and counts. */
export function addTenantSummaryRoutes(routes: AppRoutes): void {
  routes.get("/tenant-summaries", summaries);
  routes.get("/tenant-counts", counts);
}

async function summaries(c: AppContext): Promise<Response> {
  const query = readParameters(c, tenantSummaryQuery());
  if (wantsCsv(c)) return exportTenants(c, query);
  const { tenants, next, since } = await pageOf(c, query);
  return respond(c, { tenants: tenants.map(viewListed), nextCursor: next && formatTenantCursor(query, next, since) });
}

/** A tenant as the Directory knows it, in the columns of an export. */
function viewListed({ seq: _, createdAt, lastActiveAt, ...known }: ListedTenant) {
  const { tenantId, name, externalId = null, status, billing, balance, runningTasks } = known;
  const { lowBalance = null, webhook = null, note = null, copiesWaiting = 0, deliveriesWaiting = 0 } = known;
  const work = { runningTasks, copiesWaiting, deliveriesWaiting };
  const own = { tenantId, name, externalId, status, billing, balance, lowBalance, ...work, webhook, note };
  return { ...own, createdAt: isoTime(createdAt), lastActiveAt: lastActiveAt === 0 ? null : isoTime(lastActiveAt) };
}

const CSV_COLUMNS = [
  "tenantId",
  "name",
  "externalId",
  "status",
  "billing",
  "balance",
  "lowBalance",
  "runningTasks",
  "webhook",
  "createdAt",
  "lastActiveAt",
  "note",
  "copiesWaiting",
  "deliveriesWaiting",
] as const;

/** Responds with all tenants of a query as CSV. */
export async function exportTenants(c: AppContext, query: TenantListQuery): Promise<Response> {
  const page = async (after: TenantListQuery["after"]) => {
    const { tenants, next, since } = await pageOf(c, { ...query, limit: EXPORT_PAGE, after });
    return { items: tenants, next: next && { ...next, since } };
  };
  const row = (tenant: ListedTenant) => {
    const view = viewListed(tenant);
    return CSV_COLUMNS.map((column) => view[column]);
  };
  return respondCsv(c, { name: "tenants", header: CSV_COLUMNS, row }, page, query.after);
}

async function counts(c: AppContext): Promise<Response> {
  const { inactiveDays } = readParameters(c, TenantCountParameters());
  return respond(c, await directoryOf(c).tenantCounts(inactiveDays));
}

/** Returns one page of the list. A Directory of the previous release has it in the default order only. */
export async function pageOf(c: AppContext, query: TenantListQuery): Promise<TenantPage> {
  const { lowBalance = false, webhook = null, waiting = null, inactiveDays = null } = query;
  const isFiltered = lowBalance || webhook !== null || waiting !== null || inactiveDays !== null;
  const page = await ifMethodMissing<TenantPage>(directoryOf(c).page(query), async (error) => {
    if (isFiltered) throw error;
    const { sort, descending, q, status, billing, limit, after } = query;
    if (sort !== "created" || !descending || status !== null || billing !== null) throw error;
    const listed = await directoryOf(c).list(after && Number(after.value), limit + 1, q);
    const rows = listed.slice(0, limit);
    const tenants = rows.map((row) => ({ ...row, position: { value: row.seq, tenantId: row.tenantId } }));
    const last = tenants.at(-1);
    return { tenants, next: listed.length > limit && last ? last.position : null, since: after?.since ?? Date.now() };
  });
  // The previous release passes these filters over.
  if (isFiltered && page.tenants.some((known) => known.copiesWaiting === undefined)) throwDuringDeployment();
  return page;
}
