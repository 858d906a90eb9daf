import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { plannedRequest, submit } from "../../support/flow.ts";
import { call, createTenant, type TaskData, type TestTenant, untilEnded } from "../../support/gateway.ts";
import { operate } from "../../support/operator.ts";
import { alarmOf, ledgerIn, sqlIn, tenantStub } from "../../support/tenant-object.ts";
import { until } from "../../support/until.ts";

const { FILES } = env as unknown as Bindings;
const DAY_MS = 86_400_000;

afterEach(() => void vi.useRealTimers());

/** Moves the clock that the gateway reads, which goes on from there; the platform's alarms do not follow it. */
function goForward(ms: number): void {
  const then = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"], shouldAdvanceTime: true });
  vi.setSystemTime(then);
}

async function finished(tenant: TestTenant) {
  const { data } = await submit(tenant, { ...plannedRequest("").body, metadata: { order: "1" } });
  await untilEnded(tenant, data.taskId);
  return data;
}

async function tasksOf(tenant: TestTenant): Promise<number[]> {
  const { data } = await call<{ tasks: TaskData[] }>("GET", "/api/v1/tasks?limit=100", { headers: tenant.auth });
  return data.tasks.map(({ taskId }) => taskId);
}

async function filesOf({ tenantId }: TestTenant): Promise<number> {
  return (await FILES.list({ prefix: `results/${tenantId}/` })).objects.length;
}

/** Runs the alarm, and again, until the condition holds. */
async function alarmUntil({ tenantId }: TestTenant, holds: () => Promise<boolean>): Promise<void> {
  await until("the alarm's work", async () => {
    await runInDurableObject(tenantStub(tenantId), (_instance, state) => state.storage.setAlarm(Date.now()));
    await runDurableObjectAlarm(tenantStub(tenantId));
    return holds();
  });
}

describe("retention", () => {
  it("deletes a task and its files at the tenant's retention age, and not before", async () => {
    const tenant = await createTenant({ retentionDays: 30 });
    const { taskId, resultUrls } = await finished(tenant);
    const ledger = await ledgerIn(tenant.tenantId);
    goForward(29 * DAY_MS);
    await evictDurableObject(tenantStub(tenant.tenantId));
    for (const _ of [1, 2, 3]) await alarmUntil(tenant, async () => true);
    expect(await tasksOf(tenant)).toEqual([taskId]);
    const metadata = () => sqlIn(tenant.tenantId, "SELECT key, value, task_id FROM task_metadata");
    expect(await metadata()).toEqual([{ key: "order", value: "1", task_id: taskId }]);
    // The alarm comes when it is due, at the latest: nobody has to come by.
    expect(await alarmOf(tenant.tenantId)).toBeLessThan(Date.now() + DAY_MS + 60_000);
    goForward(DAY_MS + 60_000);
    await alarmUntil(tenant, async () => (await tasksOf(tenant)).length === 0);
    await alarmUntil(tenant, async () => (await filesOf(tenant)) === 0);
    expect((await call("GET", resultUrls[0] ?? "")).status).toBe(410);
    expect(await call("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth })).toMatchObject({ code: 40002 });
    expect(await ledgerIn(tenant.tenantId)).toEqual(ledger);
    expect(await metadata()).toEqual([]);
  });

  it("comes by itself, by the object's own alarm", async () => {
    const tenant = await createTenant({ retentionDays: 3_000 / DAY_MS });
    const { resultUrls } = await finished(tenant);
    const url = resultUrls[0] ?? "";
    await expect.poll(async () => (await call("GET", url)).status, { timeout: 12_000, interval: 200 }).toBe(410);
    expect(await tasksOf(tenant)).toEqual([]);
    expect(await filesOf(tenant)).toBe(0);
  });

  it("is for ever without a setting, and 0 is for ever too", async () => {
    const tenants = [await createTenant(), await createTenant({ retentionDays: 0 })];
    for (const tenant of tenants) await finished(tenant);
    goForward(3_650 * DAY_MS);
    for (const tenant of tenants) {
      await alarmUntil(tenant, async () => true);
      expect(await tasksOf(tenant)).toHaveLength(1);
      expect(await filesOf(tenant)).toBe(1);
    }
  });

  it("counts from the moment that it is made shorter", async () => {
    const tenant = await createTenant();
    await finished(tenant);
    goForward(10 * DAY_MS);
    await operate("PATCH", `/tenants/${tenant.tenantId}`, { retentionDays: 5 });
    await alarmUntil(tenant, async () => (await tasksOf(tenant)).length === 0);
  });

  it("leaves alone what is running, and what is younger", async () => {
    const tenant = await createTenant({ retentionDays: 1 });
    const old = await finished(tenant);
    const { data: running } = await submit(tenant, plannedRequest("never").body);
    goForward(2 * DAY_MS);
    await sqlIn(tenant.tenantId, "UPDATE tasks SET created_at = ? WHERE task_id = ?", Date.now(), running.taskId);
    const { data: young } = await submit(tenant, plannedRequest("").body);
    await alarmUntil(tenant, async () => (await untilEnded(tenant, young.taskId, 0).catch(() => null)) !== null);
    await alarmUntil(tenant, async () => !(await tasksOf(tenant)).includes(old.taskId));
    expect(await tasksOf(tenant)).toEqual([young.taskId, running.taskId]);
  });

  it("gets through more tasks than one transaction takes", async () => {
    const tenant = await createTenant({ retentionDays: 1 });
    const { taskId } = await finished(tenant);
    await runInDurableObject(tenantStub(tenant.tenantId), (_instance, { storage }) => {
      const [row = {}] = storage.sql.exec("SELECT * FROM tasks WHERE task_id = ?", taskId).toArray();
      const columns = Object.keys(row);
      const insert = `INSERT INTO tasks (${columns.join(",")}) VALUES (${columns.map(() => "?").join(",")})`;
      storage.transactionSync(() => {
        for (let copy = 1; copy <= 450; copy++) {
          storage.sql.exec(insert, ...Object.values({ ...row, task_id: taskId + copy }));
        }
      });
    });
    goForward(2 * DAY_MS);
    const left = () =>
      sqlIn<{ n: number }>(
        tenant.tenantId,
        "SELECT COUNT(*) AS n FROM tasks WHERE deleted_at IS NULL OR due_at IS NOT NULL",
      );
    await alarmUntil(tenant, async () => (await left())[0]?.n === 0);
  });
});
