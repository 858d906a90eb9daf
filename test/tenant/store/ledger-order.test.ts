/** The ledger is two tables in one order: a page of it must cost the page, however many entries there are. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { LedgerStore } from "../../../src/tenant/store/ledger.ts";
import { MetaStore } from "../../../src/tenant/store/meta.ts";
import { UsageStore } from "../../../src/tenant/store/usage.ts";
import { tenantStub } from "../../support/tenant-object.ts";

const NO_FILTER = { firstId: null, lastId: null, taskId: null };

it("merges both tables by their indexes and sorts neither", () =>
  runInDurableObject(tenantStub(`ledger ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const { sql } = storage;
    const statements: [string, SqlStorageValue[]][] = [];
    const spy = Object.create(sql, {
      exec: {
        value: (statement: string, ...values: SqlStorageValue[]) => {
          statements.push([statement, values]);
          return sql.exec(statement, ...values);
        },
      },
    }) as SqlStorage;
    const ledger = new LedgerStore(spy);
    for (const filter of [NO_FILTER, { ...NO_FILTER, firstId: 5, lastId: 10 }]) [...ledger.list(null, 20, filter)];
    ledger.sumsSince(0, 100);
    new UsageStore(spy, new MetaStore(sql)).fold();
    const ofEntries = statements.filter(([statement]) => statement.includes("UNION ALL"));
    expect(ofEntries.length).toBeGreaterThanOrEqual(4);
    for (const [statement, values] of ofEntries) {
      const plan = sql.exec(`EXPLAIN QUERY PLAN ${statement}`, ...values).toArray();
      const details = plan.map(({ detail }) => String(detail));
      expect(details).toContain("MERGE (UNION ALL)");
      for (const detail of details) expect(detail).not.toMatch(/TEMP B-TREE FOR ORDER BY|SCAN (ledger|tasks)$/);
    }
  }));

it("lists every entry once, newest first, over pages", () =>
  runInDurableObject(tenantStub(`ledger ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const ledger = new LedgerStore(storage.sql);
    storage.transactionSync(() => {
      for (let id = 1; id <= 25; id += 1) {
        const none = { task_id: null, key_id: null, model: null, end_user: null, note: null };
        ledger.append({ entry_id: id * 10, at: id, kind: "credit", credits: id, ...none });
      }
    });
    const seen: number[] = [];
    for (let before: number | null = null; ; ) {
      const page: number[] = [...ledger.list(before, 10, NO_FILTER)].map(({ entry_id }) => entry_id);
      seen.push(...page);
      if (page.length < 10) break;
      before = page.at(-1) ?? null;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => (25 - index) * 10));
  }));
