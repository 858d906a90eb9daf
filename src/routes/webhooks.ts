/** The tenant's webhook endpoint, and the deliveries of its tasks' endings. For secret keys only. */
import { Hono } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { checkPutWebhook } from "../schemas/webhook.ts";
import { readJsonBody } from "./support/body.ts";
import { answer, publicBaseUrl, tenantOf, unwrap } from "./support/replies.ts";
import { refuseAfterCheck } from "./tasks.ts";

export function webhookRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.put("/webhook", put);
  routes.get("/webhook", async (c) => answer(c, await unwrap(c, tenantOf(c).webhook(c.get("caller")))));
  routes.delete("/webhook", async (c) => answer(c, await unwrap(c, tenantOf(c).deleteWebhook(c.get("caller")))));
  routes.post("/webhook/rotate", async (c) => answer(c, await unwrap(c, tenantOf(c).rotateWebhook(c.get("caller")))));
  routes.post("/webhook/test", async (c) => answer(c, await unwrap(c, tenantOf(c).testWebhook(c.get("caller")))));
  routes.get("/tasks/:taskId/deliveries", deliveries);
  routes.post("/tasks/:taskId/deliveries/redeliver", redeliver);
  return routes;
}

async function put(c: AppContext): Promise<Response> {
  const body = await readJsonBody(c);
  if (!body.ok) return refuseAfterCheck(c, body.error, "webhooks");
  const checked = checkPutWebhook(body.value, {
    allowPrivate: c.get("config").allowPrivateUrls,
    ownOrigins: [new URL(c.req.url).origin, new URL(publicBaseUrl(c)).origin],
  });
  if (!checked.ok) return refuseAfterCheck(c, checked.error, "webhooks");
  return answer(c, await unwrap(c, tenantOf(c).putWebhook(c.get("caller"), checked.url)));
}

async function deliveries(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  return answer(c, await unwrap(c, tenantOf(c).deliveries(c.get("caller"), taskId)));
}

async function redeliver(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  return answer(c, await unwrap(c, tenantOf(c).redeliver(c.get("caller"), taskId)));
}
