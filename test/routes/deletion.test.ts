import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { plannedRequest, submit } from "../support/flow.ts";
import { call, createTenant, type TaskData, type TestTenant, untilEnded } from "../support/gateway.ts";
import { operate, tokenFor } from "../support/operator.ts";
import { alarmOf, expectBooksInOrder, ledgerIn, sqlIn, taskRowIn, tenantStub } from "../support/tenant-object.ts";
import { until } from "../support/until.ts";
import { upstreamTasks } from "../support/upstream.ts";

const { FILES } = env as unknown as Bindings;

const remove = (tenant: Pick<TestTenant, "auth">, taskId: number) =>
  call<{ taskId: number }>("DELETE", `/api/v1/tasks/${taskId}`, { headers: tenant.auth });

async function finished(tenant: TestTenant, plan = "", headers: Record<string, string> = {}) {
  const { tag, body } = plannedRequest(plan);
  const { data } = await submit(tenant, body, headers);
  return { ...data, tag, body, task: await untilEnded(tenant, data.taskId) };
}

async function filesOf(tenantId: string): Promise<string[]> {
  return (await FILES.list({ prefix: `results/${tenantId}/` })).objects.map(({ key }) => key);
}

describe("DELETE /api/v1/tasks/{taskId}", () => {
  it("deletes a finished task: no query, no list, no file, and its URLs answer 410", async () => {
    const tenant = await createTenant();
    const kept = await finished(tenant);
    const { taskId, resultUrls } = await finished(tenant, "thumbnail");
    expect(await filesOf(tenant.tenantId)).toHaveLength(3);
    expect(await remove(tenant, taskId)).toMatchObject({ status: 200, code: 0, data: { taskId } });
    expect(await filesOf(tenant.tenantId)).toHaveLength(1);
    for (const url of resultUrls) {
      for (const variant of [url, `${url}?w=64`, url.replace("/0.png", "/t0.png")]) {
        expect((await call("GET", variant)).status, variant).toBe(410);
      }
    }
    const gone = { status: 404, code: 40002 };
    expect(await call("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth })).toMatchObject(gone);
    expect(await remove(tenant, taskId)).toMatchObject(gone);
    const list = await call<{ tasks: TaskData[] }>("GET", "/api/v1/tasks", { headers: tenant.auth });
    expect(list.data.tasks.map((task) => task.taskId)).toEqual([kept.taskId]);
    expect((await call("GET", kept.resultUrls[0] ?? "")).status).toBe(200);
  });

  it("keeps nothing of the tenant's input, and all of its costs", async () => {
    const tenant = await createTenant();
    const { taskId, tag } = await finished(tenant);
    const before = await ledgerIn(tenant.tenantId);
    await remove(tenant, taskId);
    expect(JSON.stringify(await taskRowIn(tenant.tenantId, taskId))).not.toContain(tag);
    expect(await ledgerIn(tenant.tenantId)).toEqual(before);
    await expectBooksInOrder(tenant.tenantId);
  });

  it("is refused while the task is running, and changes nothing", async () => {
    const tenant = await createTenant();
    const { data } = await submit(tenant, plannedRequest("delayMs=600").body);
    expect(await remove(tenant, data.taskId)).toMatchObject({ status: 409, code: 70005 });
    expect((await untilEnded(tenant, data.taskId)).taskStatus).toBe(2);
    expect((await remove(tenant, data.taskId)).status).toBe(200);
  });

  it("works for tasks that failed", async () => {
    const tenant = await createTenant();
    const { taskId } = await finished(tenant, "fail");
    expect((await remove(tenant, taskId)).status).toBe(200);
  });

  it("frees the idempotency key, and no other", async () => {
    const tenant = await createTenant();
    const first = await finished(tenant, "", { "x-idempotency-key": "order-1" });
    const other = await finished(tenant, "", { "x-idempotency-key": "order-2" });
    await remove(tenant, first.taskId);
    const again = await submit(tenant, first.body, { "x-idempotency-key": "order-1" });
    expect(again.status).toBe(200);
    expect(again.headers.get("idempotent-replayed")).toBeNull();
    expect(again.data.taskId).not.toBe(first.taskId);
    expect(await upstreamTasks(first.tag)).toHaveLength(2);
    const replayed = await submit(tenant, other.body, { "x-idempotency-key": "order-2" });
    expect(replayed.data.taskId).toBe(other.taskId);
    // Another body under a key that is free again is no conflict either.
    await untilEnded(tenant, again.data.taskId);
    await remove(tenant, again.data.taskId);
    expect((await submit(tenant, plannedRequest("").body, { "x-idempotency-key": "order-1" })).status).toBe(200);
  });

  it("is allowed to the owner only", async () => {
    const tenant = await createTenant();
    const stranger = await createTenant();
    const { taskId } = await finished(tenant);
    expect(await remove(stranger, taskId)).toMatchObject({ status: 404, code: 40002 });
    const ann = { auth: await tokenFor(tenant, { endUser: "ann" }) };
    expect(await remove(ann, taskId)).toMatchObject({ status: 403, code: 20003 });
    const annsOwn = await submit({ ...tenant, ...ann }, plannedRequest("").body);
    await untilEnded(tenant, annsOwn.data.taskId);
    expect((await remove(ann, annsOwn.data.taskId)).status).toBe(200);
    const reader = await operate<{ key: string }>("POST", `/tenants/${tenant.tenantId}/keys`, {
      name: "reader",
      scopes: ["read"],
    });
    const readOnly = { auth: { authorization: `Bearer ${reader.data.key}` } };
    expect(await remove(readOnly, taskId)).toMatchObject({ status: 403, code: 20002 });
    expect((await untilEnded(tenant, taskId)).taskStatus).toBe(2);
  });

  it("outlives a copy that is under way: nothing of it stays", async () => {
    const tenant = await createTenant({});
    // The grace is 10 s here; the file takes longer, so the task ends while it is being copied.
    const { taskId, resultUrls } = await finished(tenant, "bytes=60000 file=trickle:14000*1");
    expect((await taskRowIn(tenant.tenantId, taskId)).files).toContain("waiting");
    expect((await remove(tenant, taskId)).status).toBe(200);
    expect((await call("GET", resultUrls[0] ?? "")).status).toBe(410);
    // Once more when no copy can be under way: it may have outlived the object that started it.
    const { due_at, files } = await taskRowIn(tenant.tenantId, taskId);
    expect(files).toBeNull();
    expect(due_at).toBeGreaterThan(Date.now() + 10 * 60_000);
    expect(await alarmOf(tenant.tenantId)).toBeLessThanOrEqual((due_at ?? 0) + 1_000);
    await FILES.put(`${await prefixOf(resultUrls[0] ?? "", tenant)}0`, "landed late");
    await sqlIn(tenant.tenantId, "UPDATE tasks SET due_at = 1 WHERE task_id = ?", taskId);
    await restart(tenant.tenantId);
    await until("its files to be gone", async () => (await filesOf(tenant.tenantId)).length === 0);
    await until("its work to be done", async () => (await taskRowIn(tenant.tenantId, taskId)).due_at === null);
  }, 30_000);

  it("is finished by the alarm when it was cut short", async () => {
    const tenant = await createTenant();
    const { taskId, resultUrls } = await finished(tenant);
    const stored = await filesOf(tenant.tenantId);
    expect(stored).toHaveLength(1);
    // As a crash right after the decision leaves it: the row says deleted, the files are there.
    await sqlIn(
      tenant.tenantId,
      "UPDATE tasks SET deleted_at = ?, due_at = ?, has_work = 1, files = NULL WHERE task_id = ?",
      1,
      1,
      taskId,
    );
    await restart(tenant.tenantId);
    await until("its files to be gone", async () => (await filesOf(tenant.tenantId)).length === 0);
    expect((await call("GET", resultUrls[0] ?? "")).status).toBe(410);
    await until("its work to be done", async () => (await taskRowIn(tenant.tenantId, taskId)).due_at === null);
  });
});

/** The R2 prefix of a file URL. */
async function prefixOf(url: string, { tenantId }: TestTenant): Promise<string> {
  const [, token = ""] = /\/files\/([^/]+)\//.exec(url) ?? [];
  return `results/${tenantId}/${token}/`;
}

/** The object forgets its memory and its alarm runs, as after a crash. */
async function restart(tenantId: string): Promise<void> {
  await evictDurableObject(tenantStub(tenantId));
  await runInDurableObject(tenantStub(tenantId), (_instance, state) => state.storage.setAlarm(Date.now()));
  await runDurableObjectAlarm(tenantStub(tenantId));
}
