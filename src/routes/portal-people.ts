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
  const add = (
    method: "get" | "post" | "put" | "delete",
    path: string,
    call: (c: AppContext) => PeopleCall | Promise<PeopleCall>,
  ) => routes[method](path, async (c) => respondJson(c, await askPortal(c, await call(c))));
  const named = (c: AppContext) => checkedValue(namedEndUser(c));
  add("get", "/sessions", (c) => {
    return { name: "sessions", query: portalSessionQuery(readParameters(c, PortalSessionParameters())) };
  });
  add("delete", "/sessions/:sessionId", (c) => ({ name: "endSession", sessionId: c.req.param("sessionId") ?? "" }));
  routes.post("/portal-links", invite);
  routes.get("/end-users", endUsers);
  add("get", "/end-users/:endUser", (c) => ({ name: "endUser", endUser: named(c) }));
  add("put", "/end-users/:endUser", async (c) => {
    return { name: "putEndUser", endUser: named(c), limits: await readBody(c, PutEndUser()) };
  });
  add("get", "/client-tokens", (c) => {
    const { endUser = null, cursor = null, limit } = readParameters(c, ClientTokenParameters());
    return { name: "tokens", query: { endUser, after: cursor, limit } };
  });
  add("delete", "/client-tokens/:tokenId", (c) => ({ name: "endToken", tokenId: c.req.param("tokenId") ?? "" }));
  add("get", "/deliveries", (c) => {
    return { name: "deliveryList", query: deliveryListQuery(readParameters(c, DeliveryListParameters())) };
  });
  add("get", "/deliveries/:deliveryId", (c) => ({ name: "delivery", deliveryId: c.req.param("deliveryId") ?? "" }));
  add("post", "/deliveries/redeliver", async (c) => {
    await readBody(c, NoFields(), true);
    return { name: "redeliverFailed" };
  });
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
