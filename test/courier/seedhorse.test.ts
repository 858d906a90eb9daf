/** The upstream's wire format against a real HTTP server: whatever comes back, and however long it takes, is a plain value. */
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import { queryTask, submitTask } from "../../src/courier/seedhorse.ts";
import { IMAGE } from "../support/gateway.ts";
import { clearFault, endUpstream, strike, uniqueTag, upstreamRequests, upstreamTasks } from "../support/upstream.ts";

let config: Config;
let first: string;
let second: string;
beforeAll(async () => {
  const read = await readConfig(env as unknown as Bindings);
  if (!read.ok) throw new Error(read.problem);
  config = read.config;
  [first = "", second = ""] = config.masterKeys.map(({ id }) => id);
});

const OWN_ID = 269_000_000_000_001;
const request = (tag: string, plan = "") =>
  JSON.stringify({ ...IMAGE, prompt: plan === "" ? tag : `${tag} [[sim: ${plan}]]` });
/** Submits under the first master key. */
async function accepted(tag: string, plan = "never") {
  const outcome = await submitTask(config, first, tag, request(tag, plan));
  if (outcome.kind !== "accepted") throw new Error(JSON.stringify(outcome));
  return { ...outcome, names: { upstreamId: outcome.upstreamId, upstreamNo: outcome.upstreamNo, taskId: OWN_ID } };
}

describe("a submission", () => {
  it("that is accepted returns the upstream's names, to the last digit, and the price", async () => {
    const tag = uniqueTag("seedhorse");
    const outcome = await accepted(tag);
    const [task] = await upstreamTasks(tag);
    expect(outcome).toMatchObject({
      upstreamId: task?.taskId,
      upstreamNo: task?.taskNo,
      credits: String(task?.credits),
    });
    expect(outcome.upstreamId).toMatch(/^90071992547409\d\d$|^900719925474\d{4}$/);
    const [sent] = await upstreamRequests(tag);
    expect(sent).toMatchObject({ key: "sh-test-one", idempotencyKey: tag, body: request(tag, "never") });
    expect(sent?.headers.accept).toBe("application/json");
  });

  it("is the same when it is repeated", async () => {
    const tag = uniqueTag("seedhorse");
    const [one, two] = [await accepted(tag), await accepted(tag)];
    expect(two.upstreamId).toBe(one.upstreamId);
    expect(await upstreamTasks(tag)).toHaveLength(1);
  });

  it.each([
    ["code:50014", { kind: "refused", code: 50014, msg: "Reference content failed safety review" }],
    ["code:20008", { kind: "key-refused", code: 20008 }],
    ["http:503", { kind: "unknown", retryAfterMs: null }],
    ["html", { kind: "unknown" }],
    ["drop", { kind: "unknown", detail: "connection failed" }],
    ["cut-body", { kind: "unknown" }],
    ["redirect:/api/v1/query/1", { kind: "unknown", detail: "HTTP 302" }],
  ])("that meets %s comes to a value", async (fault, expected) => {
    const tag = uniqueTag("seedhorse");
    const id = await strike("generate", fault, { prompt: tag });
    expect(await submitTask(config, first, tag, request(tag))).toMatchObject(expected);
    await clearFault(id);
  });

  it.each([
    ["hang"],
    ["hang-headers"],
  ])("that meets an upstream that does not answer (%s) is given up", async (fault) => {
    const tag = uniqueTag("seedhorse");
    const id = await strike("generate", fault, { prompt: tag });
    const startedAt = Date.now();
    const outcome = await submitTask(config, first, tag, request(tag), 400);
    expect(outcome).toMatchObject({ kind: "unknown", busy: true });
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    await clearFault(id);
  });

  it.each([
    [{ kind: "http", status: 503, retryAfter: 7 }, 7_000],
    [{ kind: "code", code: 10001, retryAfter: 2 }, 2_000],
    [{ kind: "http", status: 429, retryAfter: 999_999 }, 999_999_000],
    [{ kind: "http", status: 429 }, null],
  ])("says how long a busy upstream wants to be left alone: %j", async (fault, retryAfterMs) => {
    const tag = uniqueTag("seedhorse");
    const id = await strike("generate", fault, { prompt: tag });
    expect(await submitTask(config, first, tag, request(tag))).toMatchObject({ kind: "unknown", retryAfterMs });
    await clearFault(id);
  });

  it("under a master key that is not configured any more sends nothing", async () => {
    const tag = uniqueTag("seedhorse");
    expect(await submitTask(config, "000000000000", tag, request(tag))).toMatchObject({ kind: "unknown" });
    expect(await upstreamRequests(tag)).toEqual([]);
  });

  it("that quotes the master key back does not give it away", async () => {
    const tag = uniqueTag("seedhorse");
    const text = JSON.stringify({ code: 50099, msg: "Bearer sh-test-one is not for this; try sh-test-two", ok: false });
    const id = await strike("generate", { kind: "body", text }, { prompt: tag });
    const outcome = await submitTask(config, first, tag, request(tag));
    expect(outcome).toMatchObject({ kind: "refused", code: 50099 });
    expect(JSON.stringify(outcome)).not.toMatch(/sh-test/);
    await clearFault(id);
  });
});

