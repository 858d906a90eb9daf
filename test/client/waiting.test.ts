import { describe, expect, it } from "vitest";
import { hasEnded, Paddock, PaddockError, type Task } from "../../packages/client/src/index.ts";
import { apiError, events, lost, type Script, startScripted, success } from "./scripted-server.ts";

const task = (taskStatus: number, progress: number) => ({ taskId: 7, taskStatus, progress, results: [] });
const event = (name: string, taskStatus: number, progress: number) =>
  `id: 7-${taskStatus}-${progress}\nevent: ${name}\ndata: ${JSON.stringify(task(taskStatus, progress))}\n\n`;
const [half, done] = [event("progress", 1, 50), event("completed", 2, 100)];
/** No stream may keep the tests waiting for its usual two seconds. */
const soon = "retry: 20\n\n";

async function clientOf(...scripts: Script[]) {
  const server = await startScripted(...scripts);
  const client = new Paddock({ baseUrl: server.url, credential: "pdk_x" });
  const reported: number[] = [];
  const onProgress = (seen: Task) => void reported.push(seen.progress);
  return { ...server, client, reported, onProgress };
}

/** Plays one script for event streams and another for queries. */
const byPath =
  (stream: Script, query: Script): Script =>
  (response, request) =>
    (request.path.endsWith("/events") ? stream : query)(response, request);

describe("waiting for a task", () => {
  it("reads its events with the credential in a header", async () => {
    const stream = events((send, response) => {
      send(`${soon}${half}: heartbeat\n\n`);
      send(done.slice(0, 30));
      send(done.slice(30));
      response.end();
    });
    const { client, reported, onProgress, received } = await clientOf(stream);
    expect(await client.wait(7, { onProgress })).toMatchObject({ taskStatus: 2 });
    expect(reported).toEqual([50, 100]);
    expect(received.map(({ path }) => path)).toEqual(["/api/v1/tasks/7/events"]);
    expect(received[0]?.headers).toMatchObject({ authorization: "Bearer pdk_x", accept: "text/event-stream" });
  });

  it.each([
    ["failed", 3],
    ["cancelled", 5],
  ])("returns the task when it has %s", async (name, status) => {
    const { client } = await clientOf(events((send) => send(event(name, status, 60))));
    expect((await client.wait(7)).taskStatus).toBe(status);
  });

  it("returns at the final event without waiting for the end of the stream", async () => {
    const { client } = await clientOf(events((send) => send(done)));
    expect((await client.wait(7)).taskStatus).toBe(2);
  });

  it("reconnects after the last event when the stream ends or breaks", async () => {
    const { client, reported, onProgress, received } = await clientOf(
      events((send, response) => {
        send(soon + half);
        response.end();
      }),
      events((send, response) => {
        send(": heartbeat\n\n");
        setTimeout(() => response.destroy(), 20);
      }),
      lost,
      events((send) => send(done)),
    );
    await client.wait(7, { onProgress });
    expect(reported).toEqual([50, 100]);
    expect(received.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "7-1-50", "7-1-50", "7-1-50"]);
  });

  it.each([
    ["is refused", apiError(403, 20_002)],
    ["does not exist", apiError(404, 40_002)],
    ["is something else", success({})],
  ])("polls when the event stream %s", async (_name, stream) => {
    const { client, reported, onProgress, received } = await clientOf(byPath(stream, success(task(2, 100))));
    expect((await client.wait(7, { onProgress })).taskStatus).toBe(2);
    expect(reported).toEqual([100]);
    expect(received.map(({ path }) => path)).toEqual(["/api/v1/tasks/7/events", "/api/v1/query/7"]);
    expect(received[1]?.headers.prefer).toBe("wait=5");
  });

  it("polls when a proxy holds the stream back until its end", { timeout: 20_000 }, async () => {
    const heldUp = events(() => new Promise(() => {}));
    const { client } = await clientOf(byPath(heldUp, success(task(2, 100))));
    expect((await client.wait(7)).taskStatus).toBe(2);
  });

  it("polls every five seconds when the gateway ignores Prefer: wait", { timeout: 20_000 }, async () => {
    const { client, reported, onProgress, received } = await clientOf(success(task(1, 10)), success(task(2, 100)));
    await client.wait(7, { by: "polling", onProgress });
    expect(reported).toEqual([10, 100]);
    const [first = 0, second = 0] = received.map(({ at }) => at);
    expect(second - first).toBeGreaterThan(4_900);
  });

  it("throws the gateway's error for an unknown task", async () => {
    const { client } = await clientOf(apiError(404, 40_002));
    await expect(client.wait(7)).rejects.toMatchObject({ constructor: PaddockError, status: 404, code: 40_002 });
  });

  it("ends with the signal's reason while it reads events, reconnects or polls", async () => {
    const reason = new Error("enough");
    for (const [script, by] of [
      [events((send) => send(half)), "events"],
      [events((_send, response) => void response.end(`retry: 60000\n\n${half}`)), "events"],
      [success(task(1, 10)), "polling"],
    ] as [Script, "events" | "polling"][]) {
      const { client } = await clientOf(script);
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 150);
      await expect(client.wait(7, { by, signal: controller.signal })).rejects.toBe(reason);
    }
  });

  it("rejects with the error that onProgress throws", async () => {
    const { client } = await clientOf(events((send) => send(half)));
    const onProgress = () => {
      throw new RangeError("my own fault");
    };
    await expect(client.wait(7, { onProgress })).rejects.toThrow(RangeError);
  });
});

describe("a task's events", () => {
  it("can be read one by one and abandoned", async () => {
    let closed = false;
    const stream = events((send, response) => {
      response.on("close", () => {
        closed = true;
      });
      send(half + event("progress", 1, 60));
    });
    const { client } = await clientOf(stream);
    for await (const { type, id, task: seen } of client.tasks.events(7)) {
      expect([type, id, seen.progress]).toEqual(["progress", "7-1-50", 50]);
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });

  it("continue after lastEventId, and are none after the final event", async () => {
    const spent: Script = (response) => void response.writeHead(204).end();
    const { client, received } = await clientOf(spent);
    for await (const _ of client.tasks.events(7, { lastEventId: "7-2-100" })) expect.unreachable();
    expect(received[0]?.headers["last-event-id"]).toBe("7-2-100");
    // Waiting has no such memory: it then asks.
    const waiting = await clientOf(byPath(spent, success(task(2, 100))));
    expect((await waiting.client.wait(7)).taskStatus).toBe(2);
  });
});

describe("hasEnded", () => {
  it("is true for final statuses only", () => {
    expect([0, 1, 2, 3, 4, 5].filter((taskStatus) => hasEnded({ taskStatus } as Task))).toEqual([2, 3, 5]);
  });
});
