import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventTexts } from "../../src/routes/events.ts";
import { streamTexts } from "../../src/routes/support/text-stream.ts";
import { logged } from "../support/confidential.ts";
import { type Block, EventStream } from "../support/event-stream.ts";
import { plannedRequest, submit } from "../support/flow.ts";
import { BASE, call, createTenant, type TaskData, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, tokenFor } from "../support/operator.ts";
import { until } from "../support/until.ts";
import { endUpstream, upstreamTasks } from "../support/upstream.ts";

/** Opens a stream as a browser would. */
async function listen(path: string, headers: Record<string, string>) {
  const response = await exports.default.fetch(new Request(BASE + path, { headers }));
  return { response, stream: response.status === 200 ? new EventStream(response.body) : null };
}

async function open(taskId: number, headers: Record<string, string>): Promise<EventStream> {
  const { response, stream } = await listen(`/api/v1/tasks/${taskId}/events`, headers);
  if (!stream) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return stream;
}

/** A task that goes on for ever unless it is ended from outside. */
async function endless(tenant: TestTenant): Promise<{ taskId: number; end: (how: string) => Promise<void> }> {
  const { tag, body } = plannedRequest("never");
  const { data } = await submit(tenant, body);
  return {
    taskId: data.taskId,
    end: async (how) => {
      const [task] = await upstreamTasks(tag);
      await endUpstream(task?.taskId ?? "", how);
    },
  };
}

/** As far as an endless task comes. */
function isQuiet({ data }: Block): boolean {
  return (JSON.parse(data ?? "{}") as Partial<TaskData>).progress === 99;
}

async function refusalOf(taskId: number | string, headers: Record<string, string>) {
  const { status, code, text } = await call("GET", `/api/v1/tasks/${taskId}/events`, { headers });
  return { status, code, text };
}

describe("a listener that does not read", () => {
  it("makes the gateway hold two blocks at most, and gets the task as it is when it reads again", async () => {
    let asked = 0;
    const task = (version: number) => ({
      version: `${version}`,
      status: 1,
      ended: version === 9,
      price: null,
      json: `{"v":${version}}`,
    });
    const next = async (seen: string) => {
      asked += 1;
      return { ok: true as const, rate: null, data: task(Math.max(Number(seen) + 1, asked === 1 ? 2 : 9)) };
    };
    const stream = streamTexts(eventTexts(task(1) as never, null, next as never));
    const events = new EventStream(stream);
    expect((await events.next())?.retry).toBe("2000");
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    expect(asked).toBeLessThanOrEqual(1);
    const rest = [];
    for (let block = await events.next(); block !== null; block = await events.next()) rest.push(block.data);
    expect(rest).toEqual(['{"v":1}', '{"v":2}', '{"v":9}']);
  });
});

