/** Lists of tasks walk an index for each filter and look at a bounded number of rows a page. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { PHASE, STATUS, type TaskRow } from "../../../src/domain/task.ts";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { MetaStore } from "../../../src/tenant/store/meta.ts";
import { type TaskFilter, TaskStore } from "../../../src/tenant/store/tasks.ts";
import { taskRow } from "../../support/task-row.ts";
import { tenantStub } from "../../support/tenant-object.ts";

const NO_FILTER: TaskFilter = { status: null, model: null, owner: null, firstId: null, lastId: null, before: null };
const ENDED = { phase: PHASE.ended, due_at: null } as const;

/** Runs a test on a store with these rows; ids count up from 1. */
function onRows(rows: readonly Partial<TaskRow>[], test: (store: TaskStore, sql: SqlStorage) => void): Promise<void> {
  return runInDurableObject(tenantStub(`task-lists ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const store = new TaskStore(storage.sql, new MetaStore(storage.sql));
    storage.transactionSync(() => {
      for (const [index, row] of rows.entries()) store.insert(taskRow({ task_id: index + 1, ...row }));
    });
    test(store, storage.sql);
  });
}

/** Every page of a list, until its end. */
function pagesOf(store: TaskStore, filter: Partial<TaskFilter>, limit: number): number[][] {
  const pages: number[][] = [];
  let before: number | null = null;
  do {
    const { ids, next } = store.list({ ...NO_FILTER, ...filter, before }, limit);
    pages.push([...ids]);
    before = next;
  } while (before !== null);
  return pages;
}

describe("a list of tasks", () => {
  const models = ["A", "B"];
  const statuses = [
    STATUS.queuing,
    STATUS.generating,
    STATUS.completed,
    STATUS.failed,
    STATUS.review,
    STATUS.cancelled,
  ];
  const owners = [null, "end_user:ann", "key_id:key_1"];
  const rows = Array.from({ length: 180 }, (_, index): Partial<TaskRow> => {
    const status = statuses[index % 6] ?? 0;
    const isEnded = status === STATUS.completed || status === STATUS.failed || status === STATUS.cancelled;
    return {
      status,
      model: models[index % 5 === 0 ? 1 : 0] ?? "",
      owner: owners[index % 3] ?? null,
      deleted_at: index % 7 === 3 && isEnded ? 1 : null,
      ...(isEnded ? ENDED : { phase: PHASE.running, due_at: 1 }),
    };
  });
  const filters = [null, ...statuses].flatMap((status) =>
    [null, ...models, "C"].flatMap((model) =>
      [null, { column: "end_user", value: "ann" } as const, { column: "token_id", value: "none" } as const].map(
        (owner) => ({ status, model, owner }),
      ),
    ),
  );

  it("has exactly the tasks that the filters let through, newest first, for every combination and page size", () =>
    onRows(rows, (store) => {
      for (const filter of filters) {
        const owner = filter.owner && `${filter.owner.column}:${filter.owner.value}`;
        const expected = rows.flatMap((row, index) => {
          const isIn =
            row.deleted_at === null &&
            (filter.status === null || row.status === filter.status) &&
            (filter.model === null || row.model === filter.model) &&
            (owner === null || row.owner === owner);
          return isIn ? [index + 1] : [];
        });
        for (const limit of [1, 7, 200]) {
          const pages = pagesOf(store, filter, limit);
          expect(pages.flat(), JSON.stringify({ ...filter, limit })).toEqual(expected.toReversed());
          expect(pages.every((page) => page.length <= limit)).toBe(true);
        }
        const { ids } = store.list({ ...NO_FILTER, ...filter, firstId: 40, lastId: 90 }, 200);
        expect(ids).toEqual(expected.filter((id) => id >= 40 && id <= 90).toReversed());
      }
    }));

  it("reads at most a thousand rows per page, and returns where the next page begins", () => {
    const many = Array.from({ length: 2_500 }, (_, index) => ({
      ...ENDED,
      status: index < 3 ? 1 : 2,
      owner: "end_user:ann",
    }));
    return onRows(many, (store, sql) => {
      const owner = { column: "end_user", value: "ann" } as const;
      const exec = sql.exec.bind(sql);
      let read = 0;
      const counted = new TaskStore(
        {
          exec: (statement: string, ...values: SqlStorageValue[]) => {
            const cursor = exec(statement, ...values);
            return { toArray: () => done(cursor, cursor.toArray()), one: () => done(cursor, cursor.one()) };
          },
        } as unknown as SqlStorage,
        new MetaStore(sql),
      );
      function done<T>(cursor: { readonly rowsRead: number }, value: T): T {
        read += cursor.rowsRead;
        return value;
      }
      const first = counted.list({ ...NO_FILTER, owner, status: 1 }, 20);
      expect(first).toEqual({ ids: [], next: 1_501 });
      expect(read).toBeLessThan(5_000);
      expect(pagesOf(store, { owner, status: 1 }, 20)).toEqual([[], [], [3, 2, 1]]);
    });
  });

  it("does not look again at what retention has deleted", () => {
    const deleted = { ...ENDED, status: 2, deleted_at: 1 };
    return onRows([...Array.from({ length: 2_500 }, () => deleted), { ...ENDED, status: 2 }], (store) => {
      expect(pagesOf(store, {}, 20)).toHaveLength(3);
      store.noteKeptFrom();
      expect(pagesOf(store, {}, 20)).toEqual([[2_501]]);
      expect(store.ended(9_999, 10)).toEqual([2_501]);
    });
  });

  it("never sorts and never scans the table: each filter is a walk of an index", () =>
    onRows([], (store, sql) => {
      const statements: [string, SqlStorageValue[]][] = [];
      const exec = sql.exec.bind(sql);
      const spy = new TaskStore(
        {
          exec: (statement: string, ...values: SqlStorageValue[]) => {
            statements.push([statement, values]);
            return exec(statement, ...values);
          },
        } as unknown as SqlStorage,
        new MetaStore(sql),
      );
      for (const filter of filters) spy.list({ ...NO_FILTER, ...filter }, 10);
      for (const [statement, values] of statements) {
        const plan = exec(`EXPLAIN QUERY PLAN ${statement}`, ...values).toArray();
        for (const { detail } of plan) expect(String(detail)).not.toMatch(/USE TEMP B-TREE|SCAN tasks$/);
      }
      expect(store.list(NO_FILTER, 10)).toEqual({ ids: [], next: null });
    }));
});
