/**
 * One set of security cases for every protected route. A route that is registered in the app and missing here fails a
 * test, so that none is forgotten.
 */
import { inject } from "vitest";
import { mintClientToken } from "../../src/domain/client-token.ts";
import { formatKeyId, formatTenantId, mintKey } from "../../src/domain/key-format.ts";
import type { OperatorScope } from "../../src/domain/operator-scopes.ts";
import { importSigningSecrets, type SigningSecret } from "../../src/domain/signing-secrets.ts";
import type { Scope } from "../../src/tenant/permissions.ts";
import { call, createTenant, IMAGE, OPERATOR, type TestTenant } from "./gateway.ts";

export type CredentialKind = "secret" | "publishable" | "token";

/** A route of the tenant API, as registered, and who may use it. */
export interface TenantRoute {
  readonly method: string;
  readonly path: string;
  /** Null: none is needed. */
  readonly scope: Scope | null;
  readonly allow: readonly CredentialKind[];
  /** A body that is in order, if it takes one. */
  readonly body?: object | string;
}

const EVERYONE: readonly CredentialKind[] = ["secret", "publishable", "token"];
const NO_PUBLISHABLE: readonly CredentialKind[] = ["secret", "token"];
const SECRET: readonly CredentialKind[] = ["secret"];

/** Routes under the tenant API whose URLs are signed: they need no credential (test/routes/upload-parts.test.ts). */
export const SIGNED_ROUTES: readonly string[] = [
  "PUT /api/v1/files/uploads/:fileId/parts/:partNumber",
  "POST /api/v1/files/uploads/:fileId/complete",
];

export const TENANT_ROUTES: readonly TenantRoute[] = [
  { method: "POST", path: "/api/v1/task/generate", scope: "generate", allow: EVERYONE, body: IMAGE },
  { method: "POST", path: "/api/v1/task/estimate", scope: "generate", allow: EVERYONE, body: IMAGE },
  { method: "GET", path: "/api/v1/query/:taskId", scope: "read", allow: EVERYONE },
  { method: "GET", path: "/api/v1/tasks", scope: "read", allow: NO_PUBLISHABLE },
  { method: "GET", path: "/api/v1/tasks/:taskId/events", scope: "read", allow: NO_PUBLISHABLE },
  { method: "DELETE", path: "/api/v1/tasks/:taskId", scope: "generate", allow: NO_PUBLISHABLE },
  { method: "POST", path: "/api/v1/files", scope: "files", allow: NO_PUBLISHABLE, body: "no image" },
  {
    method: "POST",
    path: "/api/v1/files/import",
    scope: "files",
    allow: NO_PUBLISHABLE,
    body: { url: "http://127.0.0.1:9/nothing" },
  },
  {
    method: "POST",
    path: "/api/v1/files/uploads",
    scope: "files",
    allow: NO_PUBLISHABLE,
    body: { bytes: 1_000, contentType: "image/png" },
  },
  { method: "DELETE", path: "/api/v1/files/:fileId", scope: "files", allow: NO_PUBLISHABLE },
  { method: "POST", path: "/api/v1/client-tokens", scope: "tokens", allow: SECRET, body: {} },
  { method: "DELETE", path: "/api/v1/client-tokens/:tokenId", scope: "tokens", allow: SECRET },
  { method: "GET", path: "/api/v1/client-tokens", scope: "tokens", allow: SECRET },
  { method: "GET", path: "/api/v1/end-users", scope: "tokens", allow: SECRET },
  { method: "GET", path: "/api/v1/end-users/:endUser", scope: "tokens", allow: SECRET },
  { method: "PUT", path: "/api/v1/end-users/:endUser", scope: "tokens", allow: SECRET, body: {} },
  { method: "GET", path: "/api/v1/client-token", scope: null, allow: ["token"] },
  { method: "GET", path: "/api/v1/account", scope: "read", allow: SECRET },
  { method: "GET", path: "/api/v1/usage", scope: "read", allow: SECRET },
  { method: "GET", path: "/api/v1/statements/:month", scope: "read", allow: SECRET },
  { method: "POST", path: "/api/v1/portal-links", scope: "portal", allow: SECRET, body: {} },
  { method: "GET", path: "/api/v1/models", scope: "read", allow: NO_PUBLISHABLE },
  { method: "PUT", path: "/api/v1/webhook", scope: "webhooks", allow: SECRET, body: { url: "http://127.0.0.1:9/" } },
  { method: "GET", path: "/api/v1/webhook", scope: "webhooks", allow: SECRET },
  { method: "DELETE", path: "/api/v1/webhook", scope: "webhooks", allow: SECRET },
  { method: "POST", path: "/api/v1/webhook/rotate", scope: "webhooks", allow: SECRET },
  { method: "POST", path: "/api/v1/webhook/test", scope: "webhooks", allow: SECRET },
  { method: "GET", path: "/api/v1/deliveries", scope: "webhooks", allow: SECRET },
  { method: "GET", path: "/api/v1/deliveries/:deliveryId", scope: "webhooks", allow: SECRET },
  { method: "POST", path: "/api/v1/deliveries/redeliver", scope: "webhooks", allow: SECRET },
  { method: "GET", path: "/api/v1/tasks/:taskId/deliveries", scope: "webhooks", allow: SECRET },
  { method: "POST", path: "/api/v1/tasks/:taskId/deliveries/redeliver", scope: "webhooks", allow: SECRET },
];

