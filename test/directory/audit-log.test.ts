/** The audit log with any filters, and how much of it one page reads. */
import { runInDurableObject } from "cloudflare:test";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuditLog } from "../../src/directory/audit-log.ts";
import { DIRECTORY_MIGRATIONS } from "../../src/directory/migrations.ts";
import { migrate } from "../../src/lib/migrations.ts";
import { tenantStub } from "../support/tenant-object.ts";

interface Entry {
  readonly at: number;
  readonly tenantId: string | null;
  readonly actorId: string;
  readonly action: string;
}

/** Runs a test on a log with these entries; `read` returns the rows that the last list has read. */
function onEntries(entries: readonly Entry[], test: (log: AuditLog, read: () => number) => void): Promise<void> {
  return runInDurableObject(tenantStub(`audit ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, DIRECTORY_MIGRATIONS);
    const cursors: { readonly rowsRead: number }[] = [];
    const sql = Object.create(storage.sql, {
      exec: {
        value: (statement: string, ...values: SqlStorageValue[]) => {
          const cursor = storage.sql.exec(statement, ...values);
          cursors.push(cursor);
          return cursor;
        },
      },
    }) as SqlStorage;
    const log = new AuditLog(sql);
    storage.transactionSync(() => {
      for (const [index, { at, tenantId, actorId, action }] of entries.entries()) {
        const actor = { actor: "operator", actor_id: actorId, actor_name: actorId } as const;
        const entry = { id: `aud_${index}`, at, action, target: null, before: null, after: null, request_id: "" };
        log.enter(tenantId, { ...entry, ...actor });
      }
    });
    cursors.length = 0;
    test(log, () => cursors.splice(0).reduce((sum, { rowsRead }) => sum + rowsRead, 0));
  });
}

const maybe = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values));

describe("the audit log", () => {
  const entries = Array.from({ length: 200 }, (_, index) => ({
    // Several entries of one moment, and some that came late.
    at: 1_000 + Math.floor(index / 3) - (index % 10 === 0 ? 5 : 0),
    tenantId: [null, "ten_a", "ten_b"][index % 3] ?? null,
    actorId: `op_${index % 4}`,
    action: index % 7 === 0 ? "rare" : "common",
  }));

  it("has exactly the entries that match, newest first, with any filters and page size", () =>
    onEntries(entries, (log) => {
      const filters = fc.record({
        tenantId: maybe("ten_a", "ten_b", "none"),
        actor: maybe("op_0", "op_3", "none"),
        action: maybe("rare", "common", "none"),
        from: fc.option(fc.integer({ min: 990, max: 1_080 })),
        to: fc.option(fc.integer({ min: 990, max: 1_080 })),
      });
      void fc.assert(
        fc.property(filters, fc.constantFrom(1, 7, 300), (filter, limit) => {
          const expected = entries
            .map((entry, index) => ({ ...entry, seq: index + 1 }))
            .filter(
              ({ at, tenantId, actorId, action }) =>
                (filter.tenantId ?? tenantId) === tenantId &&
                (filter.actor ?? actorId) === actorId &&
                (filter.action ?? action) === action &&
                at >= (filter.from ?? at) &&
                at <= (filter.to ?? at),
            )
            .toSorted((one, other) => other.at - one.at || other.seq - one.seq);
          const found: number[] = [];
          let after = null;
          do {
            const page = log.list(after, limit, filter);
            expect(page.rows.length).toBeLessThanOrEqual(limit);
            found.push(...page.rows.map(({ seq }) => seq));
            after = page.next;
          } while (after !== null);
          expect(found).toEqual(expected.map(({ seq }) => seq));
        }),
        { numRuns: 500 },
      );
    }));

  it("reads a bounded number of entries for a page, whichever filters none passes together", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      at: 1_000 + index,
      tenantId: index % 2 === 0 ? "ten_a" : "ten_b",
      actorId: index % 2 === 0 ? "op_1" : "op_2",
      action: index === 3 ? "rare" : "common",
    }));
    return onEntries(many, (log, read) => {
      const none = { tenantId: null, actor: null, action: null, from: null, to: null };
      const frequent = { ...none, tenantId: "ten_a", actor: "op_2" };
      const first = log.list(null, 20, frequent);
      expect(first.rows).toEqual([]);
      expect(first.next).not.toBeNull();
      // A row of the index and one of the table each, and what is counted of two indexes.
      expect(read()).toBeLessThanOrEqual(6_500);
      expect(log.list(null, 20, { ...none, tenantId: "ten_a", action: "rare" })).toEqual({ rows: [], next: null });
      expect(read()).toBeLessThanOrEqual(1_000);
      expect(log.list(null, 20, { ...none, actor: "op_2", action: "rare" }).rows).toHaveLength(1);
      expect(read()).toBeLessThanOrEqual(1_000);
    });
  });
});
