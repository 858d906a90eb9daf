import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { migrate } from "../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../src/tenant/migrations.ts";
import { DeliveryStore } from "../../src/webhooks/delivery-store.ts";
import { countRowsRead } from "../support/row-meter.ts";
import { tenantStub } from "../support/tenant-object.ts";

it("finds the oldest waiting delivery among many without reading them all", () =>
  runInDurableObject(tenantStub(`deliveries ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const store = new DeliveryStore(storage.sql);
    expect(store.oldestWaitingAt()).toBeNull();
    const add = (event_id: number, at: number, due_at: number | null) =>
      storage.sql.exec(
        "INSERT INTO deliveries (event_id, webhook_id, type, at, due_at, attempts, log) VALUES (?, 'msg', 'task.completed', ?, ?, 0, '[]')",
        event_id,
        at,
        due_at,
      );
    storage.transactionSync(() => {
      for (let id = 1; id <= 6_000; id += 1) add(id, 10_000 + id, id < 10 ? null : 1);
    });
    expect(store.oldestWaitingAt()).toBe(10_010);
    // Events of no task count down.
    add(-7, 9_000, 1);
    add(-8, 9_500, 1);
    const rowsRead = countRowsRead(storage.sql);
    expect(store.oldestWaitingAt()).toBe(9_000);
    expect(rowsRead()).toBeLessThan(3_000);
  }));
