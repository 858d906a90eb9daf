/** Calls every route that the previous release had, so that two releases can be tested together. */
import { ADMIN_TOKEN } from "../../../bench/contenders.ts";
import { createTenant, GatewayClient } from "../../../scripts/gateway-client.ts";
import { png } from "../media.ts";

/** A task that completes within a second. */
export const BODY = {
  model: "Imagen Nano Banana 2",
  type: "txt",
  taskName: "A cat",
  prompt: "a cat [[sim: queueMs=10 generateMs=100]]",
};

type Ids = { readonly tenantId: string; readonly taskId: number };

/** Makes a tenant, calls every route of the previous release for it, and deletes it. @throws RefusedError, Error */
export async function callEveryRoute(url: string, webhookUrl: string): Promise<void> {
  const operator = new GatewayClient(url, ADMIN_TOKEN);
  const { tenantId, key } = await createTenant(operator, { name: "Every route" });
  const taskId = await callAsTenant(new GatewayClient(url, key), url, webhookUrl);
  await callAsOperator(operator, { tenantId, taskId });
  await callAsPerson(await signedInPerson(operator, tenantId, url), webhookUrl, taskId);
  await operator.call("DELETE", `/admin/v1/tenants/${tenantId}/portal-sessions`);
  await operator.call("DELETE", `/admin/v1/tenants/${tenantId}`);
  await Promise.all(["/healthz", "/", "/openapi.json", "/docs", "/console", "/portal"].map((path) => page(url + path)));
}

async function page(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status >= 400) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

/** @returns the id of a task that has completed */
async function callAsTenant(client: GatewayClient, url: string, webhookUrl: string): Promise<number> {
  await client.call("POST", "/api/v1/task/estimate", BODY);
  await client.call("PUT", "/api/v1/webhook", { url: webhookUrl });
  await client.call("GET", "/api/v1/webhook");
  await client.call("POST", "/api/v1/webhook/rotate");
  await client.call("POST", "/api/v1/webhook/test");
  const { taskId } = await client.submit(BODY, { prefer: "wait=20" });
  await client.untilEnded(taskId);
  for (const path of [
    `/api/v1/query/${taskId}`,
    `/api/v1/tasks/${taskId}/deliveries`,
    "/api/v1/tasks?limit=1",
    "/api/v1/account",
    "/api/v1/usage?groupBy=key&limit=1",
    "/api/v1/models",
  ]) {
    await client.call("GET", path);
  }
  await client.call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`);
  await client.call("DELETE", "/api/v1/webhook");

  const { fileId } = await client.upload(png());
  await client.call("DELETE", `/api/v1/files/${fileId}`);
  const minted = await client.call<{ token: string; tokenId: string }>("POST", "/api/v1/client-tokens", {});
  const holder = new GatewayClient(url, minted.token);
  await holder.call("GET", "/api/v1/client-token");
  const own = await holder.submit(BODY);
  await holder.untilEnded(own.taskId);
  await client.call("DELETE", `/api/v1/client-tokens/${minted.tokenId}`);
  await client.call("DELETE", `/api/v1/tasks/${own.taskId}`);
  return taskId;
}

async function callAsOperator(operator: GatewayClient, { tenantId, taskId }: Ids): Promise<void> {
  const tenant = `/admin/v1/tenants/${tenantId}`;
  await operator.call("PATCH", tenant, { name: "Every route, renamed", lowBalance: 1 });
  await operator.call("POST", `${tenant}/credits`, { credits: 10, note: "a gift" }, { "idempotency-key": tenantId });
  await operator.call("POST", `${tenant}/credits`, { credits: 10, note: "a gift" }, { "idempotency-key": tenantId });
  const { keyId } = await operator.call<{ keyId: string }>("POST", `${tenant}/keys`, { name: "second" });
  await operator.call("PATCH", `${tenant}/keys/${keyId}`, { name: "renamed", requestsPerMinute: 60 });
  await operator.call("POST", `${tenant}/keys/${keyId}/rotate`, { overlapSeconds: 60 });
  await operator.call("DELETE", `${tenant}/keys/${keyId}`);
  const { prices } = await operator.call<{ prices: object[] }>("GET", "/admin/v1/prices");
  await operator.call("PUT", "/admin/v1/prices", { prices });
  for (const path of [tenant, `${tenant}/keys`, `${tenant}/ledger`, `${tenant}/tasks`, `${tenant}/usage?groupBy=key`]) {
    await operator.call("GET", path);
  }
  await operator.call("GET", "/admin/v1/overview?days=7");
  const up = await (await operator.fetch("/metrics")).text();
  if (!/^paddock_directory_up 1$/m.test(up)) throw new Error(`metrics: ${up}`);
  await followCursors(operator, "/admin/v1/tenants?q=Every", "tenants");
  const events = await followCursors(operator, `/admin/v1/audit?tenantId=${tenantId}`, "entries");
  if (events.length < 6) throw new Error(`audit: ${JSON.stringify(events)}`);
  await operator.call("GET", `${tenant}/tasks?model=${encodeURIComponent(BODY.model)}&from=2020-01-01T00:00:00Z`);
  await operator.call("GET", `${tenant}/ledger?taskId=${taskId}`);

  const idempotency = { "idempotency-key": `second of ${tenantId}` };
  const made = () => operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", { name: "Twice" }, idempotency);
  const [first, second] = [await made(), await made()];
  if (first.tenantId !== second.tenantId) throw new Error("an idempotency key made two tenants");
  await operator.call("PATCH", `/admin/v1/tenants/${first.tenantId}`, { status: "suspended" });
  await operator.call("DELETE", `/admin/v1/tenants/${first.tenantId}`);
}

/** Reads a list one entry at a time. @returns all entries, each once */
async function followCursors(operator: GatewayClient, path: string, name: string): Promise<unknown[]> {
  const entries: unknown[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `${path}&limit=1${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const data = await operator.call<Record<string, unknown[]> & { nextCursor: string | null }>("GET", query);
    entries.push(...(data[name] ?? []));
    cursor = data.nextCursor;
  } while (cursor !== null && entries.length < 100);
  if (new Set(entries.map((entry) => JSON.stringify(entry))).size < entries.length) throw new Error(`${path}: repeats`);
  return entries;
}

