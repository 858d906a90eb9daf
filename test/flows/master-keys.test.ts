/**
 * Trouble with the reseller's own account never reaches a tenant as his. A key in trouble is left alone for a while in this
 * isolate, so these stories are told in order, each with the clock moved past the one before.
 */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { masterKeyHealth } from "../../src/courier/master-keys.ts";
import { KEY_REST_MS } from "../../src/domain/key-trouble.ts";
import { encodeHex, sha256, utf8 } from "../../src/lib/bytes.ts";
import { logged } from "../support/confidential.ts";
import { plannedRequest, submit } from "../support/flow.ts";
import { call, createTenant, IMAGE, untilEnded } from "../support/gateway.ts";
import { expectBooksInOrder, ledgerIn, sqlIn, tenantStub } from "../support/tenant-object.ts";
import { pass } from "../support/until.ts";
import { clearFault, endUpstream, strike, upstreamRequests, upstreamTasks } from "../support/upstream.ts";

const FIRST = "sh-test-one";
const SECOND = "sh-test-two";
const keysUsed = async (tag: string) => (await upstreamRequests(tag)).map(({ key }) => key);

const idOf = async (key: string) => encodeHex(await sha256(utf8(key))).slice(0, 12);
const anyUse = (tenantId: string) => ({ tenantId, shape: "", credits: 1_000_000 });

/** This isolate drops what it knows of the keys, as if the time for which they rest had passed. */
const forgetTroubles = () => masterKeyHealth.reset();
beforeEach(forgetTroubles);
afterEach(forgetTroubles);

