import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOCUMENTED_REQUESTS } from "../../scripts/documented-requests.ts";
import { download, type GatewayClient } from "../../scripts/gateway-client.ts";
import { World } from "../support/node/world.ts";

const HOURS_MS = 3_600_000;

describe("an existing client that changed its base URL and key", () => {
  let world: World;
  let client: GatewayClient;
  beforeAll(async () => {
    world = await World.start({}, { speed: 4 });
    client = await world.tenant();
  });
  afterAll(() => world.stop());

  it("gets every documented request done, each file byte for byte at the URL promised at submission", async () => {
    const charged = world.simulator.ledger().length;
    const finished = await Promise.all(
      DOCUMENTED_REQUESTS.map(async ({ title, body }) => {
        const submitted = await client.submit(body);
        const task = await client.untilEnded(submitted.taskId, { everyMs: 100 });
        expect(task, title).toMatchObject({ taskStatus: 2, progress: 100, failReason: "" });
        expect(task.results.map(({ fileUrl }) => fileUrl)).toEqual(submitted.resultUrls);
        expect(task.results.every(({ mirrored }) => mirrored)).toBe(true);
        return { body, url: submitted.resultUrls[0] ?? "" };
      }),
    );
    expect(world.simulator.ledger()).toHaveLength(charged + DOCUMENTED_REQUESTS.length);
    // The upstream's own links have long expired when these files are fetched.
    world.simulator.advance(3 * HOURS_MS);
    for (const { body, url } of finished) {
      const { model, type, prompt } = JSON.parse(body) as Record<string, string>;
      const made = world.simulator
        .tasks()
        .find((one) => one.model === model && one.type === type && one.prompt === prompt);
      const [original] = await world.simulator.files(made?.taskId ?? "");
      expect(original).toBeDefined();
      expect(await download(url)).toMatchObject({
        status: 200,
        contentType: original?.contentType,
        bytes: original?.bytes,
        sha256: original?.sha256,
      });
    }
  });

  it("is answered in the upstream's envelope, and refused in it", async () => {
    const { taskId, taskNo, estimatedCredits } = await client.submit(DOCUMENTED_REQUESTS[0]?.body ?? "");
    expect(Number.isSafeInteger(taskId)).toBe(true);
    expect(taskNo).toMatch(/^[0-9a-f]{32}$/);
    expect(estimatedCredits).toBeGreaterThan(0);
    await expect(
      client.submit({ model: "Seedance 3.0", taskName: "n", type: "txt", prompt: "p" }),
    ).rejects.toMatchObject({
      status: 404,
      code: 40003,
    });
    await expect(client.query(taskId + 1)).rejects.toMatchObject({ status: 404, code: 40002 });
  });

  it("spends once for one idempotency key, however many of its requests race", async () => {
    const before = world.simulator.stats().tasks;
    const headers = { "x-idempotency-key": "order-1" };
    const body = { model: "Seedance 2.0", taskName: "Raced", type: "img_txt", prompt: "raced" };
    const raced = await Promise.allSettled(Array.from({ length: 10 }, () => client.submit(body, headers)));
    const answered = raced.flatMap((one) => (one.status === "fulfilled" ? [one.value.taskId] : []));
    const refused = raced.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    expect(new Set(answered).size).toBe(1);
    for (const reason of refused) expect(reason).toMatchObject({ status: 409, code: 70003 });
    expect((await client.submit(body, headers)).taskId).toBe(answered[0]);
    expect(world.simulator.stats().tasks).toBe(before + 1);
  });

  it("seeks and revalidates in a finished file over real HTTP", async () => {
    const { taskId, resultUrls } = await client.submit({
      model: "Seedance 2.0",
      taskName: "Seek",
      type: "img_txt",
      prompt: "seek",
    });
    const url = resultUrls[0] ?? "";
    expect((await fetch(url)).status).toBe(202);
    await client.untilEnded(taskId, { everyMs: 100 });
    const whole = await fetch(url);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    expect(whole.headers.get("content-length")).toBe(String(bytes.byteLength));
    const part = await fetch(url, { headers: { range: "bytes=100-199" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 100-199/${bytes.byteLength}`);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
    const head = await fetch(url, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe(String(bytes.byteLength));
    const etag = whole.headers.get("etag") ?? "";
    expect((await fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
  });
});
