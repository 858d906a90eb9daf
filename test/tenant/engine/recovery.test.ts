/** What is on disk is enough: an object that goes away in any phase of a task, or whose alarm comes twice, loses nothing. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PHASE } from "../../../src/domain/task.ts";
import { Tenant } from "../../../src/tenant/object.ts";
import { logged } from "../../support/confidential.ts";
import { download, plannedRequest, submit } from "../../support/flow.ts";
import {
  call,
  createTenant,
  IMAGE,
  OPERATOR,
  type TaskData,
  type TestTenant,
  untilEnded,
} from "../../support/gateway.ts";
import { alarmOf, expectBooksInOrder, moneyOf, sqlIn, taskRowIn, tenantStub } from "../../support/tenant-object.ts";
import { pass, until } from "../../support/until.ts";
import {
  clearFault,
  endUpstream,
  strike,
  upstreamFiles,
  upstreamRequests,
  upstreamTasks,
} from "../../support/upstream.ts";

const evict = (tenant: TestTenant) => evictDurableObject(tenantStub(tenant.tenantId));
const query = async (tenant: TestTenant, taskId: number) =>
  (await call<TaskData>("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth })).data;

describe("an object that is evicted", () => {
  it("while the upstream has not accepted it is submitted again under the same key, by its alarm alone", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const fault = await strike("generate", "drop-after", { prompt: tag });
    const { data } = await submit(tenant, body, { "x-idempotency-key": "k" });
    await evict(tenant);
    await clearFault(fault);
    await expect.poll(async () => (await upstreamTasks(tag))[0]?.ended, { timeout: 8_000 }).toBe(true);
    expect(await untilEnded(tenant, data.taskId)).toMatchObject({ taskStatus: 2 });
    const requests = await upstreamRequests(tag);
    expect(requests.length).toBeGreaterThanOrEqual(2);
    expect(new Set(requests.map(({ idempotencyKey, key }) => `${idempotencyKey} ${key}`)).size).toBe(1);
    expect(await upstreamTasks(tag)).toHaveLength(1);
    const replay = await submit(tenant, body, { "x-idempotency-key": "k" });
    expect(replay.headers.get("idempotent-replayed")).toBe("true");
    expect(replay.data.taskId).toBe(data.taskId);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("while a task is running goes on asking about it, by its alarm alone, with its progress kept", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("never");
    const { data } = await submit(tenant, body);
    await expect.poll(async () => (await query(tenant, data.taskId)).progress).toBe(99);
    await evict(tenant);
    const [before] = await upstreamTasks(tag);
    await expect
      .poll(async () => (await upstreamTasks(tag))[0]?.queries ?? 0)
      .toBeGreaterThan((before?.queries ?? 0) + 2);
    expect(await query(tenant, data.taskId)).toMatchObject({ taskStatus: 1, progress: 99 });
    const view = await call("GET", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR });
    expect(view.data).toMatchObject({ runningTasks: 1, balance: -data.estimatedCredits });
    await evict(tenant);
    await endUpstream(before?.taskId ?? "", "completed");
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
    expect((await moneyOf(tenant.tenantId, data.taskId)).kinds.at(-1)).toBe("capture");
  });

  it("while files are being copied copies them again", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("file=slow:1500*1");
    const { data } = await submit(tenant, body);
    await expect.poll(async () => (await taskRowIn(tenant.tenantId, data.taskId)).phase).toBe(PHASE.mirroring);
    await evict(tenant);
    const ended = await untilEnded(tenant, data.taskId);
    expect(ended.results[0]).toMatchObject({ mirrored: true, fileUrl: data.resultUrls[0] });
    const [file] = await upstreamFiles((await upstreamTasks(tag))[0]?.taskId ?? "");
    expect(await download(data.resultUrls[0] ?? "")).toMatchObject({ status: 200, sha256: file?.sha256 });
    await expectBooksInOrder(tenant.tenantId);
  });

  it("after the end of a task answers as before, and has nothing to do", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("");
    const { data } = await submit(tenant, { ...body, metadata: { a: "b" } });
    await untilEnded(tenant, data.taskId);
    const path = `/api/v1/query/${data.taskId}`;
    const before = await call("GET", path, { headers: tenant.auth });
    const asked = (await upstreamTasks(tag))[0]?.queries;
    await evict(tenant);
    await runDurableObjectAlarm(tenantStub(tenant.tenantId));
    expect((await call("GET", path, { headers: tenant.auth })).text).toBe(before.text);
    expect((await upstreamTasks(tag))[0]?.queries).toBe(asked);
    expect((await sqlIn(tenant.tenantId, "SELECT task_id FROM tasks WHERE due_at IS NOT NULL")).length).toBe(0);
  });

  it("remembers keys, settings and their cancellation", async () => {
    const tenant = await createTenant({ billing: "prepaid", markup: 2.5, models: ["Seedance 2.0"] });
    const path = `/admin/v1/tenants/${tenant.tenantId}`;
    const before = await call("GET", path, { headers: OPERATOR });
    await evict(tenant);
    expect((await call("GET", path, { headers: OPERATOR })).data).toEqual(before.data);
    await call("DELETE", `${path}/keys/${tenant.keyId}`, { headers: OPERATOR });
    await evict(tenant);
    expect((await call("GET", "/api/v1/tasks", { headers: tenant.auth })).status).toBe(401);
  });
});

describe("an alarm that comes twice", () => {
  it("submits once, asks once and settles once", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generateMs=1000 query=slow:100");
    const fault = await strike("generate", "http:503", { prompt: tag });
    const { data } = await submit(tenant, body);
    await clearFault(fault);
    const stub = tenantStub(tenant.tenantId);
    await sqlIn(tenant.tenantId, "UPDATE tasks SET due_at = 0 WHERE task_id = ?", data.taskId);
    await evict(tenant);
    await Promise.all([runDurableObjectAlarm(stub), runDurableObjectAlarm(stub), runDurableObjectAlarm(stub)]);
    await expect.poll(async () => (await upstreamRequests(tag)).length).toBe(2);
    await until("the task to end", async () => {
      await Promise.all([runDurableObjectAlarm(stub), runDurableObjectAlarm(stub)]);
      return (await query(tenant, data.taskId)).taskStatus === 2;
    });
    await runDurableObjectAlarm(stub);
    await runDurableObjectAlarm(stub);
    expect(await upstreamRequests(tag)).toHaveLength(2);
    const times = (await upstreamTasks(tag))[0]?.queriedAt ?? [];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(40);
    expect((await moneyOf(tenant.tenantId, data.taskId)).kinds.filter((kind) => kind === "capture")).toHaveLength(1);
    const [file] = await upstreamFiles((await upstreamTasks(tag))[0]?.taskId ?? "");
    expect(file?.completeDownloads).toBe(1);
    await expectBooksInOrder(tenant.tenantId);
  });
});

describe("an object whose task failed unexpectedly", () => {
  it("neither throws nor spins, and its other tasks go on", async () => {
    const tenant = await createTenant();
    const [broken, whole] = [await submit(tenant, plannedRequest("never").body), await submit(tenant, IMAGE)];
    await expect.poll(async () => (await query(tenant, broken.data.taskId)).progress).toBe(99);
    const broke = "UPDATE tasks SET phase = 2, files = '{not json', due_at = 1 WHERE task_id = ?";
    await sqlIn(tenant.tenantId, broke, broken.data.taskId);
    await evict(tenant);
    await runDurableObjectAlarm(tenantStub(tenant.tenantId));
    expect((await untilEnded(tenant, whole.data.taskId)).taskStatus).toBe(2);
    await pass(1_000);
    const failures = logged("task-work").filter(({ taskId }) => taskId === broken.data.taskId);
    expect(failures.length).toBeGreaterThanOrEqual(1);
    expect(failures.length).toBeLessThanOrEqual(3);
    const next = (await alarmOf(tenant.tenantId)) ?? 0;
    expect(next).toBeGreaterThan(Date.now() - 1_000);
    expect(next).toBeLessThan(Date.now() + 31_000);
  });
});

describe("an alarm under a broken configuration", () => {
  it("does not throw, and comes again", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("never").body);
    await evict(tenant);
    const next = await runInDurableObject(tenantStub(tenant.tenantId), async (_instance, state) => {
      await state.storage.deleteAlarm();
      await new Tenant(state, { ...(env as unknown as Bindings), POLL_MIN_MS: "soon" }).alarm();
      return state.storage.getAlarm();
    });
    expect(next).toBeGreaterThan(Date.now() + 20_000);
    expect(logged("alarm").at(-1)?.error).toContain("POLL_MIN_MS");
    // The object's next life has the right settings again.
    await evict(tenant);
    expect((await query(tenant, data.taskId)).taskId).toBe(data.taskId);
  });
});

describe("an object that never was a tenant", () => {
  it("has no storage and no alarm after it was asked for", async () => {
    const tenantId = "ten_00112233445566778899";
    for (const [method, path] of [
      ["GET", ""],
      ["PATCH", ""],
      ["GET", "/keys"],
      ["POST", "/keys"],
    ]) {
      const body = method === "GET" ? undefined : { name: "x" };
      const answer = await call(method as string, `/admin/v1/tenants/${tenantId}${path}`, { headers: OPERATOR, body });
      expect(answer).toMatchObject({ status: 404, code: 40002 });
    }
    const stub = tenantStub(tenantId);
    await runDurableObjectAlarm(stub);
    const [tables, alarm] = await runInDurableObject(stub, async (_instance, state) => [
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").toArray(),
      await state.storage.getAlarm(),
    ]);
    expect({ tables, alarm }).toEqual({ tables: [], alarm: null });
  });
});
