/** Tenant API: a client token reads itself; a key lists and ends tokens. Minting is in account.ts. */
import { Hono } from "hono/quick";
import type { AppContext, AppEnv } from "../context.ts";
import { checkParameters } from "../schemas/check.ts";
import { ClientTokenParameters } from "../schemas/end-users.ts";
import { requireValid, respondResult, tenantOf } from "./support/responses.ts";

/** `GET /client-token`, `GET /client-tokens` and `DELETE /client-tokens/{tokenId}`. */
export function clientTokenRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/client-token", (c) => respondResult(c, tenantOf(c).ownToken(c.get("caller"))));
  routes.get("/client-tokens", list);
  routes.delete("/client-tokens/:tokenId", end);
  return routes;
}

async function list(c: AppContext): Promise<Response> {
  const parameters = await requireValid(c, checkParameters(ClientTokenParameters(), c.req.queries()), "endUsers");
  const { endUser = null, cursor = null, limit } = parameters;
  return respondResult(c, tenantOf(c).tokens(c.get("caller"), { endUser, after: cursor, limit }));
}

async function end(c: AppContext): Promise<Response> {
  return respondResult(c, tenantOf(c).endToken(c.get("caller"), c.req.param("tokenId") ?? ""));
}
