/** Content for every page: a tenant with keys, credits, tasks in every state, deliveries, end users, people and prices. */
import { GatewayClient } from "../../../scripts/gateway-client.ts";
import type { World } from "./world.ts";

const IMAGE = {
  model: "Imagen Nano Banana 2",
  taskName: "Two cats",
  type: "txt",
  prompt: "two cats",
  imageCount: 2,
  size: "1K",
};
const VIDEO = {
  model: "Seedance 2.0",
  taskName: "A street",
  type: "img_txt",
  prompt: "a street at night",
  durationSeconds: 4,
  resolution: "720p",
};
/** Nothing listens there. */
const DEAF_ENDPOINT = "http://127.0.0.1:9/hook";

/** Fills a new prepaid tenant, and the deployment's own pages. */
export async function fillTenant(world: World, tenantId: string): Promise<void> {
  const { operator } = world;
  const path = `/admin/v1/tenants/${tenantId}`;
  const add = <T>(to: string, body: object) => operator.call<T>("POST", path + to, body);
  await add("/credits", { credits: 5_000, note: "Invoice 12" });
  const settings = { concurrentTasks: 100, requestsPerMinute: 10_000, lowBalance: 4_999, note: "Pays monthly" };
  await operator.call("PATCH", path, { ...settings, prices: [{ model: IMAGE.model, credits: 7 }] });
  const { key } = await add<{ key: string }>("/keys", { name: "desk", monthlyCredits: 900 });
  const { keyId } = await add<{ keyId: string }>("/keys", { name: "lost" });
  await operator.call("DELETE", `${path}/keys/${keyId}`);
  const tenant = new GatewayClient(world.gateway.url, key);
  await tenant.call("PUT", "/api/v1/webhook", { url: DEAF_ENDPOINT });
  await tenant.call("POST", "/api/v1/client-tokens", { endUser: "ann", maxTasks: 5 });
  await tenant.call("PUT", "/api/v1/end-users/ann", { dailyCredits: 50 });
  await tenant.call("PUT", "/api/v1/end-users/bob", { blocked: true });
  // The first task of a model is alone until its price is known.
  for (const body of [IMAGE, VIDEO]) await tenant.untilEnded((await tenant.submit(body)).taskId);
  const ending = ["fail", "cancel"].map(async (end) =>
    tenant.untilEnded((await tenant.submit({ ...IMAGE, taskName: end, prompt: `[[sim: ${end}]] two cats` })).taskId),
  );
  await tenant.submit({ ...VIDEO, taskName: "Running", prompt: "[[sim: never]] a street" });
  await Promise.all([
    ...ending,
    operator.call("PUT", "/admin/v1/prices", { prices: [{ model: VIDEO.model, credits: 90, resolution: "720p" }] }),
    operator.call("POST", "/admin/v1/operators", { name: "Billing", scopes: ["billing"] }),
    operator.call("PUT", "/admin/v1/webhook", { url: DEAF_ENDPOINT }),
  ]);
}
