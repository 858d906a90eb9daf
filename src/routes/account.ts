/** Tenant API: a tenant's account, usage and models, and client tokens for its browsers. */
import { Hono } from "hono/quick";
import type { AppContext, AppEnv } from "../context.ts";
import { withPlainNumbers } from "../lib/json.ts";
import { CreateClientToken, usageParameters } from "../schemas/account.ts";
import { check, checkParameters } from "../schemas/check.ts";
import { NoParameters } from "../schemas/task-list.ts";
import { tenantStatement } from "./statements.ts";
import { readJsonBody } from "./support/body.ts";
import { requireValid, respondJson, respondResult, tenantOf, unwrap } from "./support/responses.ts";
import { respondUsage } from "./usage.ts";

/** Returns the routes of a tenant's account, usage, models and client tokens. */
export function accountRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/client-tokens", mintToken);
  routes.get("/account", (c) => respondResult(c, tenantOf(c).account(c.get("caller"))));
  routes.get("/usage", usage);
  routes.get("/statements/:month", tenantStatement);
  routes.get("/models", models);
  return routes;
}

async function mintToken(c: AppContext): Promise<Response> {
  const body = await readJsonBody(c, true);
  const checked = body.ok ? check(CreateClientToken(), withPlainNumbers(body.value)) : body;
  const request = await requireValid(c, checked, "mintToken");
  return respondResult(c, tenantOf(c).mintToken(c.get("caller"), request));
}

async function models(c: AppContext): Promise<Response> {
  await requireValid(c, checkParameters(NoParameters(), c.req.queries()), "models");
  return respondJson(c, await unwrap(c, tenantOf(c).models(c.get("caller"))));
}

async function usage(c: AppContext): Promise<Response> {
  const request = await requireValid(c, checkParameters(usageParameters(Date.now()), c.req.queries()), "account");
  const caller = c.get("caller");
  return respondUsage(c, request, (query, first) => unwrap(c, tenantOf(c).usage(caller, query, first)));
}
