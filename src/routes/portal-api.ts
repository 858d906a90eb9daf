/**
 * `/portal/t/{tenantId}/api`: calls of the portal's pages, by session. For these pages only: it may change with them at any time.
 */
import type { AppContext, AppRoutes } from "../context.ts";
import type { Statement } from "../domain/statement.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { portalCookie, portalSession } from "../middleware/portal-session.ts";
import { clearSessionCookie } from "../middleware/session-cookie.ts";
import { LedgerParameters, usageParameters } from "../schemas/account.ts";
import { check } from "../schemas/check.ts";
import { DeliveryListParameters, deliveryListQuery } from "../schemas/delivery-list.ts";
import {
  ClientTokenParameters,
  EndUserParameters,
  endUserQuery,
  PutEndUser,
  tokenQuery,
} from "../schemas/end-users.ts";
import { NoFields } from "../schemas/fields.ts";
import { RotateKey } from "../schemas/keys.ts";
import { checkPortalLink, PortalSessionParameters, portalSessionQuery } from "../schemas/portal-link.ts";
import { NoParameters, readTaskListQuery } from "../schemas/task-list.ts";
import { PutWebhook, withAllowedUrl } from "../schemas/webhook.ts";
import type { UsagePage } from "../tenant/handlers/account.ts";
import type { EndUserPage } from "../tenant/handlers/end-users.ts";
import type { NewKey } from "../tenant/handlers/keys.ts";
import type { LedgerPage, LedgerQuery } from "../tenant/handlers/ledger.ts";
import type { PortalCall } from "../tenant/handlers/portal.ts";
import type { PortalCredential } from "../tenant/handlers/portal-sign-in.ts";
import { namedEndUser, respondEndUsers } from "./end-users.ts";
import { streamEvents } from "./events.ts";
import { dropTenantFacts } from "./files.ts";
import { readKeyListQuery, readNewKey } from "./keys.ts";
import { checkedValue, readBody, readParameters } from "./operator.ts";
import { respondLink, returnRules } from "./portal-links.ts";
import { readMonth, respondStatement } from "./statements.ts";
import { readJsonBody } from "./support/body.ts";
import { respondLedger } from "./support/ledger-page.ts";
import { askPortal } from "./support/portal-call.ts";
import { requireHonored } from "./support/require-honored.ts";
import { publicBaseUrl, respond, respondJson } from "./support/responses.ts";
import { estimate, submit } from "./tasks.ts";
import { beginUpload } from "./upload-parts.ts";
import { respondUsage } from "./usage.ts";
import { endpointRules } from "./webhooks.ts";

/** Adds the routes that the portal's pages call. */
export function addPortalApiRoutes(routes: AppRoutes): void {
  routes.use("*", portalSession());
  addTenantCalls(routes);
  addPeopleCalls(routes);
  // The Playground.
  routes.post("/task/estimate", asCaller(estimate));
  routes.post("/task/generate", asCaller(submit));
  routes.post("/files/uploads", asCaller(beginUpload));
  routes.get("/tasks/:taskId/events", asCaller(streamEvents));
}

/** Adds routes that each make one call. @param refuse refuses a request that has more than the call takes */
const adder =
  (routes: AppRoutes) =>
  (
    method: "get" | "post" | "put" | "delete",
    path: string,
    call: (c: AppContext) => PortalCall | Promise<PortalCall>,
    refuse: (c: AppContext) => unknown = () => {},
  ) =>
    routes[method](path, async (c) => {
      await refuse(c);
      return respondJson(c, await askPortal(c, await call(c)));
    });

const noParameters = (c: AppContext) => readParameters(c, NoParameters());
const noBody = (c: AppContext) => readBody(c, NoFields(), true);
const taskId = (c: AppContext) => parseTaskId(c.req.param("taskId") ?? "");
const idOf = (c: AppContext, name: string) => c.req.param(name) ?? "";

