/** Operator API: a tenant's keys. The key's text is in the response to its creation or rotation, and nowhere else. */
import type { AppContext, AppRoutes } from "../context.ts";
import type { KeyKind } from "../domain/key-format.ts";
import { GatewayError, issuesError } from "../errors.ts";
import { CreateKey, KeyListParameters, PatchKey, RotateKey } from "../schemas/keys.ts";
import type { KeyListQuery } from "../tenant/handlers/keys.ts";
import { DEFAULT_SCOPES, type Scope } from "../tenant/permissions.ts";
import { DEFAULT_KEY_SETTINGS, type KeySettings } from "../tenant/settings.ts";
import { actorOf, defined, found, namedTenant, readBody, readParameters } from "./operator.ts";
import { requireHonored } from "./support/require-honored.ts";
import { respond } from "./support/responses.ts";

/** The scopes that a publishable key can have. */
const PUBLISHABLE_SCOPES: readonly Scope[] = ["generate", "read"];

/** Adds the operator's routes of a tenant's keys. */
export function addKeyRoutes(routes: AppRoutes): void {
  routes.post("/tenants/:tenantId/keys", create);
  routes.get("/tenants/:tenantId/keys", list);
  routes.patch("/tenants/:tenantId/keys/:keyId", patch);
  routes.delete("/tenants/:tenantId/keys/:keyId", revoke);
  routes.post("/tenants/:tenantId/keys/:keyId/rotate", rotate);
}

async function create(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  const { kind, settings } = await readNewKey(c);
  const key = found(await tenant.createKey(kind, settings, actorOf(c)), "Tenant");
  await requireHonored(settings, key, () => tenant.revokeKey(key.keyId, actorOf(c)));
  return respond(c, key);
}

/** Reads the settings of a new key, with the defaults of its kind. @throws GatewayError 30001, 70006 */
export async function readNewKey(c: AppContext): Promise<{ kind: KeyKind; settings: KeySettings }> {
  const { kind = "secret", ...given } = defined(await readBody(c, CreateKey()));
  const settings: KeySettings = {
    scopes: kind === "publishable" ? PUBLISHABLE_SCOPES : DEFAULT_SCOPES,
    name: kind,
    ...DEFAULT_KEY_SETTINGS,
    ...given,
  };
  checkPublishable(kind, settings);
  return { kind, settings };
}

/** Reads which page of the list of keys is wanted. @throws GatewayError 30001 */
export function readKeyListQuery(c: AppContext): KeyListQuery {
  const { limit, cursor = null } = readParameters(c, KeyListParameters());
  return { limit, cursor };
}

async function list(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  return respond(c, found(await tenant.listKeys(readKeyListQuery(c)), "Tenant"));
}

async function patch(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  const changes = defined(await readBody(c, PatchKey()));
  const known = found(await tenant.findKey(c.req.param("keyId") ?? ""), "Key");
  checkPublishable(known.kind, { ...known, ...changes });
  await requireHonored(changes, known);
  return respond(c, found(await tenant.patchKey(known.keyId, changes, actorOf(c)), "Key"));
}

async function revoke(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  return respond(c, found(await tenant.revokeKey(c.req.param("keyId") ?? "", actorOf(c)), "Key"));
}

async function rotate(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  const { overlapSeconds } = await readBody(c, RotateKey(), true);
  const rotated = await tenant.rotateKey(c.req.param("keyId") ?? "", overlapSeconds * 1_000, actorOf(c));
  return respond(c, found(rotated, "Active key"));
}

function checkPublishable(
  kind: "secret" | "publishable",
  settings: Pick<KeySettings, "allowedOrigins" | "scopes">,
): void {
  if (kind !== "publishable") return;
  const issues = [];
  if (!settings.allowedOrigins || settings.allowedOrigins.length === 0) {
    issues.push({ path: "allowedOrigins", message: "a publishable key needs at least one origin" });
  }
  if (settings.scopes.some((scope) => !PUBLISHABLE_SCOPES.includes(scope))) {
    issues.push({ path: "scopes", message: "a publishable key can have the scopes generate and read only" });
  }
  if (issues.length > 0) throw new GatewayError(issuesError(issues));
}