describe("a query", () => {
  it("finds the task under the key that made it", async () => {
    const { names } = await accepted(uniqueTag("seedhorse"));
    const outcome = await queryTask(config, first, names);
    expect(outcome).toMatchObject({ kind: "snapshot", snapshot: { status: expect.any(Number) } });
    expect(JSON.stringify(outcome)).not.toContain(names.upstreamId);
  });

  it("under another account finds nothing out", async () => {
    const { names } = await accepted(uniqueTag("seedhorse"));
    expect(await queryTask(config, second, names)).toMatchObject({ kind: "unknown", detail: "code 20003" });
  });

  it("of a task that vanished returns that it is missing", async () => {
    const { names } = await accepted(uniqueTag("seedhorse"));
    await endUpstream(names.upstreamId, "lost");
    expect(await queryTask(config, first, names)).toEqual({ kind: "missing" });
  });

  it("that is not answered is given up", async () => {
    const tag = uniqueTag("seedhorse");
    const { names } = await accepted(tag);
    const id = await strike("query", "hang-headers", { prompt: tag });
    expect(await queryTask(config, first, names, 300)).toMatchObject({ kind: "unknown" });
    await clearFault(id);
  });
});

describe("the courier", () => {
  const { Courier } = exports;

  it("asks under other keys only while the right one is refused or removed, and uses only a response about the task", async () => {
    const tag = uniqueTag("seedhorse");
    const { names } = await accepted(tag);
    expect(await Courier.query(first, [second], names)).toMatchObject({ outcome: { kind: "snapshot" }, refused: [] });
    expect(await Courier.query(null, [second, first], names)).toMatchObject({ outcome: { kind: "snapshot" } });
    expect(await Courier.query(null, [second], names)).toMatchObject({ outcome: { kind: "unknown" } });
    const id = await strike("query", "code:20008", { prompt: tag, key: "sh-test-one" });
    const report = await Courier.query(first, [second], names);
    expect(report).toMatchObject({ outcome: { kind: "unknown" }, refused: [{ masterKeyId: first, code: 20008 }] });
    await clearFault(id);
    await endUpstream(names.upstreamId, "lost");
    expect((await Courier.query(first, [second], names)).outcome).toEqual({ kind: "missing" });
  });

  it("deletes everything under a prefix and nothing beside it", async () => {
    const { FILES } = env as unknown as Bindings;
    for (const key of ["courier-a/1", "courier-a/2", "courier-b/1"]) await FILES.put(key, "x");
    expect(await Courier.removeFiles("courier-a/")).toBe(2);
    expect(await Courier.removeFiles("courier-a/")).toBe(0);
    expect(await FILES.head("courier-b/1")).not.toBeNull();
  });
});
