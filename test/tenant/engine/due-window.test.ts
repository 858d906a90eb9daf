/** Deliveries that wait in numbers: how many are in memory, and that each is attempted when it is due, once. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { WebhookResponse } from "../../../src/domain/delivery.ts";
import { DueWindow, FIRST_ROWS, WINDOW_ROWS } from "../../../src/tenant/engine/due-window.ts";
import { putWebhook } from "../../../src/tenant/handlers/webhooks.ts";
import { DeliveryStore } from "../../../src/webhooks/delivery-store.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";

const { TENANTS } = env as unknown as Bindings;
const ENDPOINT = "https://own.example/hook";
const DELIVERED: WebhookResponse = { status: 200, durationMs: 1, response: "", retryAfterMs: null, error: null };
const SHAPE = JSON.stringify(["Imagen Nano Banana 2", "txt", null, null, 1, "1K", null, null]);
const HOUR_MS = 3_600_000;

const inTenant = (work: (tenant: ScriptedTenant, sql: SqlStorage) => Promise<void>) =>
  runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_, { storage }) => {
    const tenant = await ScriptedTenant.create(storage);
    await putWebhook(tenant.services, { url: ENDPOINT, events: null });
    await work(tenant, storage.sql);
  });

/** Adds deliveries of no task (negative ids), and loads them as a new object does. */
function addWaiting(
  tenant: ScriptedTenant,
  sql: SqlStorage,
  { from, count, dueAt, stepMs, url, attempts }: Waiting,
): void {
  sql.exec(
    `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)
     INSERT INTO deliveries (event_id, webhook_id, type, at, url, due_at, attempts, data, log)
     SELECT -(? + i), printf('msg_%d', ? + i), 'credits.low', ?, ?, ? + i * ?, ?, '{"balance":1}', '[]' FROM n`,
    ...[count, from, from, tenant.now, url, dueAt, stepMs, attempts],
  );
}

interface Waiting {
  readonly from: number;
  readonly count: number;
  readonly dueAt: number;
  readonly stepMs: number;
  readonly url: string | null;
  readonly attempts: number;
}

