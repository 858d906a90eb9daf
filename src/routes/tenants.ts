/** Operator API: tenants. */
import { type AppContext, type AppRoutes, directoryOf, tenantObject } from "../context.ts";
import type { Holder, Reservation } from "../directory/tenant-list.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { formatTenantId, hashKey, TENANT_ID_BYTES } from "../domain/key-format.ts";
import { scopesOfSettings } from "../domain/operator-permissions.ts";
import { LISTED_NOTE, type ListedTenant } from "../domain/tenant-report.ts";
import { throwApiError } from "../errors.ts";
import { ByteLimit, utf8Length } from "../lib/byte-limit.ts";
import type { JsonValue } from "../lib/json.ts";
import { requireScopes } from "../middleware/authenticate-operator.ts";
import { CreateTenant, PatchTenant } from "../schemas/operator.ts";
import { formatTenantCursor, tenantListQuery } from "../schemas/tenant-list.ts";
import { DEFAULT_SETTINGS, type PortalEmails, type TenantSettings, type TenantView } from "../tenant/settings.ts";
import { dropTenantFacts } from "./files.ts";
import {
  actorOf,
  bestEffort,
  checkedValue,
  defined,
  found,
  namedTenant,
  readBody,
  readParameters,
} from "./operator.ts";
import { wantsCsv } from "./support/csv.ts";
import { readIdempotency } from "./support/idempotency.ts";
import { requireHonored } from "./support/require-honored.ts";
import { requestOrigin, respond } from "./support/responses.ts";
import { callObject, unavailableError, viewUnavailable } from "./support/tenant-object.ts";
import { exportTenants, pageOf } from "./tenant-summaries.ts";

/** Adds the operator's routes of tenants. */
export function addTenantRoutes(routes: AppRoutes): void {
  routes.post("/tenants", create);
  routes.get("/tenants", list);
  routes.get("/tenants/:tenantId", read);
  routes.patch("/tenants/:tenantId", patch);
  routes.delete("/tenants/:tenantId", remove);
}

/**
 * Creates a tenant. It is listed first, so that no tenant is missing from the list; the object's creation can be
 * repeated.
 */
async function create(c: AppContext): Promise<Response> {
  const given = defined(await readBody(c, CreateTenant()));
  requireScopes(c, scopesOfSettings(Object.keys(given)));
  const settings = { ...DEFAULT_SETTINGS, ...given };
  const idempotency = checkedValue(await readIdempotency(c, given as unknown as JsonValue));
  const { name, externalId, status, billing, region } = settings;
  const newId = formatTenantId(crypto.getRandomValues(new Uint8Array(TENANT_ID_BYTES)));
  const creation = { tenantId: newId, name, createdAt: Date.now(), idempotency, externalId, status, billing };
  const reserved = await withFreeId<Reservation>(c, async () => directoryOf(c).reserve(creation));
  if (reserved.kind === "conflict") {
    throwApiError(70003, "This idempotency key was used for a different tenant", { status: 422 });
  }
  const { tenantId, replayed } = reserved;
  c.set("tenantId", tenantId);
  if (!replayed) await requireHonored({ externalId }, reserved, () => directoryOf(c).remove(tenantId));
  // The hint counts at the first call of an object, which this is.
  const object = tenantObject(c, tenantId, region === null ? {} : { locationHint: region });
  const make = async () => {
    if (settings.portalEmails) await findByEmails(c, tenantId, settings.portalEmails);
    return object.create(tenantId, settings, actorOf(c), requestOrigin(c));
  };
  const created = await callObject<TenantView>(tenantId, make());
  if (!created.responded) {
    // If the object was created after all, its first report lists it again; a repeated request with the same key finds
    // it listed.
    if (idempotency === null) await bestEffort(tenantId, directoryOf(c).remove(tenantId));
    throwApiError(10001, undefined, { retryAfterSeconds: 5 });
  }
  if (replayed) c.header("idempotent-replayed", "true");
  return respond(c, created.value);
}

/**
 * Has the Directory find a tenant by these addresses. Before the tenant's own change, which decides, they are the old and the new
 * ones: an address that only the Directory knows gets no link, and one that it does not know would never be found.
 */
async function findByEmails(c: AppContext, tenantId: string, emails: PortalEmails | null): Promise<void> {
  const hashes = await Promise.all(Object.keys(emails ?? {}).map(hashKey));
  await directoryOf(c).setPortalEmails(tenantId, hashes);
}

/** Age in ms at which a listed tenant without an object is the rest of an interrupted creation. */
const BROKEN_OFF_MS = MINUTE_MS;

/**
 * Takes an external id. One whose holder was listed by an interrupted creation is freed first.
 *
 * @throws GatewayError 70010 if another tenant has it
 */
async function withFreeId<T extends Reservation | boolean>(
  c: AppContext,
  take: () => Promise<T>,
): Promise<Exclude<T, Holder>> {
  for (let attempt = 0; ; attempt += 1) {
    const taken = await take();
    if (!isHolder(taken)) return taken as Exclude<T, Holder>;
    if (attempt > 0 || !(await isBrokenOff(c, taken))) throwApiError(70010, "externalId: another tenant has it");
    await directoryOf(c).remove(taken.tenantId);
  }
}

