/** Tenant API: a client token reads itself; a key lists and ends tokens. Minting is in account.ts. */
import type { AppContext, AppRoutes } from "../context.ts";
import { ClientTokenParameters, tokenQuery } from "../schemas/end-users.ts";
import { requireParameters, respondResult, tenantOf } from "./support/responses.ts";

/** `GET /client-token`, `GET /client-tokens` and `DELETE /client-tokens/{tokenId}`. */
export function addClientTokenRoutes(routes: AppRoutes): void {
  routes.get("/client-token", (c) => respondResult(c, tenantOf(c).ownToken(c.get("caller"))));
  routes.get("/client-tokens", list);
  routes.delete("/client-tokens/:tokenId", end);
}

async function list(c: AppContext): Promise<Response> {
  const query = tokenQuery(await requireParameters(c, ClientTokenParameters(), "endUsers"));
  return respondResult(c, tenantOf(c).tokens(c.get("caller"), query));
}

async function end(c: AppContext): Promise<Response> {
  return respondResult(c, tenantOf(c).endToken(c.get("caller"), c.req.param("tokenId") ?? ""));
}
