/** The operator's API (contract section 6). */
import {
  CreateKey,
  CreateTenant,
  KeyListParameters,
  PatchKey,
  PatchTenant,
  RotateKey,
  TenantListParameters,
} from "../../src/schemas/operator.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

const TENANT = {
  tenantId: "ten_0f3a9c1b5d7e2468ace0",
  name: "Acme Films",
  status: "active",
  billing: "prepaid",
  markup: 1.25,
  requestsPerMinute: 60,
  concurrentTasks: 10,
  monthlyCredits: null,
  models: null,
  retentionDays: 30,
  filesVisibility: "public",
  lowBalance: 100,
  prices: null,
  createdAt: "2026-11-22T11:00:00.000Z",
  balance: 1000,
  runningTasks: 0,
};

/** Returns the operator's operations on tenants. */
export function tenantOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: tenants", audience: "operator" } as const;
  return [
    {
      ...shared,
      id: "createTenant",
      method: "post",
      path: "/admin/v1/tenants",
      summary: "Create a tenant",
      description: "Only `name` is required; a setting that does not exist is refused.",
      body: {
        schema: CreateTenant(),
        examples: { prepaid: { summary: "Prepaid", value: { name: "Acme Films", billing: "prepaid", markup: 1.25 } } },
      },
      response: a.tenant,
      responseExample: TENANT,
      errors: [30001, 70006],
    },
    {
      ...shared,
      id: "listTenants",
      method: "get",
      path: "/admin/v1/tenants",
      summary: "List tenants",
      description: "Newest first. `q` finds part of a name, whatever its case, or of an id.",
      query: TenantListParameters(),
      response: a.tenantList,
      responseExample: { tenants: [TENANT], nextCursor: null },
      errors: [30001],
    },
    {
      ...shared,
      id: "getTenant",
      method: "get",
      path: "/admin/v1/tenants/{tenantId}",
      summary: "A tenant with its balance",
      response: a.tenant,
      responseExample: TENANT,
      errors: [40002],
    },
    {
      ...shared,
      id: "updateTenant",
      method: "patch",
      path: "/admin/v1/tenants/{tenantId}",
      summary: "Change settings",
      description:
        "What is not named stays. `status: suspended` stops spending at once and reads within 10 seconds; webhooks and " +
        "file URLs go on. What runs upstream is followed to its end; what is not submitted yet waits until the tenant is " +
        "active again.",
      body: {
        schema: PatchTenant(),
        examples: { suspend: { summary: "Suspend", value: { status: "suspended" } } },
      },
      response: a.tenant,
      responseExample: TENANT,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "deleteTenant",
      method: "delete",
      path: "/admin/v1/tenants/{tenantId}",
      summary: "Delete a tenant with everything it has",
      description:
        "Keys stop at once; files are gone, and their URLs answer 410, within 10 seconds. There is no way back.",
      response: a.deletedTenant,
      responseExample: { tenantId: TENANT.tenantId, status: "deleted" },
      errors: [40002],
    },
    {
      ...shared,
      id: "createPortalLink",
      method: "post",
      path: "/admin/v1/tenants/{tenantId}/portal-links",
      summary: "A link that signs a person of the tenant in to the portal",
      description:
        "Works once, within 15 minutes. Opening it shows a button; only pressing that uses the link up, so link previews " +
        "do no harm. The session lasts 12 hours, and is read-only while the tenant is suspended.",
      response: a.portalLink,
      responseExample: {
        url: "https://gateway.example/portal?code=ppl_DzqcG11-JGis4HR9kQ2w",
        expiresAt: "2026-11-22T11:15:00.000Z",
      },
      errors: [40002],
    },
    {
      ...shared,
      id: "endPortalSessions",
      method: "delete",
      path: "/admin/v1/tenants/{tenantId}/portal-sessions",
      summary: "Sign everybody out of a tenant's portal",
      description: "Ends all sessions at once, and the links that are not used yet.",
      response: a.portalSessionsEnded,
      responseExample: { ended: 2 },
      errors: [40002],
    },
  ];
}

/** Returns the operator's operations on keys. */
export function keyOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: keys", audience: "operator" } as const;
  const path = "/admin/v1/tenants/{tenantId}/keys";
  return [
    {
      ...shared,
      id: "createKey",
      method: "post",
      path,
      summary: "Create a key",
      description:
        "`key` is in this answer and nowhere else: only its hash is kept. A `publishable` key needs `allowedOrigins` and can " +
        "only `generate` and `read`.",
      body: { schema: CreateKey(), examples: { server: { summary: "For a server", value: { name: "production" } } } },
      response: a.newKey,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "listKeys",
      method: "get",
      path,
      summary: "List keys",
      description: "Oldest first. A revoked key is listed for 30 days, and at most 100 of them.",
      query: KeyListParameters(),
      response: a.keyList,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "updateKey",
      method: "patch",
      path: `${path}/{keyId}`,
      summary: "Change a key",
      body: { schema: PatchKey(), examples: { narrow: { summary: "Read only", value: { scopes: ["read"] } } } },
      response: a.key,
      errors: [30001, 40002, 70006],
    },
    {
      ...shared,
      id: "revokeKey",
      method: "delete",
      path: `${path}/{keyId}`,
      summary: "Revoke a key",
      description: "Spending with it, and with client tokens it made, stops at once; reads stop within 10 seconds.",
      response: a.key,
      errors: [40002],
    },
    {
      ...shared,
      id: "rotateKey",
      method: "post",
      path: `${path}/{keyId}/rotate`,
      summary: "Give a key a new text",
      description:
        "Id, settings and history stay. The old text works for `overlapSeconds` more, and one before it as long as was " +
        "said then; with 0, or nothing, all earlier ones end at once.",
      body: {
        schema: RotateKey(),
        optional: true,
        examples: { day: { summary: "Both work for a day", value: { overlapSeconds: 86400 } } },
      },
      response: a.newKey,
      errors: [30001, 40002, 70006],
    },
  ];
}
