/** Tasks in numbers: how many are in memory, and that each has its turn. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PHASE } from "../../../src/domain/task.ts";
import { Alarm } from "../../../src/tenant/engine/alarm.ts";
import { LANES } from "../../../src/tenant/engine/lanes.ts";
import { MAX_TASKS_IN_MEMORY, type StoredWork, TaskWindow } from "../../../src/tenant/engine/task-window.ts";
import { WorkQueue } from "../../../src/tenant/engine/work-queue.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";
import { pass } from "../../support/until.ts";

const { TENANTS } = env as unknown as Bindings;
const SHAPE = JSON.stringify(["Imagen Nano Banana 2", "txt", null, null, 1, "1K", null, null]);
const RUNNING: Script = { submit: ["accept"], credits: 1, query: ["running"], copy: ["stored"] };
const LIMIT = 4_000;

/** A window over tasks that are kept in a map, with a clock of its own; each step takes one turn. */
class World {
  readonly disk = new Map<number, StoredWork>();
  readonly steps = new Map<number, number>();
  now = 1_000_000;
  most = 0;
  /** Decides when a task is due after its step, in ms; null: it has ended. */
  after: (taskId: number) => number | null = () => 10_000;
  readonly #queue: WorkQueue<keyof typeof LANES>;
  readonly window: TaskWindow;

  constructor() {
    const clock = { now: () => this.now };
    const storage = { setAlarm: async () => {} } as unknown as DurableObjectStorage;
    const log = (level: string, event: string) => {
      if (level === "error") throw new Error(event);
    };
    this.#queue = new WorkQueue(LANES, { alarm: new Alarm(storage, 1, log), clock, log });
    const tasks = {
      withWork: (afterId: number, limit: number) =>
        [...this.disk.values()]
          .filter(({ task_id }) => task_id > afterId)
          .sort((a, b) => a.task_id - b.task_id)
          .slice(0, limit),
      countWithWork: () => this.disk.size,
    };
    const run = (taskId: number) => this.#step(taskId);
    this.window = new TaskWindow({ queue: this.#queue, clock, tasks, run, retryMs: 1_000, limit: LIMIT });
  }

  add(taskId: number, dueAt: number): void {
    this.disk.set(taskId, { task_id: taskId, due_at: dueAt, phase: PHASE.running });
    this.window.set(taskId, dueAt, "polls");
  }

  async #step(taskId: number): Promise<null | undefined> {
    if (!this.disk.has(taskId)) return null;
    this.steps.set(taskId, (this.steps.get(taskId) ?? 0) + 1);
    await Promise.resolve();
    const wait = this.after(taskId);
    if (wait === null) this.disk.delete(taskId);
    // As in the object, a later due time alone stays in memory.
    this.window.set(taskId, wait === null ? null : this.now + wait, "polls");
    return undefined;
  }

  async pass(ms: number): Promise<void> {
    this.now += ms;
    await this.#queue.alarm();
    // Until all places that became free are taken and free again.
    for (let turn = 0; turn < 20; turn += 1) await pass(0);
    this.most = Math.max(this.most, this.window.size);
  }
}

describe("TaskWindow", () => {
  it("gives each task its turns whatever their number, and holds a bounded part of them", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(12_000), fc.nat(6_000), fc.boolean(), async (stored, added, soon) => {
        const world = new World();
        for (let id = 1; id <= stored; id += 1) {
          world.disk.set(id, { task_id: id, due_at: world.now - 1, phase: PHASE.running });
        }
        world.after = () => (soon ? 100 : 10_000);
        world.window.load();
        expect(world.window.size).toBe(Math.min(stored, LIMIT));
        for (let id = 1; id <= added; id += 1) world.add(20_000 + id, world.now + 5);
        for (let second = 0; second < 60; second += 1) await world.pass(1_000);
        const least = Math.min(...[...world.disk.keys()].map((id) => world.steps.get(id) ?? 0));
        if (stored + added > 0) expect(least).toBeGreaterThanOrEqual(2);
        expect(world.most).toBeLessThanOrEqual(LIMIT);
        world.after = () => null;
        for (let second = 0; second < 60 && world.disk.size > 0; second += 1) await world.pass(1_000);
        expect([world.disk.size, world.window.size]).toEqual([0, 0]);
      }),
      { numRuns: 6 },
    ));

  it("holds all tasks again once few are left, also those that are due much later", async () => {
    const world = new World();
    for (let id = 1; id <= 3 * LIMIT; id += 1) world.add(id, world.now + (id % 4 === 0 ? 10_000_000 : 1));
    world.after = (id) => (id % 4 === 0 ? 10_000_000 : null);
    for (let second = 0; second < 60 && world.disk.size > (3 * LIMIT) / 4; second += 1) await world.pass(1_000);
    for (const id of [...world.disk.keys()].filter((id) => id % 8 === 0)) {
      world.disk.delete(id);
      world.window.set(id, null, "polls");
    }
    for (let second = 0; second < 30; second += 1) await world.pass(1_000);
    expect(world.window.size).toBe(world.disk.size);
    expect(world.steps.size).toBe((3 * LIMIT * 3) / 4);
  });

  it("never starts a step of a task on which a caller works", async () => {
    const world = new World();
    for (let id = 1; id <= 2 * LIMIT; id += 1) world.add(id, world.now - 1);
    const taskId = 2 * LIMIT;
    await world.window.hold(taskId, async () => {
      for (let second = 0; second < 20; second += 1) await world.pass(1_000);
    });
    expect(world.steps.has(taskId)).toBe(false);
    for (let second = 0; second < 20; second += 1) await world.pass(1_000);
    expect(world.steps.get(taskId)).toBeGreaterThan(0);
  });
});

describe("an object with many running tasks", () => {
  it(
    "starts with a part of them in memory, polls each, and counts all of them",
    () =>
      runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_, { storage }) => {
        const tenant = await ScriptedTenant.create(storage);
        const submission = { script: RUNNING, shape: SHAPE, idempotencyKey: null, byToken: true };
        expect(await tenant.submit(submission)).toBe(200);
        const columns = storage.sql
          .exec<{ name: string }>("SELECT name FROM pragma_table_info('tasks') WHERE name <> 'task_id'")
          .toArray()
          .map(({ name }) => name);
        const count = MAX_TASKS_IN_MEMORY + 5_000;
        storage.sql.exec(
          `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO tasks (task_id,${columns}) SELECT task_id + i,${columns} FROM n CROSS JOIN tasks WHERE task_id = (SELECT MIN(task_id) FROM tasks)`,
          count - 1,
        );
        tenant.die();
        expect(tenant.services.work.size).toBe(MAX_TASKS_IN_MEMORY);
        expect(tenant.services.activeTasks(null)).toBe(count);
        // A token's share of the tenant's 1,000 places, and all places, are taken.
        expect(await tenant.submit(submission)).toBe(429);
        const polled = new Set<number>();
        const query = tenant.upstream.query.bind(tenant.upstream);
        tenant.upstream.query = async (pinned, others, names) => {
          polled.add((names as unknown as { readonly taskId: number }).taskId);
          return query(pinned, others, names);
        };
        for (let second = 0; second < 240 && polled.size < count; second += 1) await tenant.advance(1_000);
        expect(polled.size).toBe(count);
        expect(tenant.services.work.size).toBeLessThanOrEqual(MAX_TASKS_IN_MEMORY);
      }),
    120_000,
  );
});
