/** What the gateway answers, from the schemas that the OpenAPI document is made of. */
import type * as z from "zod";
import type { Answers } from "../../openapi/answers/all.ts";

export type Tenant = z.infer<Answers["tenant"]>;
export type TenantList = z.infer<Answers["tenantList"]>;
export type Key = z.infer<Answers["key"]>;
export type NewKey = z.infer<Answers["newKey"]>;
export type KeyList = z.infer<Answers["keyList"]>;
export type Ledger = z.infer<Answers["ledger"]>;
export type LedgerEntry = Ledger["entries"][number];
export type Task = z.infer<Answers["task"]>;
export type TaskList = z.infer<Answers["taskList"]>;
export type OperatorTaskList = z.infer<Answers["operatorTaskList"]>;
export type Usage = z.infer<Answers["usage"]>;
export type UsageRow = Usage["rows"][number];
export type Overview = z.infer<Answers["overview"]>;
export type AuditLog = z.infer<Answers["auditLog"]>;
export type AuditEntry = AuditLog["entries"][number];
export type PortalLink = z.infer<Answers["portalLink"]>;
export type Prices = z.infer<Answers["prices"]>;
export type Webhook = z.infer<Answers["webhook"]>;
export type WebhookSet = z.infer<Answers["webhookPut"]>;
export type WebhookTest = z.infer<Answers["webhookTest"]>;
export type Deliveries = z.infer<Answers["deliveries"]>;

/** The portal's account: the tenant's own, without a key, and with the session. */
export type PortalAccount = Omit<z.infer<Answers["account"]>, "key"> & {
  readonly filesVisibility: "public" | "signed";
  readonly sessionExpiresAt: string;
};
