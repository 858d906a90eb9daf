/** A store of tasks on the tables of an object of its own, and the statements and pages of its lists. */
import { runInDurableObject } from "cloudflare:test";
import type { TaskRow } from "../../src/domain/task.ts";
import { migrate } from "../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../src/tenant/migrations.ts";
import { MetaStore } from "../../src/tenant/store/meta.ts";
import type { TaskFilter } from "../../src/tenant/store/task-filter.ts";
import { TaskStore } from "../../src/tenant/store/tasks.ts";
import { taskRow } from "./task-row.ts";
import { tenantStub } from "./tenant-object.ts";

export const NO_FILTER: TaskFilter = {
  status: null,
  model: null,
  owner: null,
  endUser: null,
  keyId: null,
  metadata: [],
  q: null,
  firstId: null,
  lastId: null,
  before: null,
};

/** Runs a test on a store with these rows; ids count up from 1. */
export function onRows(
  rows: readonly Partial<TaskRow>[],
  test: (store: TaskStore, sql: SqlStorage) => void,
): Promise<void> {
  return runInDurableObject(tenantStub(`task-lists ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const store = new TaskStore(storage.sql, new MetaStore(storage.sql));
    storage.transactionSync(() => {
      for (const [index, row] of rows.entries()) store.insert(taskRow({ task_id: index + 1, ...row }));
    });
    test(store, storage.sql);
  });
}

/** @returns a store of the same rows; `seen` gets each cursor once the store has read it, or left it */
export function spyOn(
  sql: SqlStorage,
  seen: (cursor: SqlStorageCursor<never>, statement: string, values: SqlStorageValue[]) => void,
): TaskStore {
  const exec = (statement: string, ...values: SqlStorageValue[]) => {
    const cursor = sql.exec(statement, ...values);
    function* read() {
      try {
        yield* cursor;
      } finally {
        seen(cursor as never, statement, values);
      }
    }
    return { one: () => [...read()][0], [Symbol.iterator]: read };
  };
  return new TaskStore({ exec } as unknown as SqlStorage, new MetaStore(sql));
}

/** Every page of a list, until its end. */
export function pagesOf(store: TaskStore, filter: Partial<TaskFilter>, limit: number): number[][] {
  const pages: number[][] = [];
  let before: number | null = null;
  do {
    const { ids, next } = store.list({ ...NO_FILTER, ...filter, before }, limit);
    pages.push([...ids]);
    before = next;
  } while (before !== null);
  return pages;
}