/** True if a tenant was listed some time ago, and its object does not exist. */
async function isBrokenOff(c: AppContext, { tenantId, createdAt }: Holder): Promise<boolean> {
  if (createdAt >= Date.now() - BROKEN_OFF_MS) return false;
  const call = await callObject(tenantId, tenantObject(c, tenantId).view());
  return call.responded && call.value === null;
}

function isHolder(taken: Reservation | boolean): taken is Holder {
  return typeof taken === "object" && taken.kind === "taken";
}

/** A page ends before its tenants exceed this many bytes of JSON. */
const MAX_PAGE_BYTES = 1_000_000;

async function list(c: AppContext): Promise<Response> {
  const query = readParameters(c, tenantListQuery());
  if (wantsCsv(c)) return exportTenants(c, query);
  const page = await pageOf(c, query);
  const calls = page.tenants.map(({ tenantId }) => callObject(tenantId, tenantObject(c, tenantId).view()));
  const shown = await Promise.all(calls);
  const tenants: object[] = [];
  let { next } = page;
  const bytes = new ByteLimit(MAX_PAGE_BYTES);
  for (const [index, known] of page.tenants.entries()) {
    const call = shown[index];
    const tenant = call?.responded ? listedView(call.value, known) : viewUnavailable(known);
    if (tenant === null) continue;
    if (!bytes.takes(utf8Length(JSON.stringify(tenant)))) {
      next = page.tenants[index - 1]?.position ?? null;
      break;
    }
    tenants.push(tenant);
  }
  return respond(c, { tenants, nextCursor: next && formatTenantCursor(query, next, page.since) });
}

/** Returns a tenant with the external id that the Directory has for it. */
function listedView(view: TenantView | null, known: ListedTenant | null): TenantView | null {
  // A Directory of the previous release has none.
  return view && known?.externalId !== undefined ? { ...view, externalId: known.externalId } : view;
}

async function read(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const record = bestEffort(tenantId, directoryOf(c).find(tenantId));
  const [call, known] = await Promise.all([callObject(tenantId, tenant.view()), record]);
  if (call.responded) return respond(c, found(listedView(call.value, known), "Tenant"));
  if (known === null) throw unavailableError(c);
  return respond(c, viewUnavailable(known));
}

async function patch(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const body = await readBody(c, PatchTenant());
  requireScopes(c, scopesOfSettings(Object.keys(body)));
  const changes = defined(body);
  const { portalEmails } = changes;
  const takeBack = await changeInDirectory(c, changes);
  const call = await callObject(tenantId, tenant.patch(changes, actorOf(c)));
  dropTenantFacts(tenantId);
  if (!call.responded) {
    // A late change may still be made, and then the new id must not be free for another tenant.
    if (!call.isLate) await takeBack();
    const { status, ...others } = changes;
    if (status === undefined || Object.keys(others).length > 0) throw unavailableError(c);
    if (!(await directoryOf(c).intend(tenantId, status, actorOf(c)))) throwApiError(40002, "Tenant does not exist");
    return respond(c, viewUnavailable(found(await directoryOf(c).find(tenantId), "Tenant")));
  }
  const after = found(call.value, "Tenant");
  // If this fails, the tenant's next report contains the change.
  const { name, status, billing, balance, lowBalance, note } = after;
  const listed = { name, status, billing, balance, lowBalance, note: note?.slice(0, LISTED_NOTE) ?? null };
  const known = await bestEffort(tenantId, directoryOf(c).change(tenantId, listed));
  if (portalEmails !== undefined) await bestEffort(tenantId, findByEmails(c, tenantId, portalEmails));
  return respond(c, listedView(after, known));
}

/**
 * Changes what the Directory has before the tenant's object does, unless the object does not respond already.
 *
 * @returns a function that takes the change back: another tenant must not be kept from an external id by a change that failed
 */
async function changeInDirectory(
  c: AppContext,
  { externalId, portalEmails }: Pick<Partial<TenantSettings>, "externalId" | "portalEmails">,
): Promise<() => Promise<unknown>> {
  if (externalId === undefined && portalEmails === undefined) return async () => {};
  const { tenantId, tenant } = namedTenant(c);
  const call = await callObject(tenantId, tenant.view());
  if (!call.responded) throw unavailableError(c);
  const before = found(call.value, "Tenant");
  if (portalEmails !== undefined) await findByEmails(c, tenantId, { ...before.portalEmails, ...portalEmails });
  if (externalId === undefined) return async () => {};
  const known = found(await directoryOf(c).find(tenantId), "Tenant");
  // The Directory alone decides who has it.
  if (!(await withFreeId<Holder | boolean>(c, async () => directoryOf(c).setExternalId(tenantId, externalId)))) {
    throwApiError(40002, "Tenant does not exist");
  }
  return () => bestEffort<unknown>(tenantId, directoryOf(c).setExternalId(tenantId, known.externalId ?? null));
}

/**
 * Deletes a tenant. Keys stop working and file URLs return 410 at once; its files in R2 are deleted in the background.
 */
async function remove(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const call = await callObject(tenantId, tenant.delete(actorOf(c)));
  dropTenantFacts(tenantId);
  if (call.responded) {
    // The object repeats this with each deletion of its files.
    await bestEffort(tenantId, directoryOf(c).remove(tenantId));
    if (!call.value) throwApiError(40002, "Tenant does not exist");
  } else if (!(await directoryOf(c).intend(tenantId, "delete", actorOf(c)))) {
    throwApiError(40002, "Tenant does not exist");
  }
  return respond(c, { tenantId, status: "deleted" });
}
