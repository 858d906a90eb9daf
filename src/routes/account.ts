/** Tenant API: what a tenant may know about itself, and client tokens for its browsers. */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { withPlainNumbers } from "../lib/json.ts";
import { CreateClientToken, usageParameters } from "../schemas/account.ts";
import { parameterError } from "../schemas/task-list.ts";
import { readJsonBody } from "./support/body.ts";
import { answer, answerJson, tenantOf, unwrap } from "./support/replies.ts";
import { refuseAfterCheck } from "./tasks.ts";
import { answerUsage } from "./usage.ts";

export function accountRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/client-tokens", mintToken);
  routes.get("/account", async (c) => answer(c, await unwrap(c, tenantOf(c).account(c.get("caller")))));
  routes.get("/usage", usage);
  routes.get("/models", async (c) => answerJson(c, await unwrap(c, tenantOf(c).models(c.get("caller")))));
  return routes;
}

async function mintToken(c: AppContext): Promise<Response> {
  const hasBody = c.req.raw.body !== null && c.req.header("content-length") !== "0";
  const body = hasBody ? await readJsonBody(c) : ({ ok: true, value: {} } as const);
  if (!body.ok) return refuseAfterCheck(c, body.error, "mintToken");
  const request = CreateClientToken().safeParse(withPlainNumbers(body.value));
  if (!request.success) return refuseAfterCheck(c, parameterError(request.error), "mintToken");
  return answer(c, await unwrap(c, tenantOf(c).mintToken(c.get("caller"), request.data)));
}

async function usage(c: AppContext): Promise<Response> {
  const request = usageParameters(Date.now()).safeParse(c.req.query());
  if (!request.success) return refuseAfterCheck(c, parameterError(request.error), "account");
  const caller = c.get("caller");
  return answerUsage(c, request.data, (query, first) => unwrap(c, tenantOf(c).usage(caller, query, first)));
}
