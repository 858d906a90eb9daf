import { describe, expect, it } from "vitest";
import type { Fault, JsonObject } from "../../simulator/index.ts";
import { accepted, finished, generate, IMAGE, LONG_ENOUGH_MS, query, simulate, taskData } from "./simulator-client.ts";

const BUSY = { code: 10001, msg: "System busy", ok: false, data: null };

/** fault, what the caller of generate sees, and whether a task was made all the same */
const SEEN: readonly [string | Fault, object, boolean][] = [
  ["code:10001", { status: 200, body: BUSY }, false],
  ["code-after:10001", { status: 200, body: BUSY }, true],
  ["code:60002", { body: { code: 60002, msg: "Billing lock busy, please retry" } }, false],
  ["code:20008", { status: 401, body: { code: 20008 } }, false],
  [{ kind: "code", code: 20002, status: 200, msg: "No" }, { status: 200, body: { code: 20002, msg: "No" } }, false],
  ["code:77777", { status: 200, body: { code: 77777, ok: false } }, false],
  ["http:502", { status: 502, text: expect.stringContaining("<html>") }, false],
  ["http-after:500", { status: 500 }, true],
  [{ kind: "http", status: 429, retryAfter: 7 }, { status: 429, headers: { "retry-after": "7" } }, false],
  ["html", { status: 200, headers: { "content-type": "text/html; charset=utf-8" } }, false],
  ["html-after", { status: 200, text: expect.stringContaining("<html>") }, true],
  ["redirect", { status: 302, headers: { location: "/elsewhere" } }, false],
  ["redirect:https://example.com/x", { status: 302, headers: { location: "https://example.com/x" } }, false],
  ["empty", { status: 200, text: "" }, false],
  ["empty-after", { status: 200, text: "" }, true],
  ["cut-json", { status: 200, text: expect.stringMatching(/^\{"code":0,[^}]*$/), complete: true }, true],
  ["cut-body", { status: 200, text: expect.stringMatching(/^\{"code":0,[^}]*$/), complete: false }, true],
  ["wrong-types", { body: { code: 0, data: { taskId: "about 9007199254740993" } } }, true],
  [{ kind: "patch", data: { taskId: null } }, { body: { code: 0, data: { taskId: null, estimatedCredits: 1 } } }, true],
  [{ kind: "body", text: "null", status: 201 }, { status: 201, text: "null" }, false],
];

describe("a fault on submissions", () => {
  it.each(SEEN)("%j is seen as %j; task made: %s", async (fault, seen, made) => {
    const simulator = await simulate();
    simulator.fault({ on: "generate", fault, times: 1 });
    const response = await generate(simulator, IMAGE);
    const body = response.text.startsWith("{") && response.text.endsWith("}") ? response.json() : undefined;
    expect({ ...response, body }).toMatchObject(seen);
    expect(simulator.stats()).toMatchObject({ tasks: made ? 1 : 0, charged: made ? 1 : 0 });
    expect((await generate(simulator, IMAGE)).json().code).toBe(0);
  });

  it.each([
    ["drop", 0, "ECONNRESET"],
    ["drop-after", 1, "ECONNRESET"],
    ["hang", 0, "no response"],
    ["hang-after", 1, "no response"],
  ])("%s leaves the caller without a response and %i tasks charged", async (fault, tasks, error) => {
    const simulator = await simulate();
    simulator.fault({ on: "generate", fault, times: 1 });
    const options = { idempotencyKey: "k", patienceMs: 100 };
    await expect(generate(simulator, IMAGE, options)).rejects.toThrow(
      expect.objectContaining(error === "no response" ? { message: error } : { code: error }),
    );
    expect(simulator.stats()).toMatchObject({ tasks, charged: tasks });
    // The server notices a caller's leaving a moment later; until then the key is locked.
    await expect
      .poll(async () => (await generate(simulator, IMAGE, { idempotencyKey: "k" })).json().code, { interval: 5 })
      .toBe(0);
    expect(simulator.stats()).toMatchObject({ tasks: 1, charged: 1 });
  });

  it("after the headers leaves the body without an end", async () => {
    const simulator = await simulate();
    simulator.fault({ on: "generate", fault: "hang-headers" });
    const response = await generate(simulator, IMAGE, { patienceMs: 100 });
    expect([response.status, response.complete, simulator.stats().tasks]).toEqual([200, false, 1]);
  });

  it.each([
    ["slow:60", 0],
    ["slow-after:60", 1],
  ])("%s delays the response with %i tasks made meanwhile", async (fault, tasksMeanwhile) => {
    const simulator = await simulate();
    simulator.fault({ on: "generate", fault });
    const started = performance.now();
    const pending = generate(simulator, IMAGE);
    await expect.poll(() => simulator.stats().submissions, { interval: 2 }).toBe(1);
    expect(simulator.stats().tasks).toBe(tasksMeanwhile);
    expect((await pending).json().code).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(55);
  });

  it("in the prompt applies to the given number of requests", async () => {
    const simulator = await simulate();
    const body = { ...IMAGE, prompt: "a cat [[sim: generate=http:503*2,drop-after*1]]" };
    const response = () => generate(simulator, body, { idempotencyKey: "k" });
    expect([(await response()).status, (await response()).status]).toEqual([503, 503]);
    await expect(response()).rejects.toThrow();
    expect((await response()).json().code).toBe(0);
    expect(simulator.stats()).toMatchObject({ submissions: 4, tasks: 1, charged: 1 });
  });
});

