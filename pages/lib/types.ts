/** Responses of the gateway, from the schemas that the OpenAPI document is made of. */
import type * as z from "zod";
import type { Responses } from "../../openapi/responses/all.ts";

/** A tenant, as the operator sees it. */
export type Tenant = z.infer<Responses["tenant"]>;
/** A page of tenants. */
export type TenantList = z.infer<Responses["tenantList"]>;
/** A key without its text. */
export type Key = z.infer<Responses["key"]>;
/** A new key with its text. */
export type NewKey = z.infer<Responses["newKey"]>;
/** Everything about one task. */
export type TaskStory = z.infer<Responses["taskStory"]>;
/** What the operator's search found. */
export type SearchResults = z.infer<Responses["search"]>;
/** All keys of a tenant. */
export type KeyList = z.infer<Responses["keyList"]>;
/** A page of ledger entries. */
export type Ledger = z.infer<Responses["ledger"]>;
/** One ledger entry. */
export type LedgerEntry = Ledger["entries"][number];
/** A task, as its tenant sees it. */
export type Task = z.infer<Responses["task"]>;
/** A page of a tenant's tasks. */
export type TaskList = z.infer<Responses["taskList"]>;
/** A page of tasks, as the operator sees them. */
export type OperatorTaskList = z.infer<Responses["operatorTaskList"]>;
/** A page of usage. */
export type Usage = z.infer<Responses["usage"]>;
/** Usage of one group. */
export type UsageRow = Usage["rows"][number];
/** Totals over all tenants. */
export type Overview = z.infer<Responses["overview"]>;
/** A page of audit events. */
export type AuditLog = z.infer<Responses["auditLog"]>;
/** One audit event. */
export type AuditEntry = AuditLog["entries"][number];
/** An operator without its token. */
export type Operator = z.infer<Responses["operator"]>;
/** A new operator with its token. */
export type NewOperator = z.infer<Responses["newOperator"]>;
/** A page of operators. */
export type OperatorList = z.infer<Responses["operatorList"]>;
/** A link that signs a person in to the portal. */
export type PortalLink = z.infer<Responses["portalLink"]>;
/** The price list for all tenants. */
export type Prices = z.infer<Responses["prices"]>;
/** A tenant's webhook endpoint. */
export type Webhook = z.infer<Responses["webhook"]>;
/** The result of a test delivery. */
export type WebhookTest = z.infer<Responses["webhookTest"]>;

/** The portal's account: the tenant's own, without a key, and with the session. */
export type PortalAccount = Omit<z.infer<Responses["account"]>, "key"> & {
  readonly filesVisibility: "public" | "signed";
  readonly sessionExpiresAt: string;
  readonly role: "admin" | "viewer";
  readonly person: string | null;
  readonly returnUrl: string | null;
};

/** A page of webhook deliveries. */
export type DeliveryList = z.infer<Responses["deliveryList"]>;
/** One delivery in the list. */
export type Delivery = DeliveryList["deliveries"][number];
/** One delivery with its bodies. */
export type DeliveryDetail = z.infer<Responses["deliveryDetail"]>;
/** How many deliveries are sent again. */
export type Redelivered = z.infer<Responses["redelivered"]>;
/** The operator's webhook endpoint. */
export type OperatorWebhook = z.infer<Responses["operatorWebhook"]>;
/** Who is signed in to a tenant's portal. */
export type PortalSessions = z.infer<Responses["portalSessions"]>;
/** One session of a portal. */
export type PortalSession = PortalSessions["sessions"][number];
/** An operator's console sessions. */
export type OperatorSessions = z.infer<Responses["operatorSessions"]>;
/** A page of end users. */
export type EndUserList = z.infer<Responses["endUserPage"]>;
/** An end user with limits and use. */
export type EndUser = z.infer<Responses["endUser"]>;
/** A page of client tokens. */
export type ClientTokenList = z.infer<Responses["clientTokenPage"]>;
/** The brand. */
export type Branding = z.infer<Responses["branding"]>;
/** A month's statement. */
export type Statement = z.infer<Responses["statement"]>;
/** A page of tenants without their settings. */
export type TenantSummaries = z.infer<Responses["tenantSummaries"]>;
/** How many tenants each filter finds. */
export type TenantCounts = z.infer<Responses["tenantCounts"]>;
/** Revenue, cost and margin by group. */
export type Margins = z.infer<Responses["margins"]>;
/** The upstream's known prices. */
export type UpstreamPrices = z.infer<Responses["upstreamPrices"]>;
/** How far the price list for all has come. */
export type PriceRollout = z.infer<Responses["priceRollout"]>;
/** The models that can be asked for, with the tenant's prices. */
export type Models = z.infer<Responses["models"]>;
