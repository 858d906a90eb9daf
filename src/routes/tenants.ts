/** Operator API: tenants. */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { formatTenantId, TENANT_ID_BYTES } from "../domain/key-format.ts";
import { throwApiError } from "../errors.ts";
import { CreateTenant, PatchTenant, TenantListParameters } from "../schemas/operator.ts";
import { DEFAULT_SETTINGS, type TenantView } from "../tenant/api.ts";
import { forgetTenantFacts } from "./files.ts";
import { actorOf, defined, directoryOf, found, namedTenant, readBody, readParameters } from "./operator.ts";
import { answer, requestOrigin } from "./support/replies.ts";

/** Returns the operator's routes of tenants. */
export function tenantRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/tenants", create);
  routes.get("/tenants", list);
  routes.get("/tenants/:tenantId", read);
  routes.patch("/tenants/:tenantId", patch);
  routes.delete("/tenants/:tenantId", remove);
  return routes;
}

async function create(c: AppContext): Promise<Response> {
  const settings = { ...DEFAULT_SETTINGS, ...defined(await readBody(c, CreateTenant())) };
  const tenantId = formatTenantId(crypto.getRandomValues(new Uint8Array(TENANT_ID_BYTES)));
  const view = await c.env.TENANTS.getByName(tenantId).create(tenantId, settings, actorOf(c), requestOrigin(c));
  await directoryOf(c).put(tenantId, view.name, Date.parse(view.createdAt));
  return answer(c, view);
}

async function list(c: AppContext): Promise<Response> {
  const { limit, cursor, q } = readParameters(c, TenantListParameters());
  const listed = await directoryOf(c).list(cursor ?? null, limit + 1, q ?? null);
  const page = listed.slice(0, limit);
  const views = await Promise.all(page.map(({ tenantId }) => c.env.TENANTS.getByName(tenantId).view()));
  const tenants = views.flatMap((view): TenantView[] => (view ? [view] : []));
  const last = page.at(-1);
  return answer(c, { tenants, nextCursor: listed.length > limit && last ? String(last.seq) : null });
}

async function read(c: AppContext): Promise<Response> {
  return answer(c, found(await namedTenant(c).tenant.view(), "Tenant"));
}

async function patch(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const changes = defined(await readBody(c, PatchTenant()));
  const after = found(await tenant.patch(changes, actorOf(c)), "Tenant");
  forgetTenantFacts(tenantId);
  if (changes.name !== undefined) await directoryOf(c).put(tenantId, after.name, Date.parse(after.createdAt));
  return answer(c, after);
}

/** Keys stop and file URLs answer 410 at once; what the tenant has in R2 goes in the background. */
async function remove(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  if (!(await tenant.delete(actorOf(c)))) throwApiError(40002, "Tenant does not exist");
  forgetTenantFacts(tenantId);
  await directoryOf(c).remove(tenantId);
  return answer(c, { tenantId, status: "deleted" });
}
