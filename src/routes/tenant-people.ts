/** Operator API: who is signed in to a tenant's portal, and the tenant's end users with their tokens. */
import type { AppContext, AppRoutes } from "../context.ts";
import {
  ClientTokenParameters,
  EndUserParameters,
  endUserQuery,
  PutEndUser,
  tokenQuery,
} from "../schemas/end-users.ts";
import { PortalSessionParameters, portalSessionQuery } from "../schemas/portal-link.ts";
import { namedEndUser, respondEndUsers } from "./end-users.ts";
import { actorOf, checkedValue, found, namedTenant, readBody, readParameters } from "./operator.ts";
import { respond } from "./support/responses.ts";

/** Adds the operator's routes of a tenant's portal sessions, end users and client tokens. */
export function addTenantPeopleRoutes(routes: AppRoutes): void {
  routes.get("/tenants/:tenantId/portal-sessions", sessions);
  routes.delete("/tenants/:tenantId/portal-sessions/:sessionId", endSession);
  routes.get("/tenants/:tenantId/end-users", endUsers);
  routes.get("/tenants/:tenantId/end-users/:endUser", endUser);
  routes.put("/tenants/:tenantId/end-users/:endUser", putEndUser);
  routes.get("/tenants/:tenantId/client-tokens", tokens);
  routes.delete("/tenants/:tenantId/client-tokens/:tokenId", endToken);
}

async function sessions(c: AppContext): Promise<Response> {
  const query = portalSessionQuery(readParameters(c, PortalSessionParameters()));
  return respond(c, found(await namedTenant(c).tenant.portalSessions(query), "Tenant"));
}

async function endSession(c: AppContext): Promise<Response> {
  const ended = await namedTenant(c).tenant.endPortalSession(c.req.param("sessionId") ?? "", actorOf(c));
  return respond(c, found(ended, "Session"));
}

async function endUsers(c: AppContext): Promise<Response> {
  const query = endUserQuery(readParameters(c, EndUserParameters()));
  return respondEndUsers(c, found(await namedTenant(c).tenant.operatorEndUsers(query), "Tenant"));
}

async function endUser(c: AppContext): Promise<Response> {
  const name = checkedValue(namedEndUser(c));
  return respond(c, found(await namedTenant(c).tenant.operatorEndUser(name), "Tenant"));
}

async function putEndUser(c: AppContext): Promise<Response> {
  const { tenant } = namedTenant(c);
  const name = checkedValue(namedEndUser(c));
  const limits = await readBody(c, PutEndUser());
  return respond(c, found(await tenant.operatorPutEndUser(name, limits, actorOf(c)), "Tenant"));
}

async function tokens(c: AppContext): Promise<Response> {
  const query = tokenQuery(readParameters(c, ClientTokenParameters()));
  return respond(c, found(await namedTenant(c).tenant.operatorTokens(query), "Tenant"));
}

async function endToken(c: AppContext): Promise<Response> {
  const ended = await namedTenant(c).tenant.operatorEndToken(c.req.param("tokenId") ?? "", actorOf(c));
  return respond(c, found(ended, "Tenant"));
}