/** Signs in to the portal. @returns a function that calls it, and throws an Error for any error */
async function signedInPerson(operator: GatewayClient, tenantId: string, url: string): Promise<PortalCalls> {
  const link = await operator.call<{ url: string }>("POST", `/admin/v1/tenants/${tenantId}/portal-links`);
  const code = new URL(link.url).searchParams.get("code") ?? "";
  const headers = { "sec-fetch-site": "same-origin" };
  const body = new URLSearchParams({ code });
  const opened = await page(`${url}/portal/session`, { method: "POST", headers, body, redirect: "manual" });
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  // Each release has its own address of the portal's pages, and the calls of the pages below it.
  const portal = opened.headers.get("location") ?? "";
  return async (method, path, given) => {
    const response = await page(`${url}${portal}/api${path}`, {
      method,
      headers: { ...headers, cookie, "content-type": "application/json" },
      ...(given && { body: JSON.stringify(given) }),
    });
    return ((await response.json()) as { data: { keyId: string } }).data;
  };
}

type PortalCalls = (method: string, path: string, body?: object) => Promise<{ keyId: string }>;

async function callAsPerson(call: PortalCalls, webhookUrl: string, taskId: number): Promise<void> {
  for (const path of ["/account", "/usage?groupBy=day", "/ledger", "/tasks", `/tasks/${taskId}`, "/keys"]) {
    await call("GET", path);
  }
  const { keyId } = await call("POST", "/keys", { name: "of the portal" });
  await call("POST", `/keys/${keyId}/rotate`, { overlapSeconds: 60 });
  await call("DELETE", `/keys/${keyId}`);
  await call("PUT", "/webhook", { url: webhookUrl });
  await call("GET", "/webhook");
  await call("POST", "/webhook/rotate");
  await call("POST", "/webhook/test");
  await call("GET", `/tasks/${taskId}/deliveries`);
  await call("POST", `/tasks/${taskId}/deliveries/redeliver`);
  await call("DELETE", "/webhook");
  await call("DELETE", `/tasks/${taskId}`);
  await call("POST", "/sign-out");
}