describe("GET /api/v1/tasks/{taskId}/events", () => {
  it("sends progress as it happens, then the end with the finished task, and closes", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("delayMs=1500").body);
    const { response, stream } = await listen(`/api/v1/tasks/${data.taskId}/events`, tenant.auth);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toContain("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("ratelimit")).toMatch(/^"requests";r=\d+;t=\d+$/);
    expect(response.headers.get("x-request-id")).toBeTruthy();
    const events = (await stream?.rest()) ?? [];
    expect(events.length).toBeGreaterThan(3);
    expect(events.slice(0, -1).every(({ event }) => event === "progress")).toBe(true);
    const tasks = events.map((event) => JSON.parse(event.data ?? "") as TaskData);
    const progress = tasks.map((task) => task.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.at(-1)?.event).toBe("completed");
    const asked = await call<TaskData>("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth });
    expect(tasks.at(-1)).toEqual(asked.data);
  });

  it.each([
    ["fail", "failed", 3],
    ["cancel", "cancelled", 5],
  ])("names the ending: %s", async (plan, name, status) => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest(plan).body);
    const last = (await (await open(data.taskId, tenant.auth)).rest()).at(-1);
    expect(last?.event).toBe(name);
    expect(JSON.parse(last?.data ?? "")).toMatchObject({ taskId: data.taskId, taskStatus: status });
  });

  it("sends a change within one poll", async () => {
    const tenant = await createTenant();
    const { taskId, end } = await endless(tenant);
    const stream = await open(taskId, tenant.auth);
    await stream.until(isQuiet);
    const endedAt = Date.now();
    await end("cancelled");
    await stream.until(({ event }) => event === "cancelled");
    // Polled every 50 to 100 ms here; the rest is the machine's.
    expect(Date.now() - endedAt).toBeLessThan(4_000);
  });

  it("gives a late listener the ending at once, and closes", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("").body);
    await untilEnded(tenant, data.taskId);
    const events = await (await open(data.taskId, tenant.auth)).rest();
    expect(events.map(({ event }) => event)).toEqual(["completed"]);
  });

  it("stops a listener that has the end from reconnecting, and sends the end to any other", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("delayMs=800").body);
    const events = await (await open(data.taskId, tenant.auth)).rest();
    const [first] = events;
    const last = events.at(-1);
    const path = `/api/v1/tasks/${data.taskId}/events`;
    const after = await listen(path, { ...tenant.auth, "Last-Event-ID": last?.id ?? "" });
    expect(after.response.status).toBe(204);
    expect(await after.response.text()).toBe("");
    for (const seen of [first?.id ?? "", "", "no id of ours"]) {
      const stream = await open(data.taskId, { ...tenant.auth, "Last-Event-ID": seen });
      expect((await stream.rest()).map(({ event }) => event)).toEqual(["completed"]);
    }
  });

  it("repeats nothing for a listener that reconnects, and sends heartbeats while nothing happens", {
    timeout: 30_000,
  }, async () => {
    const tenant = await createTenant();
    const { taskId, end } = await endless(tenant);
    const before = await open(taskId, tenant.auth);
    const seen = await before.until(isQuiet);
    const opened = Date.now();
    const quiet = await before.next();
    expect(quiet?.comment).toBe("heartbeat");
    expect(Date.now() - opened).toBeLessThan(10_000);
    await before.close();
    const again = await open(taskId, { ...tenant.auth, "Last-Event-ID": seen.id ?? "" });
    expect((await again.next())?.retry).toBe("2000");
    expect((await again.next())?.comment).toBe("heartbeat");
    await end("completed");
    expect((await again.rest()).map(({ event }) => event)).toEqual(["completed"]);
  });

  it("counts as one request, however long it lasts", async () => {
    const tenant = await createTenant({ requestsPerMinute: 4 });
    const { data } = await submit(tenant, plannedRequest("delayMs=1500").body);
    const { response, stream } = await listen(`/api/v1/tasks/${data.taskId}/events`, tenant.auth);
    expect(response.headers.get("ratelimit")).toContain("r=2;");
    expect((await stream?.rest())?.length).toBeGreaterThan(3);
    const { headers } = await call("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth });
    expect(headers.get("ratelimit")).toContain("r=1;");
  });

  it("ends soon after the key was revoked or the tenant suspended, and the next one is refused", {
    timeout: 30_000,
  }, async () => {
    const revoked = await createTenant();
    const suspended = await createTenant();
    const tasks = [await endless(revoked), await endless(suspended)] as const;
    const streams = [await open(tasks[0].taskId, revoked.auth), await open(tasks[1].taskId, suspended.auth)] as const;
    // Nothing happens any more: it is not a change that brings the news.
    for (const stream of streams) await stream.until(isQuiet);
    await operate("DELETE", `/tenants/${revoked.tenantId}/keys/${revoked.keyId}`);
    await operate("PATCH", `/tenants/${suspended.tenantId}`, { status: "suspended" });
    const stoppedAt = Date.now();
    for (const stream of streams) {
      const events = await stream.rest();
      expect(events.every(({ event }) => event === "progress")).toBe(true);
    }
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);
    expect(await refusalOf(tasks[0].taskId, revoked.auth)).toMatchObject({ status: 401, code: 20008 });
    expect(await refusalOf(tasks[1].taskId, suspended.auth)).toMatchObject({ status: 403, code: 70004 });
  });

  it("ends when the task is deleted", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("").body);
    await untilEnded(tenant, data.taskId);
    await call("DELETE", `/api/v1/tasks/${data.taskId}`, { headers: tenant.auth });
    expect(await refusalOf(data.taskId, tenant.auth)).toMatchObject({ status: 404, code: 40002 });
  });

  it("is refused for a missing task, another tenant's, another end user's, and for publishable keys", async () => {
    const tenant = await createTenant();
    const { taskId } = await endless(tenant);
    const stranger = await createTenant();
    expect(await refusalOf(taskId, stranger.auth)).toMatchObject({ status: 404, code: 40002 });
    expect(await refusalOf(taskId + 1, tenant.auth)).toMatchObject({ status: 404, code: 40002 });
    expect(await refusalOf("abc", tenant.auth)).toMatchObject({ status: 404, code: 40002 });
    expect(await refusalOf(taskId, await tokenFor(tenant, { endUser: "ann" }))).toMatchObject({
      status: 403,
      code: 20003,
    });
    const publishable = await operate<{ key: string }>("POST", `/tenants/${tenant.tenantId}/keys`, {
      name: "page",
      kind: "publishable",
      allowedOrigins: ["https://shop.example"],
    });
    const page = { authorization: `Bearer ${publishable.data.key}`, origin: "https://shop.example" };
    expect(await refusalOf(taskId, page)).toMatchObject({ status: 403, code: 20002 });
  });
});

