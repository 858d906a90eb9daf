/**
 * Which scope each route of the operator API needs: the one table for the middleware and the tests. A route without an
 * entry is refused to everybody. Each scope includes reading what it manages (contract section 9).
 */
import type { OperatorIdentity, OperatorScope } from "./operator-scopes.ts";

/** Scopes of which one is enough for the route. */
type Enough = readonly OperatorScope[];

const READ: Enough = ["read"];
const BILLING: Enough = ["billing"];
const TENANTS: Enough = ["tenants"];
const OPERATORS: Enough = ["operators"];
const READ_BILLING: Enough = ["read", "billing"];
const READ_TENANTS: Enough = ["read", "tenants"];
const READ_OPERATORS: Enough = ["read", "operators"];
const READ_BILLING_TENANTS: Enough = ["read", "billing", "tenants"];

/** Routes as they are registered, method first. */
export const OPERATOR_PERMISSIONS: Readonly<Record<string, Enough>> = {
  "GET /metrics": ["metrics", "read"],

  "POST /admin/v1/tenants": TENANTS,
  "GET /admin/v1/tenants": READ_BILLING_TENANTS,
  "GET /admin/v1/tenant-counts": READ_BILLING_TENANTS,
  "GET /admin/v1/tenant-summaries": READ_BILLING_TENANTS,
  "GET /admin/v1/tenants/:tenantId": READ_BILLING_TENANTS,
  // The scope of every field that the body names: `scopesOfSettings`.
  "PATCH /admin/v1/tenants/:tenantId": ["billing", "tenants"],
  "DELETE /admin/v1/tenants/:tenantId": TENANTS,
  "POST /admin/v1/tenants/:tenantId/keys": TENANTS,
  "GET /admin/v1/tenants/:tenantId/keys": READ_TENANTS,
  "PATCH /admin/v1/tenants/:tenantId/keys/:keyId": TENANTS,
  "DELETE /admin/v1/tenants/:tenantId/keys/:keyId": TENANTS,
  "POST /admin/v1/tenants/:tenantId/keys/:keyId/rotate": TENANTS,
  "POST /admin/v1/tenants/:tenantId/portal-links": TENANTS,
  "DELETE /admin/v1/tenants/:tenantId/portal-sessions": TENANTS,
  "GET /admin/v1/tenants/:tenantId/export": READ,
  // Changes nothing: a dry run only (docs/decisions/0024).
  "POST /admin/v1/tenants/:tenantId/restore": READ,
  "GET /admin/v1/tenants/:tenantId/tasks": READ_TENANTS,
  "GET /admin/v1/tenants/:tenantId/tasks/:taskId": READ_TENANTS,
  "DELETE /admin/v1/tenants/:tenantId/tasks/:taskId": TENANTS,
  "GET /admin/v1/tenants/:tenantId/webhook": READ_TENANTS,
  "GET /admin/v1/tenants/:tenantId/deliveries": READ_TENANTS,
  "POST /admin/v1/tenants/:tenantId/tasks/:taskId/deliveries/redeliver": TENANTS,

  "GET /admin/v1/tenants/:tenantId/portal-sessions": READ_TENANTS,
  "DELETE /admin/v1/tenants/:tenantId/portal-sessions/:sessionId": TENANTS,
  "GET /admin/v1/tenants/:tenantId/end-users": READ_TENANTS,
  "GET /admin/v1/tenants/:tenantId/end-users/:endUser": READ_TENANTS,
  "PUT /admin/v1/tenants/:tenantId/end-users/:endUser": TENANTS,
  "GET /admin/v1/tenants/:tenantId/client-tokens": READ_TENANTS,
  "DELETE /admin/v1/tenants/:tenantId/client-tokens/:tokenId": TENANTS,
  "GET /admin/v1/tenants/:tenantId/deliveries/:deliveryId": READ_TENANTS,
  "POST /admin/v1/tenants/:tenantId/deliveries/redeliver": TENANTS,

  "POST /admin/v1/tenants/:tenantId/credits": BILLING,
  "GET /admin/v1/tenants/:tenantId/ledger": READ_BILLING,
  "GET /admin/v1/tenants/:tenantId/statements/:month": READ_BILLING,
  "GET /admin/v1/tenants/:tenantId/usage": READ_BILLING_TENANTS,
  "GET /admin/v1/prices": READ_BILLING,
  "GET /admin/v1/prices/rollout": READ_BILLING,
  "GET /admin/v1/upstream-prices": READ_BILLING,
  "GET /admin/v1/margins": READ_BILLING,
  "PUT /admin/v1/prices": BILLING,

  "GET /admin/v1/search": READ_TENANTS,
  "GET /admin/v1/overview": READ,
  "GET /admin/v1/audit": READ,

  "POST /admin/v1/operators": OPERATORS,
  "GET /admin/v1/operators": READ_OPERATORS,
  "GET /admin/v1/operators/:operatorId": READ_OPERATORS,
  "PATCH /admin/v1/operators/:operatorId": OPERATORS,
  "DELETE /admin/v1/operators/:operatorId": OPERATORS,
  "POST /admin/v1/operators/:operatorId/rotate": OPERATORS,
  "GET /admin/v1/operators/:operatorId/sessions": READ_OPERATORS,
  "DELETE /admin/v1/operators/:operatorId/sessions": OPERATORS,
  "DELETE /admin/v1/operators/:operatorId/sessions/:sessionId": OPERATORS,

  "GET /admin/v1/branding": READ_OPERATORS,
  "PUT /admin/v1/branding": OPERATORS,
  "PUT /admin/v1/branding/logo": OPERATORS,
  "DELETE /admin/v1/branding/logo": OPERATORS,

  "PUT /admin/v1/webhook": OPERATORS,
  "GET /admin/v1/webhook": READ_OPERATORS,
  "DELETE /admin/v1/webhook": OPERATORS,
  "POST /admin/v1/webhook/rotate": OPERATORS,
  "POST /admin/v1/webhook/test": OPERATORS,
};

/**
 * @param route method and path as registered
 * @returns null if the operator may call the route, otherwise the scopes of which one is needed; none for a route
 * without an entry
 */
export function neededScopes(operator: OperatorIdentity, route: string): Enough | null {
  const enough = Object.hasOwn(OPERATOR_PERMISSIONS, route) ? (OPERATOR_PERMISSIONS[route] ?? []) : [];
  return enough.some((scope) => operator.isRoot || operator.scopes.includes(scope)) ? null : enough;
}

/** Settings of a tenant that belong to `billing`; all others belong to `tenants`. */
const MONEY_SETTINGS: ReadonlySet<string> = new Set(["billing", "markup", "monthlyCredits", "lowBalance", "prices"]);

/** @param names fields of a tenant's body. @returns the scopes that a change of all of them needs */
export function scopesOfSettings(names: readonly string[]): OperatorScope[] {
  return [...new Set(names.map((name): OperatorScope => (MONEY_SETTINGS.has(name) ? "billing" : "tenants")))];
}
