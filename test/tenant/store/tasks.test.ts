import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { MetaStore } from "../../../src/tenant/store/meta.ts";
import { TaskStore } from "../../../src/tenant/store/tasks.ts";
import { taskRow } from "../../support/task-row.ts";
import { tenantStub } from "../../support/tenant-object.ts";

/** Runs a test on the tables of an object of its own. `fresh` is a store that has cached nothing. */
function onTables(
  test: (parts: { store: TaskStore; fresh: () => TaskStore; storage: DurableObjectStorage }) => void,
): Promise<void> {
  return runInDurableObject(tenantStub(`task-store ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const fresh = () => new TaskStore(storage.sql, new MetaStore(storage.sql));
    test({ store: fresh(), fresh, storage });
  });
}

describe("TaskStore", () => {
  it("reads what it has written as it is on disk", () =>
    onTables(({ store, fresh }) => {
      const row = taskRow({ task_id: 7, due_at: 5 });
      store.insert(row);
      store.update(7, { progress: 40, due_at: 9 });
      expect(store.get(7)).toMatchObject({ ...row, progress: 40, due_at: 9 });
      expect(fresh().get(7)).toMatchObject({ ...row, progress: 50, due_at: 9 });
      store.remove(7);
      expect(store.get(7)).toBeNull();
    }));

  it("does not cache an undone change after clearCache", () =>
    onTables(({ store, storage }) => {
      store.insert(taskRow({ task_id: 7, progress: 10 }));
      const undone = () =>
        storage.transactionSync(() => {
          store.update(7, { progress: 50 });
          store.insert(taskRow({ task_id: 8 }));
          throw new Error("undone");
        });
      expect(undone).toThrow("undone");
      store.clearCache();
      expect(store.get(7)?.progress).toBe(10);
      expect(store.get(8)).toBeNull();
    }));

  it("keeps no more than some rows, and no large ones, and reads them all the same", () =>
    onTables(({ store }) => {
      for (let id = 1; id <= 300; id += 1) store.insert(taskRow({ task_id: id, progress: id % 100 }));
      store.insert(taskRow({ task_id: 301, request: "x".repeat(100_000) }));
      expect([1, 150, 300].map((id) => store.get(id)?.progress)).toEqual([1, 50, 0]);
      expect(store.get(301)?.request).toHaveLength(100_000);
    }));

  it.each([
    "the store that wrote it",
    "a store that has not read it",
  ])("lists what has work, whoever changes it: %s", (who) =>
    onTables(({ store, fresh }) => {
      store.insert(taskRow({ task_id: 1, due_at: 5 }));
      store.insert(taskRow({ task_id: 2, due_at: null }));
      const writer = () => (who === "the store that wrote it" ? store : fresh());
      const withWork = () => store.withWork(0, 10).map(({ task_id, due_at }) => [task_id, due_at]);
      expect(withWork()).toEqual([[1, 5]]);
      writer().update(2, { due_at: 6 });
      writer().update(1, { due_at: 8 });
      expect(withWork()).toEqual([
        [1, 8],
        [2, 6],
      ]);
      writer().update(1, { due_at: null });
      expect(withWork()).toEqual([[2, 6]]);
    }));

  it("does not write the index when only the due time and the progress of a task move", () =>
    onTables(({ storage: { sql } }) => {
      const statements: string[] = [];
      const exec = (statement: string, ...values: SqlStorageValue[]) => {
        statements.push(statement);
        return sql.exec(statement, ...values);
      };
      const store = new TaskStore({ exec } as unknown as SqlStorage, new MetaStore(sql));
      store.insert(taskRow({ task_id: 1, due_at: 5 }));
      store.update(1, { progress: 1, due_at: 2 });
      store.update(1, { due_at: null });
      const written = statements.slice(1).map((statement) => {
        const values = Array.from({ length: statement.split("?").length - 1 }, () => 1);
        const steps = sql.exec(`EXPLAIN ${statement}`, ...values).toArray();
        return steps.filter(({ opcode }) => opcode === "OpenWrite").length;
      });
      // The table alone; the table and the index.
      expect(written).toEqual([1, 2]);
    }));
});
