/** Calls of the portal's pages about people and deliveries; part of portal-api.ts. */
import type { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { DeliveryListParameters, deliveryListQuery } from "../schemas/delivery-list.ts";
import { ClientTokenParameters, EndUserParameters, PutEndUser } from "../schemas/end-users.ts";
import { NoFields } from "../schemas/fields.ts";
import { checkPortalLink, PortalSessionParameters, portalSessionQuery } from "../schemas/portal-link.ts";
import type { EndUserPage } from "../tenant/handlers/end-users.ts";
import type { PeopleCall } from "../tenant/handlers/portal-people.ts";
import type { PortalCredential } from "../tenant/handlers/portal-sign-in.ts";
import { namedEndUser, respondEndUsers } from "./end-users.ts";
import { checkedValue, readBody, readParameters } from "./operator.ts";
import { respondLink, returnRules } from "./portal-links.ts";
import { readJsonBody } from "./support/body.ts";
import { askPortal } from "./support/portal-call.ts";
import { respondJson } from "./support/responses.ts";

/** Adds the routes to those of the portal's pages. */
export function addPeopleRoutes(routes: Hono<AppEnv>): void {
  const pass = (call: (c: AppContext) => PeopleCall | Promise<PeopleCall>) => async (c: AppContext) =>
    respondJson(c, await askPortal(c, await call(c)));
  const named = (c: AppContext) => checkedValue(namedEndUser(c));
  routes.get(
    "/sessions",
    pass((c) => ({ name: "sessions", query: portalSessionQuery(readParameters(c, PortalSessionParameters())) })),
  );
  routes.delete(
    "/sessions/:sessionId",
    pass((c) => ({ name: "endSession", sessionId: c.req.param("sessionId") ?? "" })),
  );
  routes.post("/portal-links", invite);
  routes.get("/end-users", endUsers);
  routes.get(
    "/end-users/:endUser",
    pass((c) => ({ name: "endUser", endUser: named(c) })),
  );
  routes.put(
    "/end-users/:endUser",
    pass(async (c) => ({ name: "putEndUser", endUser: named(c), limits: await readBody(c, PutEndUser()) })),
  );
  routes.get(
    "/client-tokens",
    pass((c) => {
      const { endUser = null, cursor = null, limit } = readParameters(c, ClientTokenParameters());
      return { name: "tokens", query: { endUser, after: cursor, limit } };
    }),
  );
  routes.delete(
    "/client-tokens/:tokenId",
    pass((c) => ({ name: "endToken", tokenId: c.req.param("tokenId") ?? "" })),
  );
  routes.get(
    "/deliveries",
    pass((c) => ({ name: "deliveryList", query: deliveryListQuery(readParameters(c, DeliveryListParameters())) })),
  );
  routes.get(
    "/deliveries/:deliveryId",
    pass((c) => ({ name: "delivery", deliveryId: c.req.param("deliveryId") ?? "" })),
  );
  routes.post(
    "/deliveries/redeliver",
    pass(async (c) => {
      await readBody(c, NoFields(), true);
      return { name: "redeliverFailed" };
    }),
  );
}

async function invite(c: AppContext): Promise<Response> {
  const body = checkedValue(await readJsonBody(c, true));
  const person = checkedValue(checkPortalLink(body, "viewer", returnRules(c)));
  return respondLink(c, JSON.parse(await askPortal(c, { name: "invite", person })) as PortalCredential);
}

async function endUsers(c: AppContext): Promise<Response> {
  const { limit, cursor = null } = readParameters(c, EndUserParameters());
  const page = await askPortal(c, { name: "endUsers", query: { after: cursor, limit } });
  return respondEndUsers(c, JSON.parse(page) as EndUserPage);
}
