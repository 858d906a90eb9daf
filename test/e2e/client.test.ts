import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Paddock, PaddockError, type Task, verifyWebhook, type WebhookEvent } from "../../packages/client/src/index.ts";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { REQUIRED_SETTINGS, World } from "../support/node/world.ts";

const IMAGE = { model: "Imagen Nano Banana 2", taskName: "Client", type: "txt" } as const;
const planned = (plan: string) => ({ ...IMAGE, prompt: `client [[sim: ${plan}]]` });

describe("paddock-client against a real gateway", () => {
  let world: World;
  let key: string;
  let client: Paddock;
  beforeAll(async () => {
    world = await World.start({ ALLOW_PRIVATE_URLS: "true" }, { speed: 20 });
    key = (await world.newTenant({ name: "client" })).key;
    client = new Paddock({ baseUrl: world.gateway.url, credential: key });
  });
  afterAll(() => world.stop());

  it.each(["events", "polling"] as const)("generates and waits by %s", async (by) => {
    const { taskId, resultUrls, replayed } = await client.generate(planned("delayMs=800"));
    expect(replayed).toBe(false);
    const progress: number[] = [];
    const task = await client.wait(taskId, { by, onProgress: (seen) => progress.push(seen.progress) });
    expect(task).toMatchObject({ taskId, taskStatus: 2, progress: 100 });
    expect(progress.at(-1)).toBe(100);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    if (by === "events") expect(progress.length).toBeGreaterThan(2);
    expect(task.results.map(({ fileUrl }) => fileUrl)).toEqual(resultUrls);
    expect((await fetch(resultUrls[0] ?? "")).headers.get("content-type")).toBe("image/png");
  });

  it("waits with its submission, and with its query", async () => {
    const { taskId, task } = await client.generate(planned(""), { wait: 30 });
    expect(task).toMatchObject({ taskId, taskStatus: 2 });
    const slow = await client.generate(planned("delayMs=600"));
    expect((await client.query(slow.taskId, { wait: 30 })).taskStatus).toBe(2);
  });

  it("keeps a seed past 2^53", async () => {
    const seed = 9_223_372_036_854_775_807n;
    const { taskId } = await client.generate({ ...planned(""), seed });
    expect((await client.wait(taskId)).seed).toBe(seed);
  });

  it("returns a failure as the task, and a refusal as an error", async () => {
    const { taskId } = await client.generate(planned('fail="out of paint"'));
    expect(await client.wait(taskId)).toMatchObject({ taskStatus: 3, failReason: "out of paint" });
    const refused = client.generate({ ...planned(""), prompt: "", imageCount: 9 });
    await expect(refused).rejects.toMatchObject({
      constructor: PaddockError,
      status: 400,
      code: 30_001,
      issues: expect.arrayContaining([
        expect.objectContaining({ path: "imageCount" }),
        expect.objectContaining({ path: "prompt" }),
      ]),
      requestId: expect.any(String),
    });
    await expect(client.wait(1)).rejects.toMatchObject({ status: 404, code: 40_002 });
  });

  it("uploads a reference, uses it, and deletes it", async () => {
    const { task } = await client.generate(planned(""), { wait: 30 });
    const image = await (await fetch(task?.results[0]?.fileUrl ?? "")).blob();
    for (const file of [image, await image.arrayBuffer(), image.stream() as ReadableStream<Uint8Array>]) {
      const uploaded = await client.upload(file);
      expect(uploaded).toMatchObject({ contentType: "image/png", bytes: image.size });
      const request = { ...planned("fetchReferences"), type: "img_txt", refImageUrls: [uploaded.url] } as const;
      const made = await client.generate(request, { wait: 30 });
      expect(made.task).toMatchObject({ taskStatus: 2, failReason: "" });
      await client.files.delete(uploaded.fileId);
      expect((await fetch(uploaded.url)).status).toBe(410);
    }
    await expect(client.upload(new Blob(["<svg/>"]))).rejects.toMatchObject({ status: 400, code: 30_001 });
  });

  it("lists all tasks over many pages, and deletes one", async () => {
    const { key: ownKey } = await world.newTenant({ name: "list" });
    const own = new Paddock({ baseUrl: world.gateway.url, credential: ownKey });
    const made: number[] = [];
    for (let count = 0; count < 5; count++) made.push((await own.generate(planned(""), { wait: 30 })).taskId);
    const listed: Task[] = [];
    for await (const task of own.tasks.list({ limit: 2 })) listed.push(task);
    expect(listed.map(({ taskId }) => taskId)).toEqual([...made].reverse());
    await own.tasks.delete(made[0] ?? 0);
    expect((await own.tasks.page({ limit: 100 })).tasks).toHaveLength(4);
    await expect(own.tasks.delete(made[0] ?? 0)).rejects.toMatchObject({ code: 40_002 });
  });

  it("reads account, usage, models and estimates in the shape of its types", async () => {
    expect(await client.estimate(planned(""))).toEqual({ estimatedCredits: expect.any(Number), affordable: true });
    const { models } = await client.models();
    expect(models.map(({ name, medium, types }) => [name, medium, types.length])).toEqual([
      ["Imagen Nano Banana 2", "image", 2],
      ["Seedance 2.0", "video", 4],
    ]);
    const { balance, limits, usage } = await client.account();
    expect([typeof balance, limits.requestsPerMinute, usage.tasks > 0]).toEqual(["number", expect.any(Number), true]);
    const { groupBy, rows } = await client.usage({ groupBy: "model", from: new Date(Date.now() - 3_600_000) });
    expect(groupBy).toBe("model");
    expect(rows[0]).toMatchObject({ model: IMAGE.model, tasks: expect.any(Number), credits: expect.any(Number) });
  });

  it("mints client tokens, with which it sees only that end user's tasks", async () => {
    const { token } = await client.createClientToken({ endUser: "ann", expiresInSeconds: 60, maxTasks: 1 });
    const ann = new Paddock({ baseUrl: world.gateway.url, credential: () => token });
    const { taskId } = await ann.generate(planned(""));
    expect((await ann.wait(taskId)).taskStatus).toBe(2);
    await expect(ann.generate(planned(""))).rejects.toMatchObject({ status: 403, code: 20_002 });
    const seen: number[] = [];
    for await (const task of ann.tasks.list()) seen.push(task.taskId);
    expect(seen).toEqual([taskId]);
  });

  it("does what a reseller's backend does: tenants, keys, credits, end users, links and deliveries", async () => {
    const operator = new Paddock({ baseUrl: world.gateway.url, credential: REQUIRED_SETTINGS.ADMIN_TOKEN });
    const { tenantId } = await operator.request("POST /admin/v1/tenants", {
      body: { name: "Reseller's customer", billing: "prepaid", externalId: "crm-1" },
    });
    const path = { tenantId };
    const credits = { path, body: { credits: 500, note: "order 1" }, idempotencyKey: "order-1" };
    await operator.request("POST /admin/v1/tenants/{tenantId}/credits", credits);
    await operator.request("POST /admin/v1/tenants/{tenantId}/credits", credits);
    expect((await operator.request("GET /admin/v1/tenants/{tenantId}", { path })).balance).toBe(500);
    const { key: ownKey } = await operator.request("POST /admin/v1/tenants/{tenantId}/keys", {
      path,
      body: { name: "backend", kind: "secret", scopes: ["generate", "read", "tokens", "webhooks", "portal"] },
    });
    await operator.request("PATCH /admin/v1/tenants/{tenantId}", { path, body: { note: "first customer" } });
    const seen: string[] = [];
    for await (const { tenants } of operator.pages("GET /admin/v1/tenants", { query: { limit: 1 } }))
      seen.push(...tenants.map((tenant) => tenant.tenantId));
    expect(seen).toContain(tenantId);
    expect(seen.length).toBeGreaterThan(1);
    const found = await operator.request("GET /admin/v1/search", { query: { q: "crm-1" } });
    expect(found.results).toMatchObject([{ kind: "tenant", tenantId }]);

    const backend = new Paddock({ baseUrl: world.gateway.url, credential: ownKey });
    const user = { path: { endUser: "ann@shop/1" } };
    await backend.request("PUT /api/v1/end-users/{endUser}", { ...user, body: { dailyTasks: 1 } });
    const { token } = await backend.createClientToken({ endUser: "ann@shop/1" });
    const ann = new Paddock({ baseUrl: world.gateway.url, credential: token });
    const { url: hook } = { url: "http://127.0.0.1:9/hook" };
    const { secret } = await backend.request("PUT /api/v1/webhook", { body: { url: hook } });
    expect(secret).toMatch(/^whsec_/);
    const { taskId } = await ann.generate(planned(""), { wait: 30 });
    await expect(ann.generate(planned(""))).rejects.toMatchObject({ code: 20_002 });
    const { used } = await backend.request("GET /api/v1/end-users/{endUser}", user);
    expect(used.todayTasks).toBe(1);
    expect((await ann.request("GET /api/v1/client-token")).endUser).toBe("ann@shop/1");
    await expect
      .poll(async () => (await backend.request("GET /api/v1/deliveries")).deliveries)
      .toMatchObject([{ taskId, type: "task.completed" }]);
    const { url } = await backend.request("POST /api/v1/portal-links", { body: { role: "viewer", person: "Bob" } });
    expect(url).toContain("/portal");
    await backend.request("DELETE /api/v1/webhook");
    await operator.request("DELETE /admin/v1/tenants/{tenantId}", { path });
  });

  it("waits out a rate limit", async () => {
    const tenant = await world.newTenant({ name: "limited", requestsPerMinute: 60 });
    const limited = new Paddock({ baseUrl: world.gateway.url, credential: tenant.key });
    const answers = await Promise.all(Array.from({ length: 61 }, () => limited.tasks.page()));
    expect(answers).toHaveLength(61);
  });

  it("verifies the webhooks that the gateway sends", async () => {
    const operator = new GatewayClient(world.gateway.url, key);
    let secret = "";
    const events: WebhookEvent[] = [];
    const receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      events.push(await verifyWebhook(Buffer.concat(chunks), request.headers, secret));
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    try {
      ({ secret } = await operator.call<{ secret: string }>("PUT", "/api/v1/webhook", { url }));
      const { taskId } = await client.generate(planned(""), { wait: 30 });
      await expect
        .poll(() => events)
        .toEqual([
          {
            type: "task.completed",
            timestamp: expect.any(String),
            data: expect.objectContaining({ taskId, taskStatus: 2 }),
          },
        ]);
    } finally {
      await operator.call("DELETE", "/api/v1/webhook");
      receiver.close();
    }
  });

  it("submits once and keeps waiting while the gateway crashes and restarts", async () => {
    const patient = new Paddock({ baseUrl: world.gateway.url, credential: key, maxRetries: 10 });
    const before = world.simulator.stats().tasks;
    const waiting = patient.generate(planned("delayMs=4000")).then(({ taskId }) => patient.wait(taskId));
    await expect.poll(() => world.simulator.stats().tasks).toBe(before + 1);
    await world.crash();
    const during = patient.generate(planned("delayMs=500"));
    await world.restart();
    expect(await waiting).toMatchObject({ taskStatus: 2 });
    expect((await patient.wait((await during).taskId)).taskStatus).toBe(2);
    expect(world.simulator.stats().tasks).toBe(before + 2);
  });
});
