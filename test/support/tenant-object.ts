/** Looking into a tenant's object from outside its API. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { TaskRow } from "../../src/domain/task.ts";
import { ENTRIES, type LedgerRow } from "../../src/tenant/store/ledger.ts";
import { readTaskRow } from "../../src/tenant/store/task-row.ts";

const { TENANTS } = env as unknown as Bindings;

export function tenantStub(tenantId: string) {
  return TENANTS.getByName(tenantId);
}

/** Runs SQL in the object's own database. */
export function sqlIn<T>(tenantId: string, statement: string, ...values: unknown[]): Promise<T[]> {
  return runInDurableObject(tenantStub(tenantId), (_instance, state) => {
    return state.storage.sql.exec(statement, ...(values as SqlStorageValue[])).toArray() as T[];
  });
}

export async function taskRowIn(tenantId: string, taskId: number): Promise<TaskRow> {
  const [row] = await sqlIn<Record<string, SqlStorageValue>>(tenantId, "SELECT * FROM tasks WHERE task_id = ?", taskId);
  if (!row) throw new Error(`no task ${taskId}`);
  return readTaskRow(row);
}

export function ledgerIn(tenantId: string): Promise<LedgerRow[]> {
  return sqlIn<LedgerRow>(tenantId, `SELECT * FROM ${ENTRIES} ORDER BY entry_id`);
}

/** When the object's alarm is set for, or null. */
export function alarmOf(tenantId: string): Promise<number | null> {
  return runInDurableObject(tenantStub(tenantId), (_instance, state) => state.storage.getAlarm());
}

/** Every entry sums up to its balance, no kind comes twice for a task, and no ended task holds money. */
export async function expectBooksInOrder(tenantId: string): Promise<void> {
  let balance = 0;
  const seen = new Set<string>();
  for (const entry of await ledgerIn(tenantId)) {
    balance += entry.credits;
    expect(entry.balance).toBe(balance);
    if (entry.task_id === null) continue;
    const once = `${entry.task_id} ${entry.kind}`;
    expect(seen).not.toContain(once);
    seen.add(once);
  }
  const open = await sqlIn(tenantId, "SELECT task_id FROM tasks WHERE phase = 3 AND settled = 'open'");
  expect(open).toEqual([]);
}

/** What one task's entries come to: the kinds in order, and what it has cost. */
export async function moneyOf(tenantId: string, taskId: number): Promise<{ kinds: string[]; cost: number }> {
  const entries = (await ledgerIn(tenantId)).filter(({ task_id }) => task_id === taskId);
  return {
    kinds: entries.map(({ kind }) => kind),
    cost: 0 - entries.reduce((sum, { credits }) => sum + credits, 0),
  };
}
