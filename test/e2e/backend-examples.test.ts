import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createBackend } from "../../examples/backend/app.ts";
import { POST } from "../../examples/next/app/api/images/route.ts";
import { Paddock, type WebhookEvent } from "../../packages/client/src/index.ts";
import { World } from "../support/node/world.ts";

/** Serves a handler of requests, as an adapter for Node does. */
async function serve(
  handler: (request: Request) => Response | Promise<Response>,
): Promise<{ server: Server; url: string }> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = new Request(`http://shop.example${incoming.url}`, {
      method: incoming.method ?? "GET",
      headers: incoming.headers as Record<string, string>,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const response = await handler(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("the examples of backends", () => {
  let world: World;
  let key: string;
  beforeAll(async () => {
    world = await World.start({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });
    key = (await world.newTenant({ name: "shop" })).key;
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => world?.stop());

  it("hand a page's user a token and receive the webhook of the user's task", async () => {
    let secret = "";
    const events = new Map<string, WebhookEvent>();
    const origin = "https://shop.example";
    const app = createBackend({
      paddockUrl: world.gateway.url,
      paddockKey: key,
      webhookSecret: () => secret,
      pageOrigin: origin,
      userOf: ({ headers }) => headers.get("cookie")?.match(/user=(\w+)/)?.[1] ?? null,
      store: async (id, event) => !events.has(id) && events.set(id, event) !== undefined,
    });
    const { server, url } = await serve((request) => app.fetch(request));
    try {
      const owner = new Paddock({ baseUrl: world.gateway.url, credential: key });
      const endpoint = await owner.request("PUT /api/v1/webhook", { body: { url: `${url}/paddock-webhook` } });
      secret = endpoint.secret ?? "";
      expect((await fetch(`${url}/paddock-token`, { method: "POST" })).status).toBe(401);
      const minted = await fetch(`${url}/paddock-token`, { method: "POST", headers: { cookie: "user=ann" } });
      const { token, baseUrl } = (await minted.json()) as { token: string; baseUrl: string };
      const inPage: typeof fetch = (input, init) => {
        const headers = new Headers(init?.headers);
        headers.set("origin", origin);
        return fetch(input, { ...init, headers });
      };
      const page = new Paddock({ baseUrl, credential: token, fetch: inPage });
      const { taskId } = await page.generate({
        model: "Imagen Nano Banana 2",
        taskName: "From the shop",
        type: "txt",
        prompt: "a cat",
      });
      await expect.poll(() => [...events.values()]).toMatchObject([{ type: "task.completed", data: { taskId } }]);
      const headers = { "webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" };
      const forged = await fetch(`${url}/paddock-webhook`, { method: "POST", headers, body: "{}" });
      expect([forged.status, events.size]).toEqual([400, 1]);
    } finally {
      server.close();
    }
  });

  it("generate an image in a route handler with the AI SDK", async () => {
    vi.stubEnv("PADDOCK_URL", world.gateway.url);
    vi.stubEnv("PADDOCK_KEY", key);
    const post = (body: unknown) =>
      POST(new Request("https://app.example/api/images", { method: "POST", body: JSON.stringify(body) }));
    const response = await post({ prompt: "a cat on a route" });
    expect(response.status).toBe(200);
    const { url, credits } = (await response.json()) as { url: string; credits: number };
    expect(credits).toBeGreaterThan(0);
    expect((await fetch(url)).headers.get("content-type")).toBe("image/png");
    expect((await post({})).status).toBe(400);
    vi.stubEnv("PADDOCK_KEY", "pdk_wrong");
    expect((await post({ prompt: "a cat" })).status).toBe(502);
  });
});
