/** The tenant's webhook endpoint, and the deliveries of its tasks' events. For secret keys only. */
import type { AppContext, AppRoutes } from "../context.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { check } from "../schemas/check.ts";
import type { UrlRules } from "../schemas/check-generate.ts";
import { DeliveryListParameters, deliveryListQuery } from "../schemas/delivery-list.ts";
import { NoFields } from "../schemas/fields.ts";
import { NoParameters } from "../schemas/task-list.ts";
import { PutWebhook, withAllowedUrl } from "../schemas/webhook.ts";
import { readJsonBody } from "./support/body.ts";
import {
  publicBaseUrl,
  requireBody,
  requireParameters,
  requireValid,
  respondResult,
  tenantOf,
} from "./support/responses.ts";

/** Adds the routes of the webhook endpoint and deliveries. */
export function addWebhookRoutes(routes: AppRoutes): void {
  routes.put("/webhook", put);
  routes.get("/webhook", (c) => respondResult(c, tenantOf(c).webhook(c.get("caller"))));
  routes.delete("/webhook", (c) => respondResult(c, tenantOf(c).deleteWebhook(c.get("caller"))));
  routes.post("/webhook/rotate", rotate);
  routes.post("/webhook/test", test);
  routes.get("/deliveries", allDeliveries);
  routes.get("/deliveries/:deliveryId", async (c) => {
    const deliveryId = c.req.param("deliveryId") ?? "";
    return respondResult(c, tenantOf(c).delivery(c.get("caller"), deliveryId));
  });
  routes.post("/deliveries/redeliver", redeliverFailed);
  routes.get("/tasks/:taskId/deliveries", deliveries);
  routes.post("/tasks/:taskId/deliveries/redeliver", redeliver);
}

/** Returns the rules for the URL of a webhook endpoint. */
export function endpointRules(c: AppContext): UrlRules {
  return {
    allowPrivate: c.get("config").allowPrivateUrls,
    ownOrigins: [new URL(c.req.url).origin, new URL(publicBaseUrl(c)).origin],
  };
}

async function put(c: AppContext): Promise<Response> {
  const body = await readJsonBody(c);
  const checked = body.ok ? withAllowedUrl(check(PutWebhook(), body.value), endpointRules(c)) : body;
  const { url, events } = await requireValid(c, checked, "webhooks");
  return respondResult(c, tenantOf(c).putWebhook(c.get("caller"), url, events));
}

async function rotate(c: AppContext): Promise<Response> {
  await requireNoFields(c);
  return respondResult(c, tenantOf(c).rotateWebhook(c.get("caller")));
}

async function test(c: AppContext): Promise<Response> {
  await requireNoFields(c);
  return respondResult(c, tenantOf(c).testWebhook(c.get("caller")));
}

const requireNoFields = (c: AppContext) => requireBody(c, NoFields(), "webhooks", true);

async function allDeliveries(c: AppContext): Promise<Response> {
  const query = deliveryListQuery(await requireParameters(c, DeliveryListParameters(), "webhooks"));
  return respondResult(c, tenantOf(c).allDeliveries(c.get("caller"), query));
}

async function deliveries(c: AppContext): Promise<Response> {
  await requireParameters(c, NoParameters(), "webhooks");
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  return respondResult(c, tenantOf(c).deliveries(c.get("caller"), taskId));
}

async function redeliverFailed(c: AppContext): Promise<Response> {
  await requireNoFields(c);
  return respondResult(c, tenantOf(c).redeliverFailed(c.get("caller")));
}

async function redeliver(c: AppContext): Promise<Response> {
  await requireNoFields(c);
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  return respondResult(c, tenantOf(c).redeliver(c.get("caller"), taskId));
}
