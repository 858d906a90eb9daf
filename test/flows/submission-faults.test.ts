/** An upstream that misbehaves when it is asked to start a task: one charge, one answer, one end. */
import { afterAll, describe, expect, it } from "vitest";
import { expectCompleted, plannedRequest, type Story, submit, tell } from "../support/flow.ts";
import { call, createTenant, IMAGE, untilEnded } from "../support/gateway.ts";
import { expectBooksInOrder, ledgerIn, sqlIn } from "../support/tenant-object.ts";
import { pass, until } from "../support/until.ts";
import { strike, upstreamRequests, upstreamTasks } from "../support/upstream.ts";

/** All attempts came under one idempotency key. */
async function attemptsOf({ tag }: Story): Promise<number> {
  const requests = await upstreamRequests(tag);
  expect(new Set(requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(requests[0]?.idempotencyKey).toMatch(/^.{16,}$/);
  expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
  return requests.length;
}

describe.concurrent("a submission that the upstream", () => {
  const answeredAfterMs: number[] = [];
  // Failures are answered before SUBMIT_TIMEOUT_MS. A busy machine may keep single ones waiting, not half of them.
  afterAll(() => expect(answeredAfterMs.toSorted((a, b) => a - b)[answeredAfterMs.length >> 1]).toBeLessThan(3_900));

  it.each([
    ["answers at once", ""],
    ["answers late, but in time", "generate=slow:700"],
  ])("%s is answered with the upstream's price", async (_, plan) => {
    const story = await tell(plan);
    await expectCompleted(story);
    expect(story.submitted.estimatedCredits).toBe(story.upstream.credits);
    expect(await attemptsOf(story)).toBe(1);
  });

  it("answers too late is answered with a taskId, and accepted in the background", async () => {
    const story = await tell("generate=slow:15000", IMAGE, 30_000);
    expect(story.answeredAfterMs).toBeGreaterThanOrEqual(3_900);
    // Long before the upstream's own answer, also on a busy machine.
    expect(story.answeredAfterMs).toBeLessThan(13_000);
    await expectCompleted(story);
    expect(await attemptsOf(story)).toBe(1);
  });

  it.each([
    ["is too busy for (10001)", "code:10001*1", 2],
    ["cannot lock (10006)", "code:10006*1", 2],
    ["cannot bill (60002)", "code:60002*2", 3],
    ["answers with 503", "http:503*1", 2],
    ["answers with 500 after accepting it", "http-after:500*1", 2],
    ["drops", "drop*1", 2],
    ["drops after accepting it", "drop-after*1", 2],
    ["answers with a page", "html*1", 2],
    ["answers with a page after accepting it", "html-after*1", 2],
    ["answers with half a JSON", "cut-json*1", 2],
    ["answers with half a body", "cut-body*1", 2],
    ["answers with wrong types", "wrong-types*1", 2],
    ["answers with nothing", "empty*1", 2],
    ["answers with nothing after accepting it", "empty-after*1", 2],
    ["redirects", "redirect:/elsewhere*1", 2],
    ["treats differently each time", "drop-after*1,http:502*1", 3],
  ])("%s is kept and completed", async (_, fault, attempts) => {
    const story = await tell(`generate=${fault}`);
    answeredAfterMs.push(story.answeredAfterMs);
    await expectCompleted(story);
    expect(await attemptsOf(story)).toBe(attempts);
    expect(await call("GET", `/api/v1/query/${story.submitted.taskId}`, { headers: story.tenant.auth })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    '{"code":0}',
    '{"code":0,"data":null,"ok":true}',
    '{"code":0,"data":{"taskId":null}}',
    '{"code":0,"data":{"taskId":"abc"}}',
    '{"code":0,"data":{"taskId":1.5}}',
    '{"code":0,"data":{"taskId":-4}}',
    '{"code":0,"data":[{"taskId":4}]}',
    '{"code":"0","data":{"taskId":4}}',
    '{"ok":true,"data":{"taskId":4}}',
    "null",
    "[]",
    "\ufeff{}",
  ])("answers with the nonsense %j is kept and completed", async (text) => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    await strike("generate", { kind: "body", text, when: "after" }, { prompt: tag }, { times: 1 });
    const { status, data } = await submit(tenant, body);
    expect(status).toBe(200);
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
    expect(await upstreamTasks(tag)).toHaveLength(1);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("prices strangely is charged for as was expected", async () => {
    for (const estimatedCredits of ["5", -3, null]) {
      const tenant = await createTenant();
      // A size that no other test asks for has no known price.
      const { tag, body } = plannedRequest("", { ...IMAGE, size: "2K", quality: 51 });
      await strike("generate", { kind: "patch", data: { estimatedCredits } }, { prompt: tag });
      const { data } = await submit(tenant, body);
      expect(data.estimatedCredits).toBe(10);
      expect((await untilEnded(tenant, data.taskId)).estimatedCredits).toBe(10);
      expect((await ledgerIn(tenant.tenantId)).map(({ kind }) => kind)).toEqual(["hold", "capture"]);
    }
  });
});

it("a price with a fraction is rounded up, after the markup and only once", async () => {
  const tenant = await createTenant({ markup: 2 });
  const { tag, body } = plannedRequest("", { ...IMAGE, size: "2K", quality: 52 });
  await strike("generate", { kind: "patch", data: { estimatedCredits: 2.2 } }, { prompt: tag });
  const { data } = await submit(tenant, body);
  expect(data.estimatedCredits).toBe(5);
  expect((await untilEnded(tenant, data.taskId)).estimatedCredits).toBe(5);
  const learned = plannedRequest("", { ...IMAGE, size: "2K", quality: 52 });
  await strike("generate", { kind: "patch", data: { estimatedCredits: null } }, { prompt: learned.tag });
  expect((await submit(tenant, learned.body)).data.estimatedCredits).toBe(5);
  await expectBooksInOrder(tenant.tenantId);
});

describe.concurrent("a submission that the upstream refuses", () => {
  it.each([
    [50014, 422],
    [50015, 422],
    [50001, 400],
    [50002, 400],
    [40003, 404],
    [50099, 400],
    [20003, 400],
    [-1, 400],
  ])("with code %i is refused with its code and message, HTTP %i, and was never there", async (code, status) => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    await strike("generate", { kind: "code", code, msg: "Nein: 不行!" }, { prompt: tag });
    const answer = await submit(tenant, body, { "x-idempotency-key": "again" });
    expect(answer).toMatchObject({ status, code, msg: "Nein: 不行!", data: null });
    expect(answer.headers.get("ratelimit")).not.toBeNull();
    expect(await upstreamRequests(tag)).toHaveLength(1);
    const listed = await call<{ tasks: unknown[] }>("GET", "/api/v1/tasks", { headers: tenant.auth });
    expect(listed.data.tasks).toEqual([]);
    await expectBooksInOrder(tenant.tenantId);
    expect((await ledgerIn(tenant.tenantId)).at(-1)?.balance).toBe(0);
    expect(await sqlIn(tenant.tenantId, "SELECT task_id FROM tasks WHERE idempotency_key IS NOT NULL")).toEqual([]);
    expect(await submit(tenant, body, { "x-idempotency-key": "again" })).toMatchObject({ status, code });
  });

  it("after its taskId was given out has failed, with the upstream's reason, and costs nothing", async () => {
    const tenant = await createTenant();
    const { body } = plannedRequest("generate=code:10001*1,code:50014*1");
    const first = await submit(tenant, body, { "x-idempotency-key": "k" });
    expect(first).toMatchObject({ status: 200 });
    const ended = await untilEnded(tenant, first.data.taskId);
    expect(ended).toMatchObject({ taskStatus: 3, failReason: "Reference content failed safety review" });
    expect((await ledgerIn(tenant.tenantId)).at(-1)?.balance).toBe(0);
    const replay = await submit(tenant, body, { "x-idempotency-key": "k" });
    expect(replay).toMatchObject({ status: 200, data: { taskId: first.data.taskId } });
    expect(replay.headers.get("idempotent-replayed")).toBe("true");
  });

  it("late, and after the caller was answered, has failed too", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    await strike("generate", { kind: "code", code: 50015, delayMs: 6_000 }, { prompt: tag });
    const { status, data } = await submit(tenant, body);
    expect(status).toBe(200);
    const ended = await untilEnded(tenant, data.taskId);
    expect(ended).toMatchObject({ taskStatus: 3, failReason: "Reference content blocked" });
    expect((await ledgerIn(tenant.tenantId)).at(-1)?.balance).toBe(0);
    await expectBooksInOrder(tenant.tenantId);
  });
});

describe("a caller who hangs up while the upstream thinks", () => {
  it("loses nothing: the task is there, charged once, and a repetition gets it", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generate=slow:900");
    const { exports } = await import("cloudflare:workers");
    const controller = new AbortController();
    const headers = { ...tenant.auth, "content-type": "application/json", "x-idempotency-key": "hang-up" };
    const pending = exports.default.fetch(
      new Request("https://gateway.test/api/v1/task/generate", {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        signal: controller.signal,
      }),
    );
    setTimeout(() => controller.abort(), 200);
    await pending.then(
      (response) => response.body?.cancel(),
      () => {},
    );
    await pass(300);
    const during = await submit(tenant, body, { "x-idempotency-key": "hang-up" });
    expect([200, 409]).toContain(during.status);
    let again = during;
    await until("the first request's end", async () => {
      if (again.status === 409) again = await submit(tenant, body, { "x-idempotency-key": "hang-up" });
      return again.status !== 409;
    });
    expect((await untilEnded(tenant, again.data.taskId)).taskStatus).toBe(2);
    expect(await upstreamTasks(tag)).toHaveLength(1);
    const listed = await call<{ tasks: unknown[] }>("GET", "/api/v1/tasks", { headers: tenant.auth });
    expect(listed.data.tasks).toHaveLength(1);
  });
});

describe("what is sent upstream", () => {
  it("is the tenant's body without the gateway's own fields, and nothing of the tenant's credentials", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const text = `${JSON.stringify(body).slice(0, -1)},"seed":9223372036854775807,"negativePrompt":"x","w":1.50,"metadata":{"a":"b"},"webhookUrl":"http://127.0.0.1:9/"}`;
    const { data } = await submit(tenant, text, {
      "x-idempotency-key": "my own key",
      "x-custom": "custom",
      cookie: "a=b",
    });
    const [request] = await upstreamRequests(tag);
    expect(request?.body).toBe(
      `${JSON.stringify(body).slice(0, -1)},"seed":9223372036854775807,"negativePrompt":"x","w":1.50}`,
    );
    expect(request?.idempotencyKey).not.toContain("my own key");
    const headers = JSON.stringify(request?.headers);
    for (const absent of [tenant.key, tenant.tenantId, "my own key", "custom", "a=b"])
      expect(headers).not.toContain(absent);
    expect(request?.headers["content-type"]).toBe("application/json");
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
    const query = await call("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth });
    expect(query.text).toContain('"seed":9223372036854775807');
    expect(query.data).toMatchObject({ metadata: { a: "b" }, negativePrompt: "x" });
  });

  it("has an idempotency key of its own for every task, also for two tenants' equal ones", async () => {
    const { tag, body } = plannedRequest("");
    const tenants = [await createTenant(), await createTenant()];
    const sent = await Promise.all(tenants.map((tenant) => submit(tenant, body, { "x-idempotency-key": "same" })));
    expect(new Set(sent.map(({ data }) => data.taskNo)).size).toBe(2);
    const keys = (await upstreamRequests(tag)).map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(2);
    const plain = await submit(tenants[0] as (typeof tenants)[0], { ...IMAGE, prompt: tag });
    expect(plain.status).toBe(200);
    expect(new Set((await upstreamRequests(tag)).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(3);
    expect(await upstreamTasks(tag)).toHaveLength(3);
  });
});
