import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { DeliveryLane, DeliveryRow } from "../../../src/domain/delivery.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../../src/domain/task-id.ts";
import { DeliveryStore } from "../../../src/webhooks/delivery-store.ts";
import { call, createTenant, IMAGE, type TestTenant } from "../../support/gateway.ts";
import { until } from "../../support/until.ts";
import { openInbox } from "../../support/webhook-inbox.ts";

const { TENANTS } = env as unknown as { TENANTS: DurableObjectNamespace };
const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);

/** Runs a test on the store of a tenant. */
async function withStore<T>(tenant: TestTenant, work: (store: DeliveryStore) => T): Promise<T> {
  return runInDurableObject(TENANTS.getByName(tenant.tenantId), (_, { storage }) =>
    work(new DeliveryStore(storage.sql)),
  );
}

function rowAt(at: number, more: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    event_id: firstTaskIdAt(at),
    webhook_id: "msg_1",
    type: "task.completed",
    at,
    url: null,
    due_at: null,
    attempts: 1,
    data: null,
    files: null,
    log: "[]",
    ...more,
  };
}

describe("DeliveryStore", () => {
  it("deletes finished deliveries past their age, and none with an attempt left", async () => {
    const left = await withStore(await createTenant(), (store) => {
      store.insert(rowAt(NOW - 3 * DAY_MS));
      store.insert(rowAt(NOW - 2 * DAY_MS, { due_at: NOW }));
      store.insert(rowAt(NOW - DAY_MS));
      // Of a task that was submitted long before it ended.
      store.insert(rowAt(NOW, { event_id: firstTaskIdAt(NOW - 4 * DAY_MS) }));
      const before = NOW - 1.5 * DAY_MS;
      expect(store.removeFinished(before, lastTaskIdAt(before), 10)).toBe(1);
      expect(store.removeFinished(before, lastTaskIdAt(before), 10)).toBe(0);
      return [4, 3, 2, 1].map((days) => store.get(firstTaskIdAt(NOW - days * DAY_MS)) !== null);
    });
    expect(left).toEqual([true, false, true, true]);
  });

  it("deletes at most the given number at once", async () => {
    await withStore(await createTenant(), (store) => {
      for (let day = 1; day <= 5; day += 1) store.insert(rowAt(NOW - day * DAY_MS));
      expect(store.removeFinished(NOW, lastTaskIdAt(NOW), 3)).toBe(3);
      expect(store.removeFinished(NOW, lastTaskIdAt(NOW), 3)).toBe(2);
    });
  });

  it("lists what has an attempt left, one lane at a time, what is due first first", async () => {
    await withStore(await createTenant(), (store) => {
      store.insert(rowAt(NOW - DAY_MS));
      store.insert(rowAt(NOW, { due_at: NOW + 5, url: "https://example.com/" }));
      store.insert(rowAt(NOW, { event_id: -7, due_at: NOW + 9, type: "credits.low" }));
      store.insert(rowAt(NOW, { event_id: -6, due_at: NOW + 9 }));
      store.insert(rowAt(NOW, { event_id: -5, due_at: NOW + 7 }));
      store.insert(rowAt(NOW, { event_id: -4, due_at: NOW, attempts: 0 }));
      const idsOf = (lane: DeliveryLane, after: { dueAt: number; id: number } | null = null, limit = 10) =>
        store.dueAfter(lane, after, limit).map(({ event_id }) => event_id);
      expect(store.countWithWork()).toBe(5);
      expect(idsOf({ toEndpoint: true, isRetry: true })).toEqual([-5, -7, -6]);
      expect(idsOf({ toEndpoint: true, isRetry: true }, null, 1)).toEqual([-5]);
      expect(idsOf({ toEndpoint: true, isRetry: true }, { dueAt: NOW + 9, id: -7 })).toEqual([-6]);
      expect(idsOf({ toEndpoint: true, isRetry: false })).toEqual([-4]);
      expect(idsOf({ toEndpoint: false, isRetry: true })).toEqual([firstTaskIdAt(NOW)]);
      expect(idsOf({ toEndpoint: false, isRetry: false })).toEqual([]);
      expect(store.lastEventOfNoTask()).toBe(-7);
      expect(store.oldestAt()).toBe(NOW - DAY_MS);
    });
  });
});

describe("the log of deliveries", () => {
  it("is kept for 30 days", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    await call("PUT", "/api/v1/webhook", { headers: tenant.auth, body: { url: inbox.url } });
    await call("POST", "/api/v1/task/generate", { headers: tenant.auth, body: IMAGE });
    await inbox.until(1);
    const object = TENANTS.getByName(tenant.tenantId);
    const [kept, old] = [rowAt(Date.now() - 29 * DAY_MS), rowAt(Date.now() - 31 * DAY_MS)];
    await withStore(tenant, (store) => {
      store.insert(kept);
      store.insert(old);
    });
    await evictDurableObject(object);
    await call("GET", "/api/v1/webhook", { headers: tenant.auth });
    await runInDurableObject(object, (_, { storage }) => storage.setAlarm(Date.now() + 60_000));
    await runDurableObjectAlarm(object);
    const found = () => withStore(tenant, (store) => [kept, old].map((row) => store.get(row.event_id) !== null));
    await until("the old one's deletion", async () => !(await found())[1]);
    expect(await found()).toEqual([true, false]);
  });
});
