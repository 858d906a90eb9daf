/** Tenant API: a tenant's account, usage and models, and client tokens for its browsers. */
import { Hono } from "hono/quick";
import type { AppContext, AppEnv } from "../context.ts";
import { withPlainNumbers } from "../lib/json.ts";
import { CreateClientToken, usageParameters } from "../schemas/account.ts";
import { check, checkParameters } from "../schemas/check.ts";
import { NoParameters } from "../schemas/task-list.ts";
import { tenantStatement } from "./statements.ts";
import { readJsonBody } from "./support/body.ts";
import { respond, respondJson, tenantOf, unwrap } from "./support/responses.ts";
import { rejectAfterCheck } from "./tasks.ts";
import { respondUsage } from "./usage.ts";

/** Returns the routes of a tenant's account, usage, models and client tokens. */
export function accountRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/client-tokens", mintToken);
  routes.get("/account", async (c) => respond(c, await unwrap(c, tenantOf(c).account(c.get("caller")))));
  routes.get("/usage", usage);
  routes.get("/statements/:month", tenantStatement);
  routes.get("/models", models);
  return routes;
}

async function mintToken(c: AppContext): Promise<Response> {
  const body = await readJsonBody(c, true);
  const request = body.ok ? check(CreateClientToken(), withPlainNumbers(body.value)) : body;
  if (!request.ok) return rejectAfterCheck(c, request.error, "mintToken");
  return respond(c, await unwrap(c, tenantOf(c).mintToken(c.get("caller"), request.value)));
}

async function models(c: AppContext): Promise<Response> {
  const parameters = checkParameters(NoParameters(), c.req.queries());
  if (!parameters.ok) return rejectAfterCheck(c, parameters.error, "models");
  return respondJson(c, await unwrap(c, tenantOf(c).models(c.get("caller"))));
}

async function usage(c: AppContext): Promise<Response> {
  const request = checkParameters(usageParameters(Date.now()), c.req.queries());
  if (!request.ok) return rejectAfterCheck(c, request.error, "account");
  const caller = c.get("caller");
  return respondUsage(c, request.value, (query, first) => unwrap(c, tenantOf(c).usage(caller, query, first)));
}