/** The operator API's routes, as registered, and the scopes of which one is enough. */
export const OPERATOR_ROUTES: Readonly<Record<string, readonly OperatorScope[]>> = {
  "GET /metrics": ["metrics", "read"],
  "POST /admin/v1/tenants": ["tenants"],
  "GET /admin/v1/tenants": ["read", "billing", "tenants"],
  "GET /admin/v1/tenant-summaries": ["read", "billing", "tenants"],
  "GET /admin/v1/tenant-counts": ["read", "billing", "tenants"],
  "GET /admin/v1/tenants/:tenantId": ["read", "billing", "tenants"],
  "PATCH /admin/v1/tenants/:tenantId": ["billing", "tenants"],
  "DELETE /admin/v1/tenants/:tenantId": ["tenants"],
  "POST /admin/v1/tenants/:tenantId/keys": ["tenants"],
  "GET /admin/v1/tenants/:tenantId/keys": ["read", "tenants"],
  "PATCH /admin/v1/tenants/:tenantId/keys/:keyId": ["tenants"],
  "DELETE /admin/v1/tenants/:tenantId/keys/:keyId": ["tenants"],
  "POST /admin/v1/tenants/:tenantId/keys/:keyId/rotate": ["tenants"],
  "POST /admin/v1/tenants/:tenantId/portal-links": ["tenants"],
  "DELETE /admin/v1/tenants/:tenantId/portal-sessions": ["tenants"],
  "GET /admin/v1/tenants/:tenantId/tasks": ["read", "tenants"],
  "GET /admin/v1/tenants/:tenantId/tasks/:taskId": ["read", "tenants"],
  "DELETE /admin/v1/tenants/:tenantId/tasks/:taskId": ["tenants"],
  "GET /admin/v1/tenants/:tenantId/webhook": ["read", "tenants"],
  "GET /admin/v1/tenants/:tenantId/deliveries": ["read", "tenants"],
  "POST /admin/v1/tenants/:tenantId/tasks/:taskId/deliveries/redeliver": ["tenants"],
  "GET /admin/v1/tenants/:tenantId/portal-sessions": ["read", "tenants"],
  "DELETE /admin/v1/tenants/:tenantId/portal-sessions/:sessionId": ["tenants"],
  "GET /admin/v1/tenants/:tenantId/end-users": ["read", "tenants"],
  "GET /admin/v1/tenants/:tenantId/end-users/:endUser": ["read", "tenants"],
  "PUT /admin/v1/tenants/:tenantId/end-users/:endUser": ["tenants"],
  "GET /admin/v1/tenants/:tenantId/client-tokens": ["read", "tenants"],
  "DELETE /admin/v1/tenants/:tenantId/client-tokens/:tokenId": ["tenants"],
  "GET /admin/v1/tenants/:tenantId/deliveries/:deliveryId": ["read", "tenants"],
  "POST /admin/v1/tenants/:tenantId/deliveries/redeliver": ["tenants"],
  "POST /admin/v1/tenants/:tenantId/credits": ["billing"],
  "GET /admin/v1/tenants/:tenantId/ledger": ["read", "billing"],
  "GET /admin/v1/tenants/:tenantId/statements/:month": ["read", "billing"],
  "GET /admin/v1/tenants/:tenantId/usage": ["read", "billing", "tenants"],
  "GET /admin/v1/prices": ["read", "billing"],
  "GET /admin/v1/prices/rollout": ["read", "billing"],
  "GET /admin/v1/upstream-prices": ["read", "billing"],
  "GET /admin/v1/margins": ["read", "billing"],
  "PUT /admin/v1/prices": ["billing"],
  "GET /admin/v1/tenants/:tenantId/export": ["read"],
  // A dry run changes nothing.
  "POST /admin/v1/tenants/:tenantId/restore": ["read"],
  "GET /admin/v1/search": ["read", "tenants"],
  "GET /admin/v1/overview": ["read"],
  "GET /admin/v1/audit": ["read"],
  "POST /admin/v1/operators": ["operators"],
  "GET /admin/v1/operators": ["read", "operators"],
  "GET /admin/v1/operators/:operatorId": ["read", "operators"],
  "PATCH /admin/v1/operators/:operatorId": ["operators"],
  "DELETE /admin/v1/operators/:operatorId": ["operators"],
  "POST /admin/v1/operators/:operatorId/rotate": ["operators"],
  "GET /admin/v1/operators/:operatorId/sessions": ["read", "operators"],
  "DELETE /admin/v1/operators/:operatorId/sessions": ["operators"],
  "DELETE /admin/v1/operators/:operatorId/sessions/:sessionId": ["operators"],
  "GET /admin/v1/branding": ["read", "operators"],
  "PUT /admin/v1/branding": ["operators"],
  "PUT /admin/v1/branding/logo": ["operators"],
  "DELETE /admin/v1/branding/logo": ["operators"],
  "PUT /admin/v1/webhook": ["operators"],
  "GET /admin/v1/webhook": ["read", "operators"],
  "DELETE /admin/v1/webhook": ["operators"],
  "POST /admin/v1/webhook/rotate": ["operators"],
  "POST /admin/v1/webhook/test": ["operators"],
};