describe("a fault on queries", () => {
  it.each<[string | Fault, object]>([
    ["lost", { status: 200, body: { code: 40002 } }],
    ["code:10006", { body: { code: 10006 } }],
    ["http:500", { status: 500 }],
    ["task-status:7", { body: { code: 0, data: { taskStatus: 7 } } }],
    ["progress:12", { body: { data: { progress: 12, taskStatus: 2 } } }],
    ["cut-json", { complete: true, text: expect.stringMatching(/^\{"code":0,.*[^}]$/) }],
    ["wrong-types", { body: { data: { taskStatus: "about 2", results: { length: 1 }, generateAudio: "yes" } } }],
    [{ kind: "patch", data: { results: null } }, { body: { data: { results: null, taskStatus: 2 } } }],
    ["html", { status: 200, text: expect.stringContaining("<html>") }],
  ])("%j is seen as %j", async (fault, seen) => {
    const simulator = await simulate();
    const taskId = await accepted(simulator, IMAGE);
    simulator.advance(LONG_ENOUGH_MS);
    simulator.fault({ on: "query", fault, times: 1, match: { taskId } });
    const response = await query(simulator, taskId);
    const body = response.text.endsWith("}") ? response.json() : undefined;
    expect({ ...response, body }).toMatchObject(seen);
    expect(await taskData(simulator, taskId)).toMatchObject({ taskStatus: 2, progress: 100 });
  });

  it("returns the progress values that the prompt lists, also falling ones", async () => {
    const simulator = await simulate();
    const prompt = "[[sim: query=progress:80*1,progress:20*1]]";
    const taskId = await accepted(simulator, { ...IMAGE, prompt });
    const seen = [];
    for (let i = 0; i < 3; i++) seen.push((await taskData(simulator, taskId)).progress);
    expect(seen).toEqual([80, 20, 0]);
  });

  it("drops the connection or hangs", async () => {
    const simulator = await simulate();
    const taskId = await accepted(simulator, { ...IMAGE, prompt: "[[sim: query=drop*1,hang*1]]" });
    await expect(query(simulator, taskId)).rejects.toThrow();
    await expect(query(simulator, taskId, "sh-simulator", 50)).rejects.toThrow("no response");
    expect((await taskData(simulator, taskId)).taskStatus).toBe(0);
  });
});

describe("results", () => {
  const results = async (prompt: string, imageCount: number) =>
    (await finished(await simulate(), { ...IMAGE, prompt, imageCount })).results as readonly JsonObject[];

  it("can be missing, too few or too many", async () => {
    expect(await results("[[sim: results=0]]", 2)).toEqual([]);
    expect(await results("[[sim: results=1]]", 2)).toHaveLength(1);
    expect(await results("[[sim: results=6]]", 2)).toHaveLength(6);
  });

  it("can fail one by one", async () => {
    const failed = { fileUrl: null, subStatus: 2, failReason: "Generation of this image failed", thumbnailUrl: null };
    const [first, second, third] = await results("[[sim: failedResults=0,2]]", 3);
    expect([first, third]).toEqual([expect.objectContaining(failed), expect.objectContaining(failed)]);
    expect(second).toMatchObject({ subStatus: 1, failReason: "" });
  });
});
