/** What tasks earned, from reports that are repeated, late or overtaken: every way of summing gives the same. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { EarningsStore } from "../../src/directory/earnings.ts";
import { DIRECTORY_MIGRATIONS } from "../../src/directory/migrations.ts";
import { addEarnings, type DayEarnings, type MarginGroup, type MarginRow } from "../../src/domain/earnings.ts";
import { migrate } from "../../src/lib/migrations.ts";

const { DIRECTORY } = env as unknown as Bindings;
const DAY_MS = 86_400_000;
const TODAY = 20_787;
const TENANTS = ["ten_a", "ten_b"];
const MODELS = ["Imagen Nano Banana 2", "Seedance 2.0"];

const day: fc.Arbitrary<DayEarnings> = fc.record({
  day: fc.integer({ min: TODAY - 3, max: TODAY }),
  models: fc.dictionary(
    fc.constantFrom(...MODELS),
    fc.record({
      tasks: fc.integer({ min: 0, max: 9 }),
      revenue: fc.integer({ min: -20, max: 50 }),
      cost: fc.integer({ min: 0, max: 300 }).map((tenths) => tenths / 10),
    }),
  ),
});
const reports = fc.array(
  fc.record({ tenant: fc.constantFrom(...TENANTS), days: fc.array(day, { maxLength: 3 }), deleted: fc.boolean() }),
  { minLength: 1, maxLength: 12 },
);

const sumOf = (rows: readonly Pick<MarginRow, "tasks" | "revenue" | "cost">[]) =>
  rows.reduce(
    (sum, row) => ({
      tasks: sum.tasks + row.tasks,
      revenue: sum.revenue + row.revenue,
      cost: Math.round((sum.cost + row.cost) * 10) / 10,
    }),
    { tasks: 0, revenue: 0, cost: 0 },
  );

it("sums to the last report of each day by day, tenant and model, and keeps days of deleted tenants", () =>
  runInDurableObject(DIRECTORY.getByName(`earnings ${crypto.randomUUID()}`), (_object, { storage }) => {
    migrate(storage, DIRECTORY_MIGRATIONS);
    const { sql } = storage;
    fc.assert(
      fc.property(reports, (given) => {
        sql.exec("DELETE FROM rollups");
        sql.exec("DELETE FROM earnings");
        sql.exec("DELETE FROM tenant_earnings");
        const store = new EarningsStore(sql);
        const last = new Map<string, DayEarnings["models"]>();
        const gone: DayEarnings["models"][] = [];
        for (const { tenant, days, deleted } of given) {
          const now = (TODAY + 1) * DAY_MS - 1;
          // A report has each day once.
          const once = [...new Map(days.map((one) => [one.day, one])).values()];
          const earned = store.record(tenant, once, now);
          sql.exec("DELETE FROM rollups WHERE tenant_id = ?", tenant);
          sql.exec(
            `INSERT INTO rollups (tenant_id, at, status, billing, balance, running, held, copies_waiting, deliveries_waiting,
               webhook_disabled, earned) VALUES (?, 0, 'active', 'prepaid', 0, 0, 0, 0, 0, 0, ?)`,
            tenant,
            earned,
          );
          for (const { day: of, models } of once) last.set(`${tenant} ${of}`, models);
          if (!deleted) continue;
          store.remove(tenant);
          sql.exec("DELETE FROM rollups WHERE tenant_id = ?", tenant);
          for (const [name, models] of last) {
            if (!name.startsWith(tenant)) continue;
            gone.push(models);
            last.delete(name);
          }
        }
        const rows = (groupBy: MarginGroup) => {
          const all = { firstDay: TODAY - 9, lastDay: TODAY, tenantId: null, model: null, top: false } as const;
          const found: MarginRow[] = [];
          let after: string | null = null;
          do {
            const page: ReturnType<typeof store.page> = store.page({ ...all, groupBy, limit: 1, after });
            found.push(...page.rows);
            after = page.next;
          } while (after !== null);
          return found;
        };
        const models = (all: Iterable<DayEarnings["models"]>) =>
          sumOf(Object.values([...all].reduce((sum, one) => addEarnings(sum, one), {})));
        const everything = models([...last.values(), ...gone]);
        expect(sumOf(rows("day"))).toEqual(everything);
        expect(sumOf(rows("model"))).toEqual(everything);
        expect(sumOf(rows("tenant"))).toEqual(models(last.values()));
      }),
      { numRuns: 60 },
    );
  }));