function addTenantCalls(routes: AppRoutes): void {
  const add = adder(routes);
  add("get", "/account", () => ({ name: "account" }));
  routes.get("/usage", usage);
  routes.get("/ledger", ledger);
  routes.get("/statements/:month", statement);
  add("get", "/models", () => ({ name: "models" }), noParameters);
  add("get", "/tasks", (c) => {
    const query = checkedValue(readTaskListQuery(c.req.queries()));
    return { name: "tasks", query, publicBaseUrl: publicBaseUrl(c) };
  });
  const ofTask = (c: AppContext) => ({ taskId: taskId(c), publicBaseUrl: publicBaseUrl(c) });
  add("get", "/tasks/:taskId", (c) => ({ name: "task", ...ofTask(c) }));
  add("get", "/tasks/:taskId/story", (c) => ({ name: "taskStory", ...ofTask(c) }), noParameters);
  routes.delete("/tasks/:taskId", async (c) => {
    const json = await askPortal(c, { name: "deleteTask", taskId: taskId(c) });
    dropTenantFacts(c.get("tenantId"));
    return respondJson(c, json);
  });
  add("get", "/tasks/:taskId/deliveries", (c) => ({ name: "deliveries", taskId: taskId(c) }), noParameters);
  add("post", "/tasks/:taskId/deliveries/redeliver", (c) => ({ name: "redeliver", taskId: taskId(c) }), noBody);
  add("get", "/keys", (c) => ({ name: "keys", query: readKeyListQuery(c) }));
  routes.post("/keys", createKey);
  add("post", "/keys/:keyId/rotate", async (c) => {
    const { overlapSeconds } = await readBody(c, RotateKey(), true);
    return { name: "rotateKey", keyId: idOf(c, "keyId"), overlapMs: overlapSeconds * 1_000 };
  });
  add("delete", "/keys/:keyId", (c) => ({ name: "revokeKey", keyId: idOf(c, "keyId") }));
  add("get", "/webhook", () => ({ name: "webhook" }));
  add("put", "/webhook", async (c) => {
    const body = checkedValue(await readJsonBody(c));
    const { url, events } = checkedValue(withAllowedUrl(check(PutWebhook(), body), endpointRules(c)));
    return { name: "putWebhook", url, events };
  });
  add("delete", "/webhook", () => ({ name: "deleteWebhook" }));
  add("post", "/webhook/rotate", () => ({ name: "rotateWebhook" }), noBody);
  add("post", "/webhook/test", () => ({ name: "testWebhook" }), noBody);
  add("get", "/deliveries", (c) => {
    return { name: "deliveryList", query: deliveryListQuery(readParameters(c, DeliveryListParameters())) };
  });
  add("get", "/deliveries/:deliveryId", (c) => ({ name: "delivery", deliveryId: idOf(c, "deliveryId") }));
  add("post", "/deliveries/redeliver", () => ({ name: "redeliverFailed" }), noBody);
}

function addPeopleCalls(routes: AppRoutes): void {
  const add = adder(routes);
  const endUser = (c: AppContext) => checkedValue(namedEndUser(c));
  add("get", "/sessions", (c) => {
    return { name: "sessions", query: portalSessionQuery(readParameters(c, PortalSessionParameters())) };
  });
  add("delete", "/sessions/:sessionId", (c) => ({ name: "endSession", sessionId: idOf(c, "sessionId") }));
  routes.post("/portal-links", invite);
  routes.get("/end-users", endUsers);
  add("get", "/end-users/:endUser", (c) => ({ name: "endUser", endUser: endUser(c) }));
  add("put", "/end-users/:endUser", async (c) => {
    return { name: "putEndUser", endUser: endUser(c), limits: await readBody(c, PutEndUser()) };
  });
  add("get", "/client-tokens", (c) => ({
    name: "tokens",
    query: tokenQuery(readParameters(c, ClientTokenParameters())),
  }));
  add("delete", "/client-tokens/:tokenId", (c) => ({ name: "endToken", tokenId: idOf(c, "tokenId") }));
  routes.post("/sign-out", signOut);
}

/** Makes a call of the tenant's API by the session (the Playground); PERMISSIONS has which of them a session may make. */
function asCaller(route: (c: AppContext) => Promise<Response>) {
  return (c: AppContext) => {
    const address = c.req.header("cf-connecting-ip") ?? null;
    const session = c.get("portalSession");
    c.set("caller", { kind: "portal", session, requestId: c.get("requestId"), origin: null, address });
    return route(c);
  };
}

async function usage(c: AppContext): Promise<Response> {
  const request = readParameters(c, usageParameters(Date.now()));
  return respondUsage(
    c,
    request,
    async (query) => JSON.parse(await askPortal(c, { name: "usage", query })) as UsagePage,
  );
}

async function ledger(c: AppContext): Promise<Response> {
  const request = readParameters(c, LedgerParameters());
  const page = async (query: LedgerQuery) => JSON.parse(await askPortal(c, { name: "ledger", query })) as LedgerPage;
  return respondLedger(c, c.get("tenantId"), request, page);
}

async function statement(c: AppContext): Promise<Response> {
  const month = checkedValue(readMonth(c));
  return respondStatement(c, JSON.parse(await askPortal(c, { name: "statement", month })) as Statement);
}

async function createKey(c: AppContext): Promise<Response> {
  const wanted = await readNewKey(c);
  const json = await askPortal(c, { name: "createKey", ...wanted });
  const key = JSON.parse(json) as NewKey;
  await requireHonored(wanted.settings, key, () => askPortal(c, { name: "revokeKey", keyId: key.keyId }));
  return respondJson(c, json);
}

async function signOut(c: AppContext): Promise<Response> {
  await askPortal(c, { name: "signOut" });
  clearSessionCookie(c, portalCookie(c.get("tenantId")));
  return respond(c, { signedOut: true });
}

async function invite(c: AppContext): Promise<Response> {
  const body = checkedValue(await readJsonBody(c, true));
  const person = checkedValue(checkPortalLink(body, "viewer", returnRules(c)));
  return respondLink(c, JSON.parse(await askPortal(c, { name: "invite", person })) as PortalCredential);
}

async function endUsers(c: AppContext): Promise<Response> {
  const page = await askPortal(c, { name: "endUsers", query: endUserQuery(readParameters(c, EndUserParameters())) });
  return respondEndUsers(c, JSON.parse(page) as EndUserPage);
}