describe("event streams at once", () => {
  async function openMany(count: number, taskId: number, headers: Record<string, string>): Promise<EventStream[]> {
    const streams: EventStream[] = [];
    for (let at = 0; at < count; at += 1) streams.push(await open(taskId, headers));
    return streams;
  }

  it("are limited per key, and a closed one frees its place", { timeout: 60_000 }, async () => {
    const tenant = await createTenant({ concurrentTasks: 10 });
    const { taskId, end } = await endless(tenant);
    const streams = await openMany(20, taskId, tenant.auth);
    const refused = await call("GET", `/api/v1/tasks/${taskId}/events`, { headers: tenant.auth });
    expect(refused).toMatchObject({ status: 429, code: 70002 });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const other = await operate<{ key: string }>("POST", `/tenants/${tenant.tenantId}/keys`, { name: "other" });
    await (await open(taskId, { authorization: `Bearer ${other.data.key}` })).close();
    await streams[0]?.close();
    const again = await until("a place to be free", async () => {
      const { response, stream } = await listen(`/api/v1/tasks/${taskId}/events`, tenant.auth);
      if (stream === null) await response.body?.cancel();
      return stream;
    });
    await end("cancelled");
    for (const stream of [...streams.slice(1), again]) await stream.rest();
    // The ends of tasks free their places at once.
    await Promise.all((await openMany(25, taskId, tenant.auth)).map((stream) => stream.rest()));
  });

  it("are limited per end user, over all of its tokens", { timeout: 30_000 }, async () => {
    const tenant = await createTenant();
    const [first, second] = [await tokenFor(tenant, { endUser: "ann" }), await tokenFor(tenant, { endUser: "ann" })];
    const { taskId, end } = await endless({ ...tenant, auth: first });
    const streams = [...(await openMany(5, taskId, first)), ...(await openMany(5, taskId, second))];
    for (const auth of [first, second])
      expect(await refusalOf(taskId, auth)).toMatchObject({ status: 429, code: 70002 });
    await (await open(taskId, tenant.auth)).close();
    await end("cancelled");
    for (const stream of streams) await stream.rest();
  });
});

describe("a browser's EventSource", () => {
  const ann = { endUser: "ann" };
  const withToken = (taskId: number, token: string) => `/api/v1/tasks/${taskId}/events?token=${token}`;
  const bare = ({ authorization }: { authorization: string }) => authorization.slice("Bearer ".length);

  it("passes a client token in the URL, which nothing logs", async () => {
    const tenant = await createTenant();
    const token = await tokenFor(tenant, ann);
    const { data } = await submit({ ...tenant, auth: token }, plannedRequest("").body);
    const { response, stream } = await listen(withToken(data.taskId, bare(token)), {});
    expect(response.status).toBe(200);
    expect((await stream?.rest())?.at(-1)?.event).toBe("completed");
    const lines = logged("request").filter(({ path }) => String(path).endsWith(`/tasks/${data.taskId}/events`));
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(logged("request"))).not.toContain("pdt_");
  });

  it("cannot pass anything but a client token, nor pass it anywhere else", async () => {
    const tenant = await createTenant();
    const token = bare(await tokenFor(tenant, ann));
    const { taskId } = await endless(tenant);
    const unauthenticated = { status: 401, code: 20001 };
    expect(await call("GET", withToken(taskId, tenant.key))).toMatchObject(unauthenticated);
    expect(await call("GET", withToken(taskId, ""))).toMatchObject(unauthenticated);
    expect(await call("GET", `/api/v1/query/${taskId}?token=${token}`)).toMatchObject(unauthenticated);
    expect(await call("GET", `/api/v1/tasks?token=${token}`)).toMatchObject(unauthenticated);
    expect(await call("DELETE", `/api/v1/tasks/${taskId}?token=${token}`)).toMatchObject(unauthenticated);
    expect(await call("GET", withToken(taskId, `${token}x`))).toMatchObject({ status: 401, code: 20008 });
    expect(await call("GET", withToken(taskId, token))).toMatchObject({ status: 403, code: 20003 });
  });
});