/** The route's address with these names in it. */
export function addressOf(path: string, names: { taskId?: number | string; fileId?: string; tenantId?: string } = {}) {
  return path
    .replace(":taskId", String(names.taskId ?? 1))
    .replace(":fileId", names.fileId ?? "file_0011223344556677")
    .replace(":tenantId", names.tenantId ?? "ten_00112233445566778899")
    .replace(":keyId", "key_0011223344556677")
    .replace(":operatorId", "opr_0011223344556677")
    .replace(":month", new Date().toISOString().slice(0, 7))
    .replace(":sessionId", "0011223344556677")
    .replace(":tokenId", "tok_0011223344556677");
}

/** A bearer credential that does not count, and why. */
export interface BadCredential {
  readonly why: string;
  readonly credential: string;
}

const bytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));
const bearerOf = ({ key }: TestTenant) => key;

async function secretOf(text: string): Promise<SigningSecret> {
  const [secret] = await importSigningSecrets([text]);
  if (!secret) throw new Error("no secret");
  return secret;
}

async function revoked(): Promise<string> {
  const tenant = await createTenant();
  const path = `/admin/v1/tenants/${tenant.tenantId}/keys/${tenant.keyId}`;
  await call("DELETE", path, { headers: OPERATOR });
  return bearerOf(tenant);
}

