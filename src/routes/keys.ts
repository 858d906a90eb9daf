/** Operator API: a tenant's keys. The key itself is in the answer to its making and rotation, and nowhere else. */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { CreateKey, PatchKey, RotateKey } from "../schemas/operator.ts";
import { type KeyKind, type KeySettings, SCOPES, type Scope } from "../tenant/types.ts";
import { audit } from "./audit.ts";
import { defined, found, namedTenant, readBody, readOptionalBody } from "./operator.ts";
import { answer } from "./replies.ts";

/** All that a publishable key may ever do. */
const PUBLISHABLE_SCOPES: readonly Scope[] = ["generate", "read"];

export function keyRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/tenants/:tenantId/keys", create);
  routes.get("/tenants/:tenantId/keys", list);
  routes.patch("/tenants/:tenantId/keys/:keyId", patch);
  routes.delete("/tenants/:tenantId/keys/:keyId", revoke);
  routes.post("/tenants/:tenantId/keys/:keyId/rotate", rotate);
  return routes;
}

async function create(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const { kind, settings } = await readNewKey(c);
  const { key, ...view } = found(await tenant.createKey(kind, settings), "Tenant");
  await audit(c, { action: "key.create", tenantId, target: view.keyId, after: view });
  return answer(c, { ...view, key });
}

/** Reads what a new key shall be; what is left out is as usual for its kind. @throws GatewayError 30001, 70006 */
export async function readNewKey(c: AppContext): Promise<{ kind: KeyKind; settings: KeySettings }> {
  const { kind = "secret", ...given } = defined(await readBody(c, CreateKey()));
  const settings: KeySettings = {
    scopes: kind === "publishable" ? PUBLISHABLE_SCOPES : SCOPES,
    name: kind,
    models: null,
    allowedOrigins: null,
    expiresAt: null,
    requestsPerMinute: null,
    monthlyCredits: null,
    ...given,
  };
  checkPublishable(kind, settings);
  return { kind, settings };
}

async function list(c: AppContext): Promise<Response> {
  return answer(c, { keys: found(await namedTenant(c).tenant.listKeys(), "Tenant") });
}

async function patch(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const changes = defined(await readBody(c, PatchKey()));
  const keys = found(await tenant.listKeys(), "Tenant");
  const before = found(keys.find(({ keyId }) => keyId === c.req.param("keyId")) ?? null, "Key");
  checkPublishable(before.kind, { ...before, ...changes });
  const after = found(await tenant.patchKey(before.keyId, changes), "Key");
  await audit(c, { action: "key.update", tenantId, target: after.keyId, before, after });
  return answer(c, after);
}

async function revoke(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const after = found(await tenant.revokeKey(c.req.param("keyId") ?? ""), "Key");
  await audit(c, { action: "key.revoke", tenantId, target: after.keyId, after });
  return answer(c, after);
}

async function rotate(c: AppContext): Promise<Response> {
  const { tenantId, tenant } = namedTenant(c);
  const { overlapSeconds } = await readOptionalBody(c, RotateKey());
  const rotated = await tenant.rotateKey(c.req.param("keyId") ?? "", overlapSeconds * 1_000);
  const { key, ...view } = found(rotated, "Active key");
  await audit(c, { action: "key.rotate", tenantId, target: view.keyId, after: view });
  return answer(c, { ...view, key });
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
    issues.push({ path: "scopes", message: "a publishable key can only generate and read" });
  }
  const [first] = issues;
  if (first) refuse(30001, `${first.path}: ${first.message}`, { issues });
}
