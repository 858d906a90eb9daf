/** Operator API: tenants. */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { fingerprint, readIdempotencyKey } from "../domain/idempotency.ts";
import { formatTenantId, TENANT_ID_BYTES } from "../domain/key-format.ts";
import { scopesOfSettings } from "../domain/operator-permissions.ts";
import { throwApiError } from "../errors.ts";
import type { JsonValue } from "../lib/json.ts";
import { logEvent } from "../lib/log.ts";
import { requireScopes } from "../middleware/authenticate-operator.ts";
import { CreateTenant, PatchTenant, TenantListParameters } from "../schemas/operator.ts";
import { DEFAULT_SETTINGS } from "../tenant/api.ts";
import { dropTenantFacts } from "./files.ts";
import { actorOf, defined, directoryOf, found, namedTenant, readBody, readParameters } from "./operator.ts";
import { requestOrigin, respond } from "./support/responses.ts";
import { callObject, unavailableError, viewUnavailable } from "./support/tenant-object.ts";

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

/**
 * Creates a tenant. It is listed first, so that no tenant is missing from the list; the object's creation can be
 * repeated.
 */
async function create(c: AppContext): Promise<Response> {
  const given = defined(await readBody(c, CreateTenant()));
  requireScopes(c, scopesOfSettings(Object.keys(given)));
  const settings = { ...DEFAULT_SETTINGS, ...given };
  const key = readIdempotencyKey(c.req.header("x-idempotency-key"), c.req.header("idempotency-key"));
  if (!key.ok) throwApiError(30001, `Idempotency key: ${key.reason}`);
  const meaning = given as unknown as JsonValue;
  const idempotency = key.key === null ? null : { key: key.key, fingerprint: await fingerprint(meaning) };
  const tenantId = formatTenantId(crypto.getRandomValues(new Uint8Array(TENANT_ID_BYTES)));
  const creation = { tenantId, name: settings.name, createdAt: Date.now(), idempotency };
  const reserved = await directoryOf(c).reserve(creation);
  if (reserved.kind === "conflict") {
    throwApiError(70003, "This idempotency key was used for a different tenant", { status: 422 });
  }
  const object = c.env.TENANTS.getByName(reserved.tenantId);
  const call = object.create(reserved.tenantId, settings, actorOf(c), requestOrigin(c));
  const created = await callObject(reserved.tenantId, call);
  if (!created.answered) {
    // If the object was created after all, its first report lists it again; a repeated request with the same key finds
    // it listed.
    if (idempotency === null) await bestEffort(tenantId, directoryOf(c).remove(tenantId));
    throwApiError(10001, undefined, { retryAfterSeconds: 5 });
  }
  if (reserved.replayed) c.header("idempotent-replayed", "true");
  return respond(c, created.value);
}

async function list(c: AppContext): Promise<Response> {
  const { limit, cursor, q } = readParameters(c, TenantListParameters());
  const listed = await directoryOf(c).list(cursor ?? null, limit + 1, q ?? null);
  const page = listed.slice(0, limit);
  const calls = page.map(({ tenantId }) => callObject(tenantId, c.env.TENANTS.getByName(tenantId).view()));
  const views = (await Promise.all(calls)).map((call, index) => {
    const known = page[index];
    if (call.answered || known === undefined) return call.answered ? call.value : null;
    return viewUnavailable(known);
  });
  const tenants = views.filter((view) => view !== null);
  const last = page.at(-1);
  return respond(c, { tenants, nextCursor: listed.length > limit && last ? String(last.seq) : null });
}

async function read(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const call = await callObject(tenantId, tenant.view());
  return respond(c, call.answered ? found(call.value, "Tenant") : await knownTenant(c, tenantId));
}

async function patch(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const body = await readBody(c, PatchTenant());
  requireScopes(c, scopesOfSettings(Object.keys(body)));
  const changes = defined(body);
  const call = await callObject(tenantId, tenant.patch(changes, actorOf(c)));
  dropTenantFacts(tenantId);
  if (!call.answered) {
    const { status, ...others } = changes;
    if (status === undefined || Object.keys(others).length > 0) throw unavailableError();
    if (!(await directoryOf(c).intend(tenantId, status, actorOf(c)))) throwApiError(40002, "Tenant does not exist");
    return respond(c, await knownTenant(c, tenantId));
  }
  const after = found(call.value, "Tenant");
  // If this fails, the tenant's next report contains the name.
  if (changes.name !== undefined) {
    await bestEffort(tenantId, directoryOf(c).put(tenantId, after.name, Date.parse(after.createdAt)));
  }
  return respond(c, after);
}

/**
 * Deletes a tenant. Keys stop working and file URLs answer 410 at once; its files in R2 are deleted in the background.
 */
async function remove(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const call = await callObject(tenantId, tenant.delete(actorOf(c)));
  dropTenantFacts(tenantId);
  if (call.answered) {
    // The object repeats this with each deletion of its files.
    await bestEffort(tenantId, directoryOf(c).remove(tenantId));
    if (!call.value) throwApiError(40002, "Tenant does not exist");
  } else if (!(await directoryOf(c).intend(tenantId, "delete", actorOf(c)))) {
    throwApiError(40002, "Tenant does not exist");
  }
  return respond(c, { tenantId, status: "deleted" });
}

/**
 * Returns the Directory's record of a tenant whose object is not reachable. @throws GatewayError 10001 if it is not
 * listed
 */
async function knownTenant(c: AppContext, tenantId: string) {
  const known = await directoryOf(c).find(tenantId);
  if (known === null) throw unavailableError();
  return viewUnavailable(known);
}

/** Calls the Directory and only logs a failure, because the same change reaches it another way later. */
async function bestEffort(tenantId: string, call: Promise<void>): Promise<void> {
  await call.catch((error: unknown) => logEvent("warn", "directory", { tenantId, error: String(error) }));
}