describe("a master key that is refused", () => {
  it.each([
    ["code:20001"],
    ["code:20002"],
    ["code:20008"],
    ["code:60001"],
  ])("with %s makes way for the next, once, and nobody notices", async (fault) => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const id = await strike("generate", fault, { prompt: tag, key: FIRST });
    const { status, data } = await submit(tenant, body);
    expect(status).toBe(200);
    expect(await keysUsed(tag)).toEqual([FIRST, SECOND]);
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
    const tasks = await upstreamTasks(tag);
    expect(tasks).toHaveLength(1);
    expect(logged("master-key-refused").length).toBeGreaterThan(0);
    // It is left alone for now: the next submission goes to the other at once.
    const next = plannedRequest("");
    expect((await submit(tenant, next.body)).status).toBe(200);
    expect(await keysUsed(next.tag)).toEqual([SECOND]);
    await clearFault(id);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("is preferred again once its time alone has passed", async () => {
    const tenant = await createTenant();
    const [one, two] = [plannedRequest(""), plannedRequest("")];
    masterKeyHealth.refused(await idOf(FIRST), anyUse(tenant.tenantId), 20008, Date.now() - KEY_REST_MS + 400);
    await submit(tenant, one.body);
    await pass(450);
    await submit(tenant, two.body);
    expect([await keysUsed(one.tag), await keysUsed(two.tag)]).toEqual([[SECOND], [FIRST]]);
  });
});

describe("when every master key is refused", () => {
  it("the tenant gets 503, nothing is left behind, and submissions work again later", async () => {
    const tenant = await createTenant({ billing: "unmetered" });
    const { tag, body } = plannedRequest("");
    const id = await strike("generate", "code:20008", { prompt: tag });
    const answer = await submit(tenant, body, { "x-idempotency-key": "k" });
    expect(answer).toMatchObject({ status: 503, code: 10001, data: null });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(answer.headers.get("retry-after"))).toBeLessThanOrEqual(30);
    expect(answer.text).not.toMatch(/key|20008|account/i);
    expect(await keysUsed(tag)).toEqual([FIRST, SECOND]);
    // For a while the upstream is not bothered at all.
    expect(await submit(tenant, IMAGE)).toMatchObject({ status: 503, code: 10001 });
    expect(await keysUsed(tag)).toHaveLength(2);
    const listed = await call<{ tasks: unknown[] }>("GET", "/api/v1/tasks", { headers: tenant.auth });
    expect(listed.data.tasks).toEqual([]);
    expect(await sqlIn(tenant.tenantId, "SELECT task_id FROM tasks WHERE idempotency_key IS NOT NULL")).toEqual([]);
    expect((await ledgerIn(tenant.tenantId)).at(-1)?.balance).toBe(0);
    const ids = await Promise.all([FIRST, SECOND].map(idOf));
    const retryAt = masterKeyHealth.retryAt(ids, anyUse(tenant.tenantId), Date.now());
    expect(retryAt).toBeGreaterThan(Date.now());
    expect(retryAt).toBeLessThanOrEqual(Date.now() + 30_000);
    await clearFault(id);
    forgetTroubles();
    const again = await submit(tenant, body, { "x-idempotency-key": "k" });
    expect(again.status).toBe(200);
    expect(again.headers.get("idempotent-replayed")).toBeNull();
    expect((await untilEnded(tenant, again.data.taskId)).taskStatus).toBe(2);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("a caller who would be turned away has them tried again, if not just now, and one caller at a time", async () => {
    const tenant = await createTenant();
    const ids = await Promise.all([FIRST, SECOND].map(idOf));
    const use = anyUse(tenant.tenantId);
    for (const id of ids) masterKeyHealth.refused(id, use, 20008, Date.now() - 5_000);
    const requests = [1, 2, 3].map(() => plannedRequest(""));
    const refused = await Promise.all(requests.map(({ tag }) => strike("generate", "code:20008", { prompt: tag })));
    const answers = await Promise.all(requests.map(({ body }) => submit(tenant, body)));
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect((await Promise.all(requests.map(({ tag }) => keysUsed(tag)))).flat().toSorted()).toEqual([FIRST, SECOND]);
    // Whoever can wait is still due when he was: the new refusals have not moved that.
    expect(masterKeyHealth.retryAt(ids, use, Date.now())).toBeLessThanOrEqual(Date.now() + 15_000);
    await Promise.all(refused.map(clearFault));
    for (const id of ids) masterKeyHealth.asking(id, use, Date.now() - 5_000);
    const { tag, body } = plannedRequest("");
    expect((await submit(tenant, body)).status).toBe(200);
    expect(await keysUsed(tag)).toEqual([FIRST]);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("the reseller being out of credits is no business of the tenant's", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const id = await strike(
      "generate",
      { kind: "code", code: 60001, msg: "Insufficient credits: 0 left" },
      { prompt: tag },
    );
    const answer = await submit(tenant, body);
    expect(answer).toMatchObject({ status: 503, code: 10001 });
    expect(answer.text).not.toMatch(/credit/i);
    await clearFault(id);
  });

  it("a task that was answered already is kept, and goes on when one works again", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const busy = await strike("generate", "code:10001", { prompt: tag }, { times: 1 });
    const refused = await strike("generate", "code:20008", { prompt: tag }, { times: 1 });
    const { status, data } = await submit(tenant, body);
    expect(status).toBe(200);
    await expect.poll(() => keysUsed(tag)).toHaveLength(2);
    // Its next attempt is some seconds away; the test makes it due now. The refusal is written in the meantime.
    await pass(500);
    forgetTroubles();
    await sqlIn(tenant.tenantId, "UPDATE tasks SET due_at = 1");
    await evictDurableObject(tenantStub(tenant.tenantId));
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
    // The first may have been accepted for all anybody knew, so it never went to another account.
    expect(await keysUsed(tag)).toEqual([FIRST, FIRST, FIRST]);
    for (const id of [busy, refused]) await clearFault(id);
  });
});

describe("a task bound to a master key", () => {
  it("is asked about under it, also when another is preferred by then", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("never");
    const id = await strike("generate", "code:20008", { prompt: tag, key: FIRST });
    const { data } = await submit(tenant, body);
    await clearFault(id);
    forgetTroubles();
    const [task] = await upstreamTasks(tag);
    await expect.poll(async () => (await upstreamTasks(tag))[0]?.queries ?? 0).toBeGreaterThan(2);
    await endUpstream(task?.taskId ?? "", "completed");
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
  });

  it("survives that the key is refused for its queries, and new tasks are not kept out", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("never");
    const id = await strike("query", "code:20008", { prompt: tag }, { times: 1 });
    const { data } = await submit(tenant, body);
    await expect.poll(async () => (await upstreamTasks(tag))[0]?.queries ?? 0).toBeGreaterThan(0);
    const next = plannedRequest("");
    expect((await submit(tenant, next.body)).status).toBe(200);
    expect(await keysUsed(next.tag)).toEqual([FIRST]);
    const task = await call("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth });
    expect(task.data.taskStatus).toBeLessThan(2);
    await clearFault(id);
  });
});
