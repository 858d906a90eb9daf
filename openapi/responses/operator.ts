/** Responses of the operator API (contract section 6). */
import * as z from "zod";
import { SCOPES } from "../../src/tenant/permissions.ts";
import type { ResponseParts } from "./parts.ts";
import type { tenantResponses } from "./tenant.ts";

type TenantResponses = ReturnType<typeof tenantResponses>;

/** @param task as the tenant sees it; the operator sees more @returns one schema for the `data` of each kind of answer */
export function operatorResponses(
  {
    moment,
    momentOrNull,
    count,
    credits,
    countOrNull,
    nextCursor,
    modelName,
    tenantId,
    keyId,
    taskId,
    status,
    billing,
    sums,
    priceFields,
    limits,
  }: ResponseParts,
  task: TenantResponses["task"],
) {
  const priceRule = z.object({ model: modelName, ...priceFields }).meta({ id: "Price" });
  const tenant = z
    .object({
      tenantId,
      name: z.string(),
      status,
      billing,
      markup: z.number(),
      ...limits,
      retentionDays: z.number().nullable(),
      filesVisibility: z.enum(["public", "signed"]),
      prices: z.array(priceRule).nullable(),
      createdAt: moment,
      balance: credits,
      runningTasks: count,
    })
    .meta({ id: "Tenant" });
  const tenantList = z.object({ tenants: z.array(tenant), nextCursor }).meta({ id: "TenantList" });
  const signedWith = z.enum(["first", "later", "removed"]);
  const keyFields = {
    keyId,
    kind: z.enum(["secret", "publishable"]),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    models: z.array(modelName).nullable(),
    allowedOrigins: z.array(z.string()).nullable(),
    expiresAt: momentOrNull,
    requestsPerMinute: countOrNull,
    monthlyCredits: countOrNull,
    status: z.enum(["active", "revoked", "expired"]),
    createdAt: moment,
    revokedAt: momentOrNull,
    lastUsedAt: momentOrNull,
    signedWith,
    previous: z.object({ expiresAt: moment, signedWith }).nullable(),
  };
  const key = z.object(keyFields).meta({ id: "Key" });
  const newKey = z.object({ ...keyFields, key: z.string().regex(/^pdk_/) }).meta({ id: "NewKey" });
  const keyList = z.object({ keys: z.array(key), nextCursor: z.string().nullable() }).meta({ id: "KeyList" });
  const deletedTenant = z.object({ tenantId, status: z.literal("deleted") }).meta({ id: "DeletedTenant" });
  const entryFields = {
    entryId: z.int().meta({ type: "integer", format: "int64" }),
    at: moment,
    kind: z.enum(["hold", "correct", "capture", "release", "credit"]),
    credits,
    balance: credits,
    taskId: taskId.nullable().meta({ type: ["integer", "null"], format: "int64", minimum: 1 }),
    keyId: z.string().nullable(),
    model: z.string().nullable(),
    endUser: z.string().nullable(),
    note: z.string().nullable(),
  };
  const ledgerEntry = z.object(entryFields).meta({ id: "LedgerEntry" });
  const ledger = z.object({ entries: z.array(ledgerEntry), nextCursor }).meta({ id: "Ledger" });
  const operatorTask = task
    .and(
      z.looseObject({
        keyId,
        endUser: z.string().nullable(),
        tokenId: z.string().nullable(),
        credits,
        settlement: z.enum(["open", "captured", "released"]),
        createdAt: moment,
        endedAt: momentOrNull,
      }),
    )
    .meta({ id: "OperatorTask" });
  const operatorTaskList = z.object({ tasks: z.array(operatorTask), nextCursor }).meta({ id: "OperatorTaskList" });
  const prices = z.object({ prices: z.array(priceRule) }).meta({ id: "Prices" });
  const overview = z
    .object({
      tenants: z.object({ total: count, active: count, suspended: count }),
      runningTasks: count,
      creditsHeld: credits,
      balance: z.object({ prepaid: credits, unmetered: credits }),
      copiesWaiting: count,
      deliveriesWaiting: count,
      webhooksDisabled: count,
      storage: z.object({ largestBytes: count, above80Percent: count }),
      totals: z.object(sums),
      days: z.array(z.object({ day: z.iso.date(), ...sums })),
      topTenants: z.array(z.object({ tenantId, name: z.string(), tasks: count, credits })),
      masterKeys: z.array(
        z.object({ id: z.string(), ok: z.boolean(), code: z.int().nullable(), retryAt: momentOrNull }),
      ),
      problems: z.array(z.object({ kind: z.string(), lastAt: moment })),
    })
    .meta({ id: "Overview" });
  const auditEntry = z
    .object({
      id: z.int(),
      at: moment,
      actor: z.string(),
      action: z.string(),
      tenantId: z.string().nullable(),
      target: z.string().nullable(),
      before: z.unknown(),
      after: z.unknown(),
      requestId: z.string().nullable(),
    })
    .meta({ id: "AuditEntry" });
  const auditLog = z.object({ entries: z.array(auditEntry), nextCursor }).meta({ id: "AuditLog" });
  const portalSessionsEnded = z
    .object({ ended: z.int().meta({ description: "How many sessions there were." }) })
    .meta({ id: "PortalSessionsEnded" });
  const portalLink = z.object({ url: z.url(), expiresAt: moment }).meta({ id: "PortalLink" });

  return {
    tenant,
    tenantList,
    deletedTenant,
    key,
    newKey,
    keyList,
    ledgerEntry,
    ledger,
    operatorTaskList,
    prices,
    overview,
    auditLog,
    portalLink,
    portalSessionsEnded,
  };
}
