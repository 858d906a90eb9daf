/** `X-Idempotency-Key` (contract section 3): the same request twice is one task. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { plannedRequest, submit } from "../support/flow.ts";
import { call, createTenant, IMAGE, OPERATOR, type TestTenant, untilEnded } from "../support/gateway.ts";
import { ledgerIn, sqlIn, tenantStub } from "../support/tenant-object.ts";
import { strike, upstreamRequests, upstreamTasks } from "../support/upstream.ts";

const KEY = { "x-idempotency-key": "order 4711" };
const isReplay = (answer: { headers: Headers }) => answer.headers.get("idempotent-replayed") === "true";
const keysOf = ({ tenantId }: TestTenant) =>
  sqlIn(tenantId, "SELECT idempotency_key AS key, task_id FROM tasks WHERE idempotency_key IS NOT NULL");

describe("the same key and body", () => {
  it("gets the same response, marked as a replay, and spends nothing", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const first = await submit(tenant, body, KEY);
    expect(first).toMatchObject({ status: 200, code: 0 });
    expect(isReplay(first)).toBe(false);
    for (let round = 0; round < 3; round += 1) {
      const again = await submit(tenant, body, KEY);
      expect(again.text).toBe(first.text);
      expect(isReplay(again)).toBe(true);
      expect(again.headers.get("ratelimit")).not.toBeNull();
    }
    expect(await upstreamRequests(tag)).toHaveLength(1);
    expect((await ledgerIn(tenant.tenantId)).filter(({ kind }) => kind === "hold")).toHaveLength(1);
    await untilEnded(tenant, first.data.taskId);
    expect((await submit(tenant, body, KEY)).data.taskId).toBe(first.data.taskId);
  });

  it("may have another order of properties, other white space, and other spellings of numbers", async () => {
    const tenant = await createTenant();
    const first = await submit(
      tenant,
      '{"model":"Imagen Nano Banana 2","taskName":"a","type":"txt","prompt":"b","imageCount":1}',
      KEY,
    );
    const again = await submit(
      tenant,
      '{ "imageCount": 1.0, "prompt": "\\u0062",\n "type": "txt", "taskName": "a", "model": "Imagen Nano Banana 2" }',
      KEY,
    );
    expect(again.text).toBe(first.text);
    expect(isReplay(again)).toBe(true);
  });

  it.each([
    [{ "idempotency-key": "order 4711" }],
    [{ "x-idempotency-key": "  order 4711  " }],
    [{ "x-idempotency-key": "order 4711", "idempotency-key": "order 4711" }],
  ])("may come under either header: %j", async (headers) => {
    const tenant = await createTenant();
    const { body } = plannedRequest("");
    const first = await submit(tenant, body, KEY);
    const again = await submit(tenant, body, headers);
    expect(again.data.taskId).toBe(first.data.taskId);
  });

  it("may come with another key of the same tenant", async () => {
    const tenant = await createTenant();
    const second = await call<{ key: string }>("POST", `/admin/v1/tenants/${tenant.tenantId}/keys`, {
      headers: OPERATOR,
      body: { name: "second" },
    });
    const { tag, body } = plannedRequest("");
    const first = await submit(tenant, body, KEY);
    const auth = { authorization: `Bearer ${second.data.key}` };
    const again = await submit({ ...tenant, auth }, body, KEY);
    expect(again.data.taskId).toBe(first.data.taskId);
    expect(isReplay(again)).toBe(true);
    expect(await upstreamTasks(tag)).toHaveLength(1);
  });

  it("of another tenant have nothing to do with it", async () => {
    const [one, two] = [await createTenant(), await createTenant()];
    const { tag, body } = plannedRequest("");
    const [first, second] = [await submit(one, body, KEY), await submit(two, body, KEY)];
    expect(isReplay(second)).toBe(false);
    expect(second.data.taskNo).not.toBe(first.data.taskNo);
    expect(await upstreamTasks(tag)).toHaveLength(2);
  });

  it("after the object went away and came back are still known", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const first = await submit(tenant, body, KEY);
    await evictDurableObject(tenantStub(tenant.tenantId));
    const again = await submit(tenant, body, KEY);
    expect(again.text).toBe(first.text);
    expect(isReplay(again)).toBe(true);
    expect(await upstreamRequests(tag)).toHaveLength(1);
  });

  it("are still known when the tenant has reached its limits or its balance is used up", async () => {
    const tenant = await createTenant({ concurrentTasks: 1 });
    const { body } = plannedRequest("never");
    const first = await submit(tenant, body, KEY);
    const settings = { billing: "prepaid", concurrentTasks: 0, models: ["Seedance 2.0"] };
    await call("PATCH", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR, body: settings });
    expect((await submit(tenant, body, KEY)).data.taskId).toBe(first.data.taskId);
    expect((await submit(tenant, body)).status).toBe(403);
  });

  it("many times at once are one task: the others get 409, or its response", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generate=slow:300");
    const answers = await Promise.all(Array.from({ length: 30 }, () => submit(tenant, body, KEY)));
    expect(await upstreamRequests(tag)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200 && !isReplay(answer))).toHaveLength(1);
    const waiting = answers.filter(({ status }) => status !== 200);
    expect(waiting.length).toBe(29);
    for (const answer of waiting) {
      expect(answer).toMatchObject({ status: 409, code: 70003 });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(isReplay(await submit(tenant, body, KEY))).toBe(true);
  });

  it("never get 409 after a 200, also while submission continues in the background", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generate=code:10001*2");
    const first = await submit(tenant, body, KEY);
    expect(first.status).toBe(200);
    const again = await Promise.all(Array.from({ length: 10 }, () => submit(tenant, body, KEY)));
    for (const answer of again) expect(answer).toMatchObject({ status: 200, data: { taskId: first.data.taskId } });
    expect((await untilEnded(tenant, first.data.taskId)).taskStatus).toBe(2);
    const late = await submit(tenant, body, KEY);
    // The price is the present one: the upstream has meanwhile said what it is.
    expect(late.data.estimatedCredits).toBe((await upstreamTasks(tag))[0]?.credits);
  });
});

describe("the same key and another body", () => {
  it("is a mistake, also while the first is still running", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generate=slow:300");
    const pending = submit(tenant, body, KEY);
    await expect.poll(async () => (await upstreamRequests(tag)).length).toBe(1);
    const others = [
      { ...body, prompt: "something else" },
      { ...body, seed: 1 },
      { ...body, metadata: { a: "b" } },
    ];
    for (const other of others) {
      expect(await submit(tenant, other, KEY)).toMatchObject({ status: 422, code: 70003, data: null });
    }
    expect((await pending).status).toBe(200);
    expect(await submit(tenant, others[0] ?? {}, KEY)).toMatchObject({ status: 422, code: 70003 });
    const huge = (digits: string) => `${JSON.stringify(body).slice(0, -1)},"seed":${digits}}`;
    const other = { "x-idempotency-key": "longs" };
    expect((await submit(tenant, huge("9007199254740993"), other)).status).toBe(200);
    expect((await submit(tenant, huge("9007199254740992"), other)).status).toBe(422);
  });
});

describe("a key whose request was refused", () => {
  it.each([
    ["for a wrong field", { ...IMAGE, size: "8K" }],
    ["for its model", { ...IMAGE, model: "No such model" }],
  ])("%s is not used up", async (_, wrong) => {
    const tenant = await createTenant();
    expect((await submit(tenant, wrong, KEY)).code).not.toBe(0);
    expect(await keysOf(tenant)).toEqual([]);
    expect(await submit(tenant, IMAGE, KEY)).toMatchObject({ status: 200 });
  });

  it("for want of credits is not used up", async () => {
    const tenant = await createTenant({ billing: "prepaid" });
    expect((await submit(tenant, IMAGE, KEY)).code).toBe(60001);
    await call("PATCH", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR, body: { billing: "unmetered" } });
    const answer = await submit(tenant, { ...IMAGE, prompt: "another body" }, KEY);
    expect(answer).toMatchObject({ status: 200 });
    expect(isReplay(answer)).toBe(false);
  });

  it("by the upstream is not used up", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    await strike("generate", "code:50014", { prompt: tag }, { times: 1 });
    expect((await submit(tenant, body, KEY)).code).toBe(50014);
    const answer = await submit(tenant, body, KEY);
    expect(answer).toMatchObject({ status: 200 });
    expect(isReplay(answer)).toBe(false);
    expect(await upstreamTasks(tag)).toHaveLength(1);
  });
});

describe("a key whose task was deleted", () => {
  it("may be used anew", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const first = await submit(tenant, body, KEY);
    await untilEnded(tenant, first.data.taskId);
    expect((await call("DELETE", `/api/v1/tasks/${first.data.taskId}`, { headers: tenant.auth })).status).toBe(200);
    const second = await submit(tenant, { ...body, seed: 5 }, KEY);
    expect(second.status).toBe(200);
    expect(isReplay(second)).toBe(false);
    expect(second.data.taskId).not.toBe(first.data.taskId);
    const again = await submit(tenant, { ...body, seed: 5 }, KEY);
    expect({ taskId: again.data.taskId, replay: isReplay(again) }).toEqual({
      taskId: second.data.taskId,
      replay: true,
    });
    expect(await upstreamTasks(tag)).toHaveLength(2);
  });
});

describe("a key past its 24 hours", () => {
  it("may be used anew", async () => {
    const tenant = await createTenant();
    const { body } = plannedRequest("");
    const first = await submit(tenant, body, KEY);
    await untilEnded(tenant, first.data.taskId);
    await sqlIn(tenant.tenantId, "UPDATE tasks SET created_at = created_at - 86400000");
    await evictDurableObject(tenantStub(tenant.tenantId));
    const second = await submit(tenant, { ...body, seed: 6 }, KEY);
    expect(second.status).toBe(200);
    expect(second.data.taskId).not.toBe(first.data.taskId);
    const again = await submit(tenant, { ...body, seed: 6 }, KEY);
    expect({ taskId: again.data.taskId, replay: isReplay(again) }).toEqual({
      taskId: second.data.taskId,
      replay: true,
    });
  });
});

describe("a key that is none", () => {
  it.each([
    [{ "x-idempotency-key": "" }],
    [{ "x-idempotency-key": "   " }],
    [{ "x-idempotency-key": "x".repeat(256) }],
    [{ "x-idempotency-key": "é" }],
    [{ "x-idempotency-key": "a\tb" }],
    [{ "x-idempotency-key": "a", "idempotency-key": "b" }],
  ])("is refused: %j", async (headers) => {
    const tenant = await createTenant();
    expect(await submit(tenant, IMAGE, headers)).toMatchObject({ status: 400, code: 30001 });
    expect(await ledgerIn(tenant.tenantId)).toEqual([]);
  });

  it("may be long and odd", async () => {
    const tenant = await createTenant();
    for (const key of ["x".repeat(255), "!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~", "0"]) {
      expect((await submit(tenant, IMAGE, { "x-idempotency-key": key })).status).toBe(200);
    }
    expect(await keysOf(tenant)).toHaveLength(3);
  });
});