describe("an object with many waiting deliveries", () => {
  it("starts with those that are due first, and attempts each of them once when it is due", () =>
    inTenant(async (tenant, sql) => {
      const count = WINDOW_ROWS + 507;
      addWaiting(tenant, sql, { from: 1, count, dueAt: tenant.now - 1, stepMs: 0, url: null, attempts: 1 });
      const later = { from: count + 1, count, dueAt: tenant.now + HOUR_MS, stepMs: 1, attempts: 1 };
      addWaiting(tenant, sql, { ...later, url: "https://receiver.example/" });
      const reached = { own: 0, other: 0 };
      tenant.upstream.deliverTo = async (url) => {
        reached[url === ENDPOINT ? "own" : "other"] += 1;
        return DELIVERED;
      };
      tenant.die();
      expect(tenant.services.deliveries.queued).toBe(2 * FIRST_ROWS);
      expect(tenant.services.deliveries.waiting).toBe(2 * count);
      let most = 0;
      for (let turn = 0; turn < 200 && reached.own < count; turn += 1) {
        await tenant.advance(1_000);
        most = Math.max(most, tenant.services.deliveries.queued);
      }
      expect(reached).toEqual({ own: count, other: 0 });
      for (let turn = 0; turn < 400 && reached.other < count; turn += 1) {
        await tenant.advance(reached.other === 0 ? HOUR_MS / 2 : 1_000);
        most = Math.max(most, tenant.services.deliveries.queued);
      }
      expect(reached).toEqual({ own: count, other: count });
      expect(most).toBeLessThanOrEqual(4 * WINDOW_ROWS);
      expect([tenant.services.deliveries.waiting, tenant.services.deliveries.queued]).toEqual([0, 0]);
    }));

  it("counts them at the first look, not at a start, which the first request waits for", () =>
    inTenant(async (tenant, sql) => {
      const counted = vi.spyOn(DeliveryStore.prototype, "countWithWork");
      addWaiting(tenant, sql, { from: 1, count: 10, dueAt: tenant.now + HOUR_MS, stepMs: 1, url: null, attempts: 1 });
      tenant.die();
      const script = { submit: ["accept"], credits: 1, query: ["completed"], copy: ["stored"] } as const;
      await tenant.submit({ script, shape: SHAPE, idempotencyKey: null, byToken: false });
      expect(counted).not.toHaveBeenCalled();
      expect(tenant.services.deliveries.waiting).toBe(10);
    }));

  it("sends a new event to the endpoint at once, and keeps what is due later than the work in memory on disk", () =>
    inTenant(async (tenant, sql) => {
      const count = 2 * WINDOW_ROWS;
      const overdue = { count, dueAt: tenant.now - HOUR_MS, stepMs: 1 };
      addWaiting(tenant, sql, { ...overdue, from: 1, url: null, attempts: 1 });
      addWaiting(tenant, sql, { ...overdue, from: count + 1, url: "https://hangs.example/", attempts: 0 });
      addWaiting(tenant, sql, { ...overdue, from: 2 * count + 1, url: "https://hangs.example/", attempts: 1 });
      tenant.upstream.deliverTo = () => new Promise(() => {});
      tenant.die();
      await tenant.advance(1_000);
      let ended = 0;
      tenant.upstream.deliverTo = async (url) => {
        if (url !== ENDPOINT) return new Promise(() => {});
        ended += 1;
        return DELIVERED;
      };
      await tenant.submit({
        script: { submit: ["accept"], credits: 1, query: ["completed"], copy: ["stored"] },
        shape: SHAPE,
        idempotencyKey: null,
        byToken: false,
      });
      await tenant.advance(10_000);
      expect(ended).toBe(1);
      expect(tenant.services.deliveries.queued).toBeLessThanOrEqual(3 * WINDOW_ROWS + 1);
    }));
});

describe("DueWindow", () => {
  it("loses no work and holds a bounded part of it, whatever is added, moved and ended", () => {
    const change = fc.tuple(fc.nat(9_000), fc.oneof(fc.nat(50_000), fc.constant(null)));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), fc.nat(8_000), (changes, stored) => {
        const disk = new Map(Array.from({ length: stored }, (_, id) => [id, (id * 7_919) % 50_000] as const));
        const memory = new Map<number, number>();
        const sorted = () => [...disk].sort(([a, x], [b, y]) => x - y || a - b);
        const window = new DueWindow<number, readonly [number, number]>({
          read: (after, limit) =>
            sorted()
              .filter(([id, at]) => after === null || at > after.dueAt || (at === after.dueAt && id > after.id))
              .slice(0, limit),
          keyOf: ([id, dueAt]) => ({ id, dueAt }),
          put: ([id, at]) => void memory.set(id, at),
          drop: (id) => void memory.delete(id),
        });
        const first = () => sorted()[0];
        const check = () => {
          expect(memory.size).toBeLessThanOrEqual(2 * WINDOW_ROWS);
          expect([...memory].every(([id, at]) => disk.get(id) === at)).toBe(true);
          const next = first();
          if (next) expect(memory.get(next[0])).toBe(next[1]);
        };
        window.load();
        check();
        for (const [id, dueAt] of changes) {
          if (dueAt === null) {
            disk.delete(id);
            memory.delete(id);
            window.leave(id);
          } else {
            disk.set(id, dueAt);
            if (window.takes({ id, dueAt })) memory.set(id, dueAt);
            else memory.delete(id);
          }
          window.balance();
          check();
        }
        for (let left = disk.size; left > 0; left -= 500) {
          for (const [id] of sorted().slice(0, 500)) {
            expect(memory.has(id)).toBe(true);
            disk.delete(id);
            memory.delete(id);
            window.leave(id);
            window.balance();
          }
        }
        expect(memory.size).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
