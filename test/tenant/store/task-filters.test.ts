/** Every filter of a list of tasks has exactly the tasks that match, and reads about as many rows as it returns. */
import { runInDurableObject } from "cloudflare:test";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PHASE, STATUS, type TaskRow } from "../../../src/domain/task.ts";
import { foldCase } from "../../../src/lib/fold-case.ts";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { ownerText, type TaskFilter } from "../../../src/tenant/store/task-filter.ts";
import { countRowsWritten } from "../../support/row-meter.ts";
import { taskRow } from "../../support/task-row.ts";
import { NO_FILTER, onRows, spyOn } from "../../support/task-store.ts";
import { tenantStub } from "../../support/tenant-object.ts";

const ENDED = { phase: PHASE.ended, due_at: null } as const;
const PAIRS = [
  { env: "test" },
  { env: "test", order: "1" },
  { env: "live", order: "1" },
  { 'a.b"$[0]\\': "\0 é\n\ud800" },
  JSON.parse('{"__proto__":"p"}') as Record<string, string>,
  {},
];
const OWNERS = [null, "end_user:ann", "end_user:bob", "token_id:t", "key_id:k1"];

/** Mixes every value of every column with the others. */
const ROWS = Array.from({ length: 240 }, (_, index): Partial<TaskRow> => {
  const status = [STATUS.completed, STATUS.failed, STATUS.generating, STATUS.cancelled, STATUS.queuing][index % 5];
  const isEnded = status === STATUS.completed || status === STATUS.failed || status === STATUS.cancelled;
  return {
    status: status ?? 0,
    model: index % 7 === 0 ? "B" : "A",
    owner: OWNERS[index % 11] ?? null,
    key_id: `k${index % 4}`,
    metadata: JSON.stringify(PAIRS[index % 13] ?? {}),
    request: JSON.stringify({ prompt: `a ${index % 3 === 0 ? "Straße" : "cat"}`, taskName: `${index}` }),
    ...(isEnded ? ENDED : { phase: PHASE.running, due_at: 1 }),
    deleted_at: isEnded && index % 17 === 3 ? 1 : null,
  };
});

function matches(row: Partial<TaskRow>, id: number, filter: TaskFilter): boolean {
  const pairs = new Map(Object.entries(JSON.parse(row.metadata ?? "{}") as Record<string, string>));
  const { prompt, taskName } = JSON.parse(row.request ?? "{}") as Record<string, string>;
  const { q } = filter;
  return (
    row.deleted_at === null &&
    (filter.status ?? row.status) === row.status &&
    (filter.model ?? row.model) === row.model &&
    (filter.keyId ?? row.key_id) === row.key_id &&
    (filter.owner === null || ownerText(filter.owner) === row.owner) &&
    (filter.endUser === null || `end_user:${filter.endUser}` === row.owner) &&
    filter.metadata.every(([key, value]) => pairs.get(key) === value) &&
    (q === null || [prompt, taskName].some((text) => foldCase(text ?? "").includes(foldCase(q)))) &&
    id >= (filter.firstId ?? id) &&
    id <= (filter.lastId ?? id)
  );
}

const maybe = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values));
const id = fc.option(fc.integer({ min: 0, max: 250 }));
const anyFilter = fc.record({
  status: maybe(0, 1, 2, 3, 4, 5),
  model: maybe("A", "B", "C"),
  owner: maybe<NonNullable<TaskFilter["owner"]>>(
    { column: "end_user", value: "ann" },
    { column: "token_id", value: "t" },
    { column: "key_id", value: "k1" },
  ),
  endUser: maybe("ann", "bob", "eve"),
  keyId: maybe("k0", "k3", "none"),
  metadata: fc.subarray([...PAIRS.flatMap((pairs) => Object.entries(pairs)), ["env", "none"] as [string, string]], {
    maxLength: 3,
  }),
  q: maybe("STRASSE", "cat", "7", "", "none"),
  firstId: id,
  lastId: id,
  ascending: fc.boolean(),
});

