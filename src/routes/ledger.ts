/** Operator API: a tenant's credits, ledger, tasks and usage; lists also as CSV. */
import { type AppContext, type AppRoutes, directoryOf } from "../context.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { AddCredits, LedgerParameters, usageParameters } from "../schemas/account.ts";
import { NoParameters, readTaskListQuery } from "../schemas/task-list.ts";
import type { TaskLine } from "../tenant/handlers/operator-tasks.ts";
import { dropTenantFacts } from "./files.ts";
import { actorOf, bestEffort, checkedValue, found, namedTenant, readBody, readParameters } from "./operator.ts";
import { operatorStatement } from "./statements.ts";
import { EXPORT_PAGE, respondCsv, wantsCsv } from "./support/csv.ts";
import { readIdempotency } from "./support/idempotency.ts";
import { respondLedger } from "./support/ledger-page.ts";
import { publicBaseUrl, respond, respondJson } from "./support/responses.ts";
import { respondUsage } from "./usage.ts";

/** Adds the operator's routes of credits, ledger, tasks and usage. */
export function addLedgerRoutes(routes: AppRoutes): void {
  routes.post("/tenants/:tenantId/credits", addCredits);
  routes.get("/tenants/:tenantId/ledger", ledger);
  routes.get("/tenants/:tenantId/statements/:month", operatorStatement);
  routes.get("/tenants/:tenantId/tasks", tasks);
  routes.get("/tenants/:tenantId/tasks/:taskId", task);
  routes.delete("/tenants/:tenantId/tasks/:taskId", deleteTask);
  routes.get("/tenants/:tenantId/usage", usage);
}

async function addCredits(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const given = await readBody(c, AddCredits());
  const idempotency = checkedValue(await readIdempotency(c, { ...given }));
  const { entry, replayed } = found(await tenant.addCredits({ ...given, idempotency }, actorOf(c)), "Tenant");
  if (replayed) c.header("idempotent-replayed", "true");
  else await bestEffort(tenantId, directoryOf(c).change(tenantId, { balance: entry.balance }));
  return respond(c, entry);
}

async function ledger(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const request = readParameters(c, LedgerParameters());
  return respondLedger(c, tenantId, request, async (query) => found(await tenant.ledger(query), "Tenant"));
}

const TASK_COLUMNS = [
  "taskId",
  "taskNo",
  "createdAt",
  "endedAt",
  "model",
  "type",
  "status",
  "results",
  "keyId",
  "endUser",
  "credits",
  "settlement",
  "failReason",
] as const satisfies readonly (keyof TaskLine)[];

async function tasks(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const filters = checkedValue(readTaskListQuery(c.req.queries()));
  if (!wantsCsv(c)) {
    return respondJson(c, found(await tenant.operatorTasks(filters, publicBaseUrl(c)), "Tenant"));
  }
  const page = async (before: number | null) => {
    const { lines, next } = found(await tenant.taskLines({ ...filters, limit: EXPORT_PAGE, before }), "Tenant");
    return { items: lines, next };
  };
  const row = (line: TaskLine) => TASK_COLUMNS.map((column) => line[column]);
  return respondCsv(c, { name: `tasks-${tenantId}`, header: TASK_COLUMNS, row }, page, filters.before);
}

async function task(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  readParameters(c, NoParameters());
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  return respondJson(c, found(await tenant.taskStory(taskId, publicBaseUrl(c)), "Task"));
}

async function deleteTask(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  const deleted = found(await tenant.operatorDeleteTask(taskId, actorOf(c)), "Tenant");
  dropTenantFacts(tenantId);
  return respond(c, deleted);
}

async function usage(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  const request = readParameters(c, usageParameters(Date.now()));
  return respondUsage(c, request, async (query) => found(await tenant.operatorUsage(query), "Tenant"));
}
