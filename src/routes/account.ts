/** Tenant API: a tenant's account, usage and models, and client tokens for its browsers. */
import type { AppContext, AppRoutes } from "../context.ts";
import { CreateClientToken, usageParameters } from "../schemas/account.ts";
import { NoParameters } from "../schemas/task-list.ts";
import { tenantStatement } from "./statements.ts";
import { requireBody, requireParameters, respondJson, respondResult, tenantOf, unwrap } from "./support/responses.ts";
import { respondUsage } from "./usage.ts";

/** Adds the routes of a tenant's account, usage, models and client tokens. */
export function addAccountRoutes(routes: AppRoutes): void {
  routes.post("/client-tokens", mintToken);
  routes.get("/account", (c) => respondResult(c, tenantOf(c).account(c.get("caller"))));
  routes.get("/usage", usage);
  routes.get("/statements/:month", tenantStatement);
  routes.get("/models", models);
}

async function mintToken(c: AppContext): Promise<Response> {
  const request = await requireBody(c, CreateClientToken(), "mintToken", true);
  return respondResult(c, tenantOf(c).mintToken(c.get("caller"), request));
}

async function models(c: AppContext): Promise<Response> {
  await requireParameters(c, NoParameters(), "models");
  return respondJson(c, await unwrap(c, tenantOf(c).models(c.get("caller"))));
}

async function usage(c: AppContext): Promise<Response> {
  const request = await requireParameters(c, usageParameters(Date.now()), "account");
  const caller = c.get("caller");
  return respondUsage(c, request, (query, first) => unwrap(c, tenantOf(c).usage(caller, query, first)));
}