describe("a list with any filters", () => {
  it.each([
    0, 120,
  ])("has what matches, in order, on pages of any size, where metadata is indexed from task %i on", (from) =>
    onRows(ROWS, (store, sql) => {
      sql.exec("DELETE FROM task_metadata WHERE task_id < ?", from);
      sql.exec("INSERT INTO meta VALUES ('task-metadata-from', ?)", String(from));
      void fc.assert(
        fc.property(anyFilter, fc.constantFrom(1, 7, 300), (given, limit) => {
          const filter: TaskFilter = { ...NO_FILTER, ...given };
          const expected = ROWS.flatMap((row, index) => (matches(row, index + 1, filter) ? [index + 1] : []));
          const found: number[] = [];
          let before: number | null = null;
          do {
            const page = store.list({ ...filter, before }, limit);
            expect(page.ids.length).toBeLessThanOrEqual(limit);
            found.push(...page.ids);
            before = page.next;
          } while (before !== null);
          expect(found).toEqual(filter.ascending ? expected : expected.toReversed());
        }),
        { numRuns: 1_500 },
      );
    }));

  it("reads few rows if few tasks match, whatever the order of its conditions", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({
      ...ENDED,
      status: index % 2 === 0 ? STATUS.completed : STATUS.failed,
      key_id: index === 5 ? "rare" : "common",
      owner: index === 5 ? "end_user:rare" : "end_user:common",
      metadata: JSON.stringify(index === 5 ? { env: "test", order: "rare" } : { env: "test" }),
    }));
    return onRows(many, (_store, sql) => {
      let read = 0;
      const counted = spyOn(sql, (cursor) => {
        read += cursor.rowsRead;
      });
      const common = { keyId: "common", endUser: "common", status: STATUS.failed } as const;
      const env = ["env", "test"] as const;
      for (const [filter, found] of [
        [{ keyId: "none" }, []],
        [{ keyId: "rare" }, [6]],
        [{ keyId: "rare", status: STATUS.failed, endUser: "rare" }, [6]],
        [{ ...common, keyId: "none" }, []],
        [{ metadata: [["order", "none"]] }, []],
        [{ metadata: [["env", "none"]] }, []],
        [{ metadata: [["order", "rare"]] }, [6]],
        [{ metadata: [env, ["order", "rare"]], status: STATUS.failed }, [6]],
        [{ ...common, metadata: [["order", "rare"], env] }, []],
        [{ endUser: "rare", metadata: [env] }, [6]],
        [{ keyId: "rare", metadata: [env], q: "none" }, []],
      ] as const) {
        read = 0;
        expect(counted.list({ ...NO_FILTER, ...filter }, 20), JSON.stringify(filter)).toEqual({
          ids: found,
          next: null,
        });
        // At most 64 entries of each index that is compared, with their tasks.
        expect(read, JSON.stringify(filter)).toBeLessThanOrEqual(700);
      }
    });
  });
});

describe("the index of metadata", () => {
  const indexed = (sql: SqlStorage) =>
    sql.exec("SELECT key, value, task_id FROM task_metadata ORDER BY task_id, key").toArray();

  it("follows the rows of tasks, also those that a release writes which does not know it", () =>
    onRows([{ metadata: '{"a":"1","b":"2"}' }, { metadata: '{"a":"1"}' }, {}], (store, sql) => {
      const second = { key: "a", value: "1", task_id: 2 };
      expect(indexed(sql)).toEqual([
        { key: "a", value: "1", task_id: 1 },
        { key: "b", value: "2", task_id: 1 },
        second,
      ]);
      store.update(1, { webhook_url: "https://receiver.test" });
      expect(indexed(sql)).toHaveLength(3);
      store.update(1, { metadata: "{}" });
      expect(indexed(sql)).toEqual([second]);
      store.remove(2);
      store.remove(3);
      expect(indexed(sql)).toEqual([]);
    }));

  it("costs a row for each pair, and none for a task without metadata", () =>
    onRows([], (store, sql) => {
      const written = countRowsWritten(sql);
      const rows = (taskId: number, metadata: string) => {
        const before = written()["INSERT tasks"] ?? 0;
        store.insert(taskRow({ task_id: taskId, metadata }));
        return (written()["INSERT tasks"] ?? 0) - before;
      };
      const without = rows(1, "{}");
      expect(rows(2, '{"a":"1","b":"2"}')).toBe(without + 2);
    }));

  it("is made of the newest 200,000 tasks that were there before it", () =>
    runInDurableObject(tenantStub(`metadata ${crypto.randomUUID()}`), (_instance, { storage }) => {
      migrate(storage, TENANT_MIGRATIONS.slice(0, 21));
      storage.sql.exec(
        `INSERT INTO tasks (task_id, phase, status, progress, has_work, attempts, answered, uncertain, missing, created_at, model,
           key_id, price, held, corrected, settled, master_key, fail_reason, facts, request)
         WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 200003)
         SELECT id, 3, 2, 100, 0, 0, 1, 0, 0, 1, 'A', 'k', 0, 0, 0, 'captured', 'm', '',
           json_object('metadata', json_object('order', 'n' || (id / 2))), '{}' FROM ids`,
      );
      migrate(storage, TENANT_MIGRATIONS);
      const bounds = storage.sql.exec("SELECT MIN(task_id) AS first, COUNT(*) AS count FROM task_metadata").one();
      expect(bounds).toEqual({ first: 4, count: 200_000 });
      const store = spyOn(storage.sql, () => {});
      const found = (order: string) => store.list({ ...NO_FILTER, metadata: [["order", order]] }, 20).ids;
      expect(found("n100001")).toEqual([200_003, 200_002]);
      expect(found("n1")).toEqual([3, 2]);
      expect(found("n2")).toEqual([5, 4]);
    }));
});