async function rotatedAway(): Promise<string> {
  const tenant = await createTenant();
  const path = `/admin/v1/tenants/${tenant.tenantId}/keys/${tenant.keyId}/rotate`;
  await call("POST", path, { headers: OPERATOR, body: { overlapSeconds: 0 } });
  return bearerOf(tenant);
}

async function ofDeletedTenant(): Promise<string> {
  const tenant = await createTenant();
  await call("DELETE", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR });
  return bearerOf(tenant);
}

/** Claims of a client token as this deployment would make it for a tenant's key. */
async function clientToken(tenant: TestTenant, secret: SigningSecret, expiresAt: number): Promise<string> {
  const bounds = { maxTasks: null, maxCredits: null, requestsPerMinute: null, concurrentTasks: null };
  const claims = { endUser: "anna", mintedBy: null, ...bounds, models: null, allowedOrigins: null };
  const ids = { tenantId: tenant.tenantId, keyId: tenant.keyId, tokenId: "tok_0011223344556677" };
  return (await mintClientToken({ ...ids, ...claims, issuedAt: Date.now() - 1_000, expiresAt }, secret)) ?? "";
}

/** Every kind of credential that must be refused, all in the same words. */
export async function badCredentials(): Promise<BadCredential[]> {
  const own = await secretOf((inject("gatewaySettings").SIGNING_SECRETS ?? "").split(",")[0] ?? "");
  const foreign = await secretOf("a-secret-of-another-deployment");
  const tenant = await createTenant();
  const { key } = tenant;
  const expiresAt = Date.now() + 5_000;
  const expired = await createTenant({}, { expiresAt: new Date(expiresAt).toISOString() });
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, expiresAt + 1 - Date.now())));
  const flipped = (at: number) => key.slice(0, at) + (key[at] === "A" ? "B" : "A") + key.slice(at + 1);
  const ids = { kind: "secret", tenantId: tenant.tenantId, keyId: tenant.keyId } as const;
  const unknown = { tenantId: formatTenantId(bytes(10)), keyId: formatKeyId(bytes(8)) };
  const inAnHour = Date.now() + 3_600_000;
  return [
    { why: "forged", credential: `pdk_${"A".repeat(68)}` },
    { why: "mangled in its tenant", credential: flipped(8) },
    { why: "mangled in its key id", credential: flipped(24) },
    { why: "mangled in its random part", credential: flipped(40) },
    { why: "mangled in its MAC", credential: flipped(64) },
    { why: "truncated", credential: key.slice(0, -1) },
    { why: "too long", credential: `${key}A` },
    { why: "of another case", credential: key.toLowerCase() },
    { why: "in two pieces", credential: `${key.slice(0, 30)} ${key.slice(30)}` },
    { why: "of no known form", credential: "xxxxxxxxxxxxxxxxxxxxx" },
    { why: "another deployment's", credential: await mintKey({ ...ids, random16: bytes(16) }, foreign) },
    { why: "signed, but never given out", credential: await mintKey({ ...ids, random16: bytes(16) }, own) },
    { why: "signed, of no tenant", credential: await mintKey({ ...ids, ...unknown, random16: bytes(16) }, own) },
    { why: "revoked", credential: await revoked() },
    { why: "rotated away", credential: await rotatedAway() },
    { why: "expired", credential: expired.key },
    { why: "a deleted tenant's", credential: await ofDeletedTenant() },
    { why: "a token of another deployment", credential: await clientToken(tenant, foreign, inAnHour) },
    { why: "an expired token", credential: await clientToken(tenant, own, Date.now() - 1) },
    { why: "a token whose key has expired", credential: await clientToken(expired, own, inAnHour) },
    { why: "a mangled token", credential: (await clientToken(tenant, own, inAnHour)).replace("pdt_ey", "pdt_eY") },
  ];
}
