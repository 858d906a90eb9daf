import { describe, expect, it } from "vitest";
import {
  accepted,
  finished,
  generate,
  IMAGE,
  LONG_ENOUGH_MS,
  query,
  send,
  simulate,
  taskData,
  VIDEO,
} from "./simulator-client.ts";

type Running = Awaited<ReturnType<typeof simulate>>;

const control = async (simulator: Running, route: string, body?: object) => {
  const [method = "GET", path] = route.split(" ");
  const response = await send(`${simulator.url}/_sim${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, ...response.json() } as Record<string, unknown>;
};

describe("the control API", () => {
  it("adds, lists and removes faults", async () => {
    const simulator = await simulate();
    const rule = await control(simulator, "POST /faults", { on: "generate", fault: "http:503*5", times: 2 });
    expect(rule).toMatchObject({ id: "1", timesLeft: 2, fault: { kind: "http", status: 503 } });
    await control(simulator, "POST /faults", { on: "generate", fault: { kind: "code", code: 10006 }, skip: 1 });
    const seen = [];
    for (let i = 0; i < 4; i++) seen.push((await generate(simulator, IMAGE)).text.slice(0, 12));
    expect(seen).toEqual(["<html>\r\n<hea", "<html>\r\n<hea", '{"code":0,"d', '{"code":1000']);
    expect(await control(simulator, "GET /faults")).toMatchObject({ faults: [{ struck: 2 }, { struck: 1 }] });
    await control(simulator, "DELETE /faults/2");
    expect((await generate(simulator, IMAGE)).json().code).toBe(0);
    expect(await control(simulator, "DELETE /faults")).toMatchObject({ faults: [] });
  });

  it("applies a fault to matching requests and to the given share of them", async () => {
    const simulator = await simulate({ seed: 7 });
    simulator.fault({ on: "generate", fault: "code:10001", match: { model: "Seedance 2.0", prompt: "unlucky" } });
    simulator.fault({ on: "generate", fault: "http:500", probability: 0.5, match: { model: "Imagen Nano Banana 2" } });
    const code = async (body: object) => (await generate(simulator, body)).json().code;
    expect([await code(VIDEO), await code({ ...VIDEO, prompt: "an unlucky cat" })]).toEqual([0, 10001]);
    let bad = 0;
    for (let i = 0; i < 60; i++) if ((await generate(simulator, IMAGE)).status === 500) bad++;
    expect(bad).toBeGreaterThan(15);
    expect(bad).toBeLessThan(45);
  });

  it.each([
    ["POST /faults", { on: "generate", fault: "explode" }],
    ["POST /faults", { on: "generate", fault: "truncated" }],
    ["POST /faults", { on: "generate", fault: { kind: "code", code: "x" } }],
    ["POST /faults", { on: "somewhere", fault: "drop" }],
    ["POST /faults", { on: "generate", fault: "drop", match: { colour: "red" } }],
    ["POST /settings", { sped: 2 }],
    ["POST /settings", { speed: "fast" }],
    ["POST /settings", { plan: "fial=x" }],
    ["POST /clock", { advanceMs: -1 }],
    ["POST /tasks/1", { end: "failed" }],
    ["POST /tasks/1", { end: "eaten" }],
  ])("rejects %s %j with a reason", async (route, body) => {
    expect(await control(await simulate(), route, body)).toMatchObject({ status: 400, error: expect.any(String) });
  });

  it("lists tasks with files, queries and received requests", async () => {
    const simulator = await simulate();
    const response = await generate(simulator, { ...IMAGE, extra: 1 }, { idempotencyKey: "k" });
    expect(response.status).toBe(200);
    simulator.advance(LONG_ENOUGH_MS);
    await query(simulator, "9007199254740993");
    expect(await control(simulator, "GET /tasks?idempotencyKey=k")).toMatchObject({
      tasks: [
        {
          taskId: "9007199254740993",
          idempotencyKey: "k",
          credits: 1,
          queries: 1,
          queriedAt: [expect.any(Number)],
          files: [{ name: "0.png", bytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
        },
      ],
    });
    expect(await control(simulator, "GET /tasks?prompt=dog")).toMatchObject({ tasks: [] });
    expect(await control(simulator, "GET /requests")).toMatchObject({
      requests: [
        {
          key: "sh-simulator",
          idempotencyKey: "k",
          body: JSON.stringify({ ...IMAGE, extra: 1 }),
          headers: { authorization: "Bearer sh-simulator" },
          code: 0,
          taskId: "9007199254740993",
        },
      ],
    });
    expect(await control(simulator, "GET /stats")).toMatchObject({ tasks: 1, charged: 1, queries: 1, accounts: [{}] });
    expect(await control(simulator, "GET /ledger")).toMatchObject({ entries: [{ kind: "charge", credits: 1 }] });
  });

  it("ends a task and loses a task on request", async () => {
    const simulator = await simulate();
    const [failed, lost, done] = [
      await accepted(simulator, VIDEO),
      await accepted(simulator, VIDEO),
      await accepted(simulator, VIDEO),
    ];
    await control(simulator, `POST /tasks/${failed}`, { end: "failed", failReason: "Bad luck" });
    await control(simulator, `POST /tasks/${lost}`, { end: "lost" });
    await control(simulator, `POST /tasks/${done}`, { end: "completed" });
    expect(await taskData(simulator, failed)).toMatchObject({ taskStatus: 3, failReason: "Bad luck", results: [] });
    expect((await query(simulator, lost)).json().code).toBe(40002);
    expect(await taskData(simulator, done)).toMatchObject({ taskStatus: 2, progress: 100 });
    expect(simulator.stats().refunded).toBe(7);
  });

  it("changes keys, credits and settings while running", async () => {
    const simulator = await simulate();
    await control(simulator, "POST /accounts", { name: "main", keys: ["sh-new"], credits: 1 });
    expect((await generate(simulator, IMAGE)).json().code).toBe(20008);
    expect((await generate(simulator, IMAGE, { key: "sh-new" })).json().code).toBe(0);
    expect((await generate(simulator, IMAGE, { key: "sh-new" })).json().code).toBe(60001);
    expect(await control(simulator, "POST /settings", { plan: "results=0", businessStatus: 400 })).toMatchObject({
      plan: { results: 0 },
      businessStatus: 400,
    });
    await control(simulator, "POST /accounts", { name: "main", keys: ["sh-simulator"], credits: 5 });
    expect((await finished(simulator, IMAGE)).results).toEqual([]);
  });

  it("resets everything but task ids, and ends hanging requests", async () => {
    const simulator = await simulate();
    await accepted(simulator, IMAGE);
    simulator.fault({ on: "generate", fault: "hang" });
    const hanging = generate(simulator, IMAGE);
    await expect.poll(() => simulator.stats().submissions, { interval: 2 }).toBe(2);
    await Promise.all([expect(hanging).rejects.toThrow(), control(simulator, "POST /reset")]);
    expect(simulator.stats()).toMatchObject({ submissions: 0, tasks: 0, charged: 0 });
    expect(await accepted(simulator, IMAGE)).toBe("9007199254740994");
  });
});
