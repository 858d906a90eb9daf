/** Operator API: what a restore would lose, and the export of a tenant (docs/recovery.md). */
import type { AppContext, AppRoutes } from "../context.ts";
import { tenantPrefixes } from "../domain/file-link.ts";
import { isoTime } from "../lib/iso-time.ts";
import { isJsonObject, parseJson, stringifyJson } from "../lib/json.ts";
import { ifMethodMissing } from "../lib/missing-method.ts";
import { RestoreTenant } from "../schemas/operator.ts";
import { NoParameters } from "../schemas/task-list.ts";
import type { KeyPage } from "../tenant/handlers/keys.ts";
import type { LedgerPage } from "../tenant/handlers/ledger.ts";
import type { TenantView } from "../tenant/settings.ts";
import type { LimitedEndUser } from "../tenant/store/end-users.ts";
import { found, namedTenant, readBody, readParameters } from "./operator.ts";
import { EXPORT_PAGE } from "./support/csv.ts";
import { publicBaseUrl, respond } from "./support/responses.ts";
import { callObject, unavailableError } from "./support/tenant-object.ts";
import { respondFile } from "./support/text-stream.ts";

/** Version of the lines; a reader refuses a greater one. */
const FORMAT = 1;
const KEYS_PAGE = 100;
/** Names have at most 200 characters and limits are numbers, so a page is small. */
const END_USERS_PAGE = 500;
/** Fewer than of the ledger, because a task has its prompt; a page ends by bytes too. */
const TASKS_PAGE = 100;

/** Adds the operator's routes of restore and export. */
export function addRecoveryRoutes(routes: AppRoutes): void {
  routes.post("/tenants/:tenantId/restore", previewRestore);
  routes.get("/tenants/:tenantId/export", exportTenant);
}

async function previewRestore(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const { at, dryRun } = await readBody(c, RestoreTenant());
  const call = await callObject(tenantId, tenant.changesSince(at));
  if (!call.responded) throw unavailableError(c);
  return respond(c, { at: isoTime(at), dryRun, ...found(call.value, "Tenant") });
}

async function exportTenant(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  readParameters(c, NoParameters());
  const call = await callObject(tenantId, tenant.view());
  if (!call.responded) throw unavailableError(c);
  const lines = linesOf(tenant, found(call.value, "Tenant"), publicBaseUrl(c));
  return respondFile(c, { name: `${tenantId}.jsonl`, contentType: "application/x-ndjson" }, lines);
}

const line = (type: string, fields: object) => `${JSON.stringify({ type, ...fields })}\n`;

/**
 * The export, a page of lines at a time: the tenant, its keys, its end users with limits, its ledger, its tasks, and a trailer with counts and sums.
 * The ledger is that of one moment, because entries never change: the first page fixes the last entry. Tasks are those
 * up to that entry, each as it is when it is read.
 */
async function* linesOf(
  tenant: TenantStub,
  view: TenantView,
  baseUrl: string,
): AsyncGenerator<string, void, undefined> {
  const { tenantId } = view;
  yield line("tenant", { format: FORMAT, exportedAt: new Date().toISOString(), tenant: view });
  const count = { keys: 0, endUsers: 0, entries: 0, tasks: 0 };

  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: KeyPage = found(await tenant.listKeys({ limit: KEYS_PAGE, cursor }), "Tenant");
    yield page.keys.map((key) => line("key", key)).join("");
    count.keys += page.keys.length;
    cursor = page.nextCursor;
  }

  for (let after: string | undefined = ""; after !== undefined; ) {
    const page: LimitedEndUser[] = found(await limitedEndUsers(tenant, after), "Tenant");
    yield page.map((endUser) => line("endUser", endUser)).join("");
    count.endUsers += page.length;
    after = page.length < END_USERS_PAGE ? undefined : page.at(-1)?.endUser;
  }

  let newest: { readonly entryId: number; readonly balance: number } = { entryId: 0, balance: 0 };
  let credits = 0;
  for (let before: number | null = null, more = true; more; ) {
    const all = { from: null, to: null, taskId: null };
    const page: LedgerPage = found(await tenant.ledger({ ...all, before, limit: EXPORT_PAGE }), "Tenant");
    const [first] = page.entries;
    if (before === null && first !== undefined) newest = first;
    yield page.entries.map((entry) => line("entry", entry)).join("");
    count.entries += page.entries.length;
    credits = page.entries.reduce((sum, entry) => sum + entry.credits, credits);
    before = page.entries.at(-1)?.entryId ?? before;
    more = page.more;
  }

  for (let before: number | null = newest.entryId + 1; before !== null; ) {
    const all = { status: null, model: null, from: null, to: null };
    const text = found(await tenant.operatorTasks({ ...all, before, limit: TASKS_PAGE }, baseUrl), "Tenant");
    const page = parseJson(text);
    const tasks = isJsonObject(page) && Array.isArray(page.tasks) ? page.tasks : [];
    // Numbers past 2^53 keep their digits.
    yield tasks.map((task) => `${stringifyJson({ type: "task", task })}\n`).join("");
    count.tasks += tasks.length;
    before = isJsonObject(page) && typeof page.nextCursor === "string" ? Number(page.nextCursor) : null;
  }
  yield line("end", { ...count, credits, balance: newest.balance, files: tenantPrefixes(tenantId) });
}

/** An object of the previous release has no limits of end users. */
function limitedEndUsers(tenant: TenantStub, after: string): Promise<LimitedEndUser[] | null> {
  return ifMethodMissing<LimitedEndUser[] | null>(tenant.limitedEndUsers(after, END_USERS_PAGE), () => []);
}
