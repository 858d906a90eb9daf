/** Tenant API: a client token reads itself, and a key ends one. Minting is in account.ts. */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { respond, tenantOf, unwrap } from "./support/responses.ts";

/** `GET /client-token` and `DELETE /client-tokens/{tokenId}`. */
export function clientTokenRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/client-token", async (c) => respond(c, await unwrap(c, tenantOf(c).ownToken(c.get("caller")))));
  routes.delete("/client-tokens/:tokenId", end);
  return routes;
}

async function end(c: AppContext): Promise<Response> {
  return respond(c, await unwrap(c, tenantOf(c).endToken(c.get("caller"), c.req.param("tokenId") ?? "")));
}
