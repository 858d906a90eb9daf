/** An object is woken when there is something to do, and only then: alarms are billed. */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Tenant } from "../../../src/tenant/object.ts";
import { plannedRequest, submit } from "../../support/flow.ts";
import { call, createTenant, IMAGE, OPERATOR, untilEnded } from "../../support/gateway.ts";
import { alarmOf, sqlIn, tenantStub } from "../../support/tenant-object.ts";
import { pass } from "../../support/until.ts";
import { clearFault, strike, upstreamTasks } from "../../support/upstream.ts";

/** When each alarm of an object ran, by its name. */
const alarms = new Map<string, number[]>();
const original = Tenant.prototype.alarm;
vi.spyOn(Tenant.prototype, "alarm").mockImplementation(async function (this: Tenant) {
  const { id } = Reflect.get(this, "ctx") as DurableObjectState;
  const name = id.name ?? String(id);
  alarms.set(name, [...(alarms.get(name) ?? []), Date.now()]);
  await original.call(this);
});
const alarmsOf = (tenantId: string) => alarms.get(tenantId)?.length ?? 0;

afterEach(() => alarms.clear());

describe("a tenant's object", () => {
  it("sets no alarm without work, however often it is read", async () => {
    const tenant = await createTenant();
    // What a new tenant has to report to the operator's list is a matter of seconds.
    await pass(2_500);
    const settled = alarmsOf(tenant.tenantId);
    for (let round = 0; round < 3; round += 1) {
      await evictDurableObject(tenantStub(tenant.tenantId));
      await call("GET", "/api/v1/tasks", { headers: tenant.auth });
      await call("POST", "/api/v1/task/estimate", { headers: tenant.auth, body: IMAGE });
      await call("GET", `/admin/v1/tenants/${tenant.tenantId}`, { headers: OPERATOR });
      await pass(300);
    }
    expect(settled).toBeLessThanOrEqual(3);
    expect(alarmsOf(tenant.tenantId)).toBe(settled);
    const next = await alarmOf(tenant.tenantId);
    expect(next === null || next > Date.now() + 10_000).toBe(true);
  });

  it("is woken about once for each time a task is asked about", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("generateMs=1000");
    const { data } = await submit(tenant, body);
    await untilEnded(tenant, data.taskId);
    await pass(1_500);
    const woken = alarmsOf(tenant.tenantId);
    const asked = (await upstreamTasks(tag))[0]?.queries ?? 0;
    expect(asked).toBeGreaterThan(0);
    // Beside that for the submission, the copy, the report and what each of them finds due a moment later.
    expect(woken - asked).toBeLessThan(15);
    await pass(700);
    expect(alarmsOf(tenant.tenantId)).toBeLessThanOrEqual(woken + 1);
  });

  it("is not woken all the time for tasks that have to wait until others have been asked about", async () => {
    const tenant = await createTenant();
    const { tag, body } = plannedRequest("never");
    const fault = await strike("query", "slow:2500", { prompt: tag });
    const sent = await Promise.all(Array.from({ length: 220 }, () => submit(tenant, body)));
    expect(sent.every(({ status }) => status === 200)).toBe(true);
    // All are due within 100 ms, more than are asked about at once, and none of the questions has its answer.
    await pass(500);
    const before = alarmsOf(tenant.tenantId);
    await pass(1_000);
    expect(alarmsOf(tenant.tenantId) - before).toBeLessThan(10);
    await clearFault(fault);
    await sqlIn(tenant.tenantId, "UPDATE tasks SET phase = 3, status = 3, due_at = NULL");
  });
});
