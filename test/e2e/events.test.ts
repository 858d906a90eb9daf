import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayClient } from "../../scripts/gateway-client.ts";
import { EventStream } from "../support/event-stream.ts";
import { World } from "../support/node/world.ts";

const IMAGE = { model: "Imagen Nano Banana 2", taskName: "Events", type: "txt" };
const planned = (plan: string) => ({ ...IMAGE, prompt: `events [[sim: ${plan}]]` });

describe("events and waiting over real HTTP", () => {
  let world: World;
  let key: string;
  let client: GatewayClient;
  beforeAll(async () => {
    world = await World.start({}, { speed: 20 });
    key = (await world.newTenant({ name: "events" })).key;
    client = new GatewayClient(world.gateway.url, key);
  });
  afterAll(() => world.stop());

  const bearer = () => ({ authorization: `Bearer ${key}` });
  const eventsUrl = (taskId: number) => `${world.gateway.url}/api/v1/tasks/${taskId}/events`;
  const listen = async (taskId: number, signal: AbortSignal | null = null) =>
    new EventStream((await fetch(eventsUrl(taskId), { headers: bearer(), signal })).body);

  it("streams events as they happen, not when the task has ended", async () => {
    const body = planned("delayMs=5000");
    const { taskId } = await client.submit(body);
    const stream = await listen(taskId);
    await stream.until(({ event }) => event === "progress");
    const [upstream] = world.simulator.tasks({ prompt: body.prompt });
    expect(upstream?.status).not.toBe(2);
    expect((await stream.rest()).at(-1)?.event).toBe("completed");
  });

  it("has many listeners, which may disconnect at any time and affect no others", async () => {
    const { taskId } = await client.submit(planned("delayMs=2500"));
    const leave = new AbortController();
    const staying = await listen(taskId);
    // All are listening before the first one leaves: a stream begins with the state of its task, some before others.
    const leaving = await Promise.all(Array.from({ length: 20 }, () => listen(taskId, leave.signal)));
    await Promise.all(leaving.map((stream) => stream.until(({ event }) => event === "progress")));
    leave.abort();
    for (const stream of leaving) await expect(stream.rest()).rejects.toThrow();
    expect((await staying.rest()).at(-1)?.event).toBe("completed");
  });

  it("never writes a token that came in the URL into a log", async () => {
    const { token } = await client.call<{ token: string }>("POST", "/api/v1/client-tokens", { endUser: "ann" });
    const browser = new GatewayClient(world.gateway.url, token);
    const { taskId } = await browser.submit(planned(""));
    const response = await fetch(`${eventsUrl(taskId)}?token=${token}`);
    expect((await new EventStream(response.body).rest()).at(-1)?.event).toBe("completed");
    await expect.poll(() => world.gateway.log.text()).toContain(`/tasks/${taskId}/events`);
    expect(world.gateway.log.text()).not.toContain(token.slice(0, 20));
  });

  it("keeps the task of a caller who waits and goes away", async () => {
    const body = planned("delayMs=3000");
    const once = { "x-idempotency-key": "went-away" };
    const before = world.simulator.stats().tasks;
    const leaving = new AbortController();
    const impatient = fetch(`${world.gateway.url}/api/v1/task/generate`, {
      method: "POST",
      headers: { ...bearer(), ...once, prefer: "wait=60" },
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    await expect.poll(() => world.simulator.stats().tasks).toBe(before + 1);
    leaving.abort();
    await expect(impatient).rejects.toThrow();
    const { taskId } = await client.submit(body, once);
    expect((await client.untilEnded(taskId, { everyMs: 100 })).taskStatus).toBe(2);
    expect(world.simulator.stats().tasks).toBe(before + 1);
  });

  it("lets an uploaded file be fetched by the upstream as a reference", async () => {
    const { taskId, resultUrls } = await client.submit(planned(""));
    await client.untilEnded(taskId, { everyMs: 100 });
    const image = await (await fetch(resultUrls[0] ?? "")).blob();
    const form = new FormData();
    form.set("file", image);
    const response = await fetch(`${world.gateway.url}/api/v1/files`, {
      method: "POST",
      headers: bearer(),
      body: form,
    });
    const { data } = (await response.json()) as { data: { url: string; bytes: number } };
    expect(data.bytes).toBe(image.size);
    const reference = { ...planned("fetchReferences"), type: "img_txt", refImageUrls: [data.url] };
    const task = await client.untilEnded((await client.submit(reference)).taskId, { everyMs: 100 });
    expect(task).toMatchObject({ taskStatus: 2, failReason: "" });
  });

  it("answers a sender of a large refused upload, who is still sending, with the reason", async () => {
    const body = new Uint8Array(8 * 2 ** 20);
    for (const [headers, status] of [
      [{ authorization: "Bearer pdk_forged" }, 401],
      [bearer(), 400],
    ] as const) {
      const response = await fetch(`${world.gateway.url}/api/v1/files`, { method: "POST", headers, body });
      expect(response.status).toBe(status);
      await response.text();
    }
  });

  it("continues after a crash: the listener reconnects and gets the end", async () => {
    const { taskId } = await client.submit(planned("delayMs=1500"));
    const stream = await listen(taskId);
    const { id } = await stream.until(({ event }) => event === "progress");
    await world.crash();
    await expect(stream.rest()).rejects.toThrow();
    await world.restart();
    const again = await fetch(eventsUrl(taskId), { headers: { ...bearer(), "last-event-id": id ?? "" } });
    expect((await new EventStream(again.body).rest()).at(-1)?.event).toBe("completed");
  });
});
