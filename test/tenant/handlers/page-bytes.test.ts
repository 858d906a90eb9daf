/** Lists, exports and batches of a tenant's object end by bytes: the largest allowed rows break none of them. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PHASE, STATUS } from "../../../src/domain/task.ts";
import { firstTaskIdAt } from "../../../src/domain/task-id.ts";
import { ledgerPage } from "../../../src/tenant/handlers/ledger.ts";
import { operatorTasks, taskLines } from "../../../src/tenant/handlers/operator-tasks.ts";
import { retainTasks } from "../../../src/tenant/handlers/task-deletion.ts";
import { listTasks } from "../../../src/tenant/handlers/tasks.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import { taskRow } from "../../support/task-row.ts";

const { TENANTS } = env as unknown as Bindings;
const MAX_PAGE = 4 * 1024 * 1024;
const MAX_RPC = 32 * 1024 * 1024;
const TASKS = 24;
/** The longest prompt that is allowed, outside Latin-1: three bytes a character, two in memory. */
const PROMPT = "画".repeat(250_000);
const DAY_MS = 86_400_000;

/** A tenant whose tasks are as large as any can be. */
function withLargeTasks(test: (world: ScriptedTenant, ids: readonly number[]) => Promise<void>): Promise<void> {
  return runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, { storage }) => {
    const world = await ScriptedTenant.create(storage, { retentionDays: 1 });
    const first = firstTaskIdAt(world.now - 5 * DAY_MS);
    const ids = Array.from({ length: TASKS }, (_, index) => first + index);
    for (const task_id of ids) {
      storage.transactionSync(() =>
        world.services.tasks.insert(
          taskRow({
            task_id,
            file_secret: "c2VjcmV0c2VjcmV0c2Vj",
            phase: PHASE.ended,
            status: STATUS.failed,
            settled: "released",
            due_at: null,
            created_at: world.now - 5 * DAY_MS,
            request: JSON.stringify({ prompt: PROMPT }),
            fail_reason: "語".repeat(60_000),
          }),
        ),
      );
    }
    await test(world, ids);
    await storage.deleteAlarm();
  });
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const QUERY = { status: null, model: null, from: null, to: null, before: null };

describe("a page of tasks with the longest prompts", () => {
  it("of the tenant and of the operator has at most 4 MiB, and the pages together have every task once", () =>
    withLargeTasks(async (world, ids) => {
      const tenant = world.services.meta.tenant();
      if (tenant === null) throw new Error("no tenant");
      const lists = [
        (before: number | null) =>
          listTasks(world.services, { owner: null, tenant }, { ...QUERY, limit: 70, before }, "https://gateway.test"),
        (before: number | null) =>
          operatorTasks(world.services, { ...QUERY, limit: 70, before }, "https://gateway.test"),
      ];
      for (const list of lists) {
        const seen: number[] = [];
        let before: number | null = null;
        do {
          const text = await list(before);
          expect(bytesOf(text)).toBeLessThanOrEqual(MAX_PAGE);
          const page = JSON.parse(text) as { tasks: { taskId: number }[]; nextCursor: string | null };
          expect(page.tasks.length).toBeGreaterThan(0);
          seen.push(...page.tasks.map(({ taskId }) => taskId));
          before = page.nextCursor === null ? null : Number(page.nextCursor);
        } while (before !== null);
        expect(seen).toEqual(ids.toReversed());
      }
    }));

  it("of an export ends by bytes too, and reads no prompt", () =>
    withLargeTasks(async (world, ids) => {
      const seen: number[] = [];
      let before: number | null = null;
      do {
        const page = taskLines(world.services, { ...QUERY, limit: 1_000, before });
        expect(bytesOf(JSON.stringify(page))).toBeLessThanOrEqual(MAX_PAGE);
        expect(JSON.stringify(page)).not.toContain("画");
        seen.push(...page.lines.map(({ taskId }) => taskId));
        before = page.next;
      } while (before !== null);
      expect(seen).toEqual(ids.toReversed());
    }));

  it("leaves no large row in memory", () =>
    withLargeTasks(async (world, ids) => {
      await operatorTasks(world.services, { ...QUERY, limit: 70 }, "https://gateway.test");
      const [first = 0] = ids;
      expect(world.services.tasks.get(first)).not.toBe(world.services.tasks.get(first));
    }));
});

describe("retention", () => {
  it("deletes as many tasks in one transaction as have 4 MiB, and the others after them", () =>
    withLargeTasks(async (world, ids) => {
      const left = () => world.services.tasks.ended(Number.MAX_SAFE_INTEGER, 1_000).length;
      let before = left();
      expect(before).toBe(ids.length);
      for (let rounds = 0; before > 0; rounds += 1) {
        await retainTasks(world.services);
        expect(before - left()).toBeGreaterThan(0);
        expect((before - left()) * bytesOf(PROMPT)).toBeLessThanOrEqual(MAX_PAGE);
        before = left();
        expect(rounds).toBeLessThan(ids.length);
      }
    }));
});

describe("a page of the ledger", () => {
  it("ends by bytes, and the pages together have every entry once", () =>
    runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, { storage }) => {
      const world = await ScriptedTenant.create(storage);
      await world.services.commit.run(() => {
        for (let entry = 0; entry < 30; entry += 1) world.services.ledger.credit(1, "語".repeat(300_000), world.now);
      });
      let entries = 0;
      let before: number | null = null;
      do {
        const page = ledgerPage(world.services, { from: null, to: null, taskId: null, before, limit: 1_000 });
        expect(bytesOf(JSON.stringify(page))).toBeLessThanOrEqual(MAX_PAGE);
        expect(bytesOf(JSON.stringify(page))).toBeLessThanOrEqual(MAX_RPC);
        entries += page.entries.length;
        before = page.more ? (page.entries.at(-1)?.entryId ?? null) : null;
      } while (before !== null);
      expect(entries).toBe(30);
      await storage.deleteAlarm();
    }));
});
