/** How often a running task is polled, and what a poll writes, on a clock that only the test moves. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PHASE, progressStep, STATUS, type TaskRow } from "../../../src/domain/task.ts";
import { countRowsWritten } from "../../support/row-meter.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;
const SHAPE = JSON.stringify(["Imagen Nano Banana 2", "txt", null, null, 1, "1K", null, null]);
const ENDLESS: Script = { submit: ["accept"], credits: 10, query: ["running"], copy: ["stored"] };
const STEP_MS = 1_000;

const inTenant = (work: (tenant: ScriptedTenant, storage: DurableObjectStorage) => Promise<void>) =>
  runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_object, { storage }) =>
    work(await ScriptedTenant.create(storage), storage),
  );

/** Makes the tenant know that such tasks take about so long. */
const learn = (tenant: ScriptedTenant, meanMs: number, spreadMs: number) =>
  tenant.services.commit.run(() => {
    for (let task = 0; task < 40; task += 1) {
      tenant.services.durations.learn(SHAPE, meanMs + (task % 2 === 0 ? spreadMs : -spreadMs));
    }
  });

async function submit(tenant: ScriptedTenant, script = ENDLESS): Promise<TaskRow> {
  await tenant.submit({ script, shape: SHAPE, idempotencyKey: null, byToken: false });
  const task = tenant.tasks().at(-1);
  if (task === undefined) throw new Error("not admitted");
  return task;
}

/** Lets time pass. @returns when the upstream was called, in ms since the start */
async function pollTimes(tenant: ScriptedTenant, forMs: number, each: (ms: number) => void = () => {}) {
  const times: number[] = [];
  for (let ms = STEP_MS; ms <= forMs; ms += STEP_MS) {
    const before = tenant.upstream.calls;
    await tenant.advance(STEP_MS);
    if (tenant.upstream.calls > before) times.push(ms);
    each(ms);
  }
  return times;
}

const gaps = (times: readonly number[]) => times.slice(1).map((at, index) => at - (times[index] ?? 0));

describe("a task that nobody watches", () => {
  it("is polled every five to ten seconds while the usual duration of its shape is not known", () =>
    inTenant(async (tenant) => {
      await submit(tenant);
      const times = await pollTimes(tenant, 120_000);
      for (const gap of gaps(times)) expect(gap).toBeLessThanOrEqual(10_000 + STEP_MS);
      expect(times.length).toBeGreaterThan(11);
    }));

  it("is polled rarely from its 30th second on, and every five seconds around its expected end", () =>
    inTenant(async (tenant) => {
      await learn(tenant, 240_000, 10_000);
      await submit(tenant);
      const times = await pollTimes(tenant, 260_000);
      const within = (from: number, to: number) => times.filter((at) => at > from && at <= to);
      expect(within(0, 30_000).length).toBeGreaterThanOrEqual(2);
      expect(within(35_000, 200_000).length).toBeLessThanOrEqual(4);
      for (const gap of gaps(times)) expect(gap).toBeLessThanOrEqual(60_000 + STEP_MS);
      for (const gap of gaps(times)) expect(gap).toBeGreaterThanOrEqual(5_000);
      for (const gap of gaps(within(230_000, 260_000))) expect(gap).toBeLessThanOrEqual(5_000 + 2 * STEP_MS);
    }));

  it("is polled within ten seconds once a caller looks at it, and as often as ever while one does", () =>
    inTenant(async (tenant) => {
      await learn(tenant, 600_000, 10_000);
      const { task_id } = await submit(tenant);
      await pollTimes(tenant, 100_000);
      const look = () => {
        const task = tenant.services.tasks.get(task_id);
        if (task !== null) tenant.services.taskSteps.see(task);
      };
      look();
      const times = await pollTimes(tenant, 60_000, (ms) => ms % 20_000 === 0 && look());
      for (const gap of gaps([0, ...times])) expect(gap).toBeLessThanOrEqual(10_000 + STEP_MS);
    }));

  it("has its progress written when a caller looks at it, and not before", () =>
    inTenant(async (tenant, storage) => {
      const { task_id } = await submit(tenant);
      await pollTimes(tenant, 6_000);
      const written = countRowsWritten(storage.sql);
      await pollTimes(tenant, 60_000);
      expect(written()["UPDATE tasks"] ?? 0).toBe(0);
      const task = tenant.services.tasks.get(task_id);
      const shown = task && tenant.services.taskSteps.see(task);
      expect(shown?.progress).toBeGreaterThan(50);
      expect(written()["UPDATE tasks"]).toBe(1);
      expect(tenant.tasks()).toMatchObject([{ progress: progressStep(shown?.progress ?? 0) }]);
    }));

  it("has its progress written four times while a caller looks at it all the time", () =>
    inTenant(async (tenant, storage) => {
      const { task_id } = await submit(tenant);
      await pollTimes(tenant, 6_000);
      const written = countRowsWritten(storage.sql);
      const seen = new Set<number>();
      const look = () => {
        const task = tenant.services.tasks.get(task_id);
        if (task !== null) seen.add(tenant.services.taskSteps.see(task).progress);
      };
      await pollTimes(tenant, 400_000, (ms) => ms % 5_000 === 0 && look());
      expect(seen.size).toBeGreaterThan(7);
      expect(written()["UPDATE tasks"]).toBeLessThanOrEqual(4);
    }));

  it("ends with the progress that callers saw, also after its object has lost its memory", () =>
    inTenant(async (tenant) => {
      const { task_id } = await submit(tenant);
      await pollTimes(tenant, 6_000);
      const { tasks } = tenant.services;
      tasks.update(task_id, { progress: 37 });
      expect(tenant.tasks()).toMatchObject([{ progress: 50 }]);
      tasks.update(task_id, { phase: PHASE.ended, status: STATUS.failed });
      expect(tenant.tasks()).toMatchObject([{ progress: 37 }]);
      tasks.clearCache();
      expect(tasks.get(task_id)?.progress).toBe(37);
    }));

  it("never shows less progress than before, also after its object has lost its memory", () =>
    inTenant(async (tenant) => {
      const { task_id } = await submit(tenant);
      let last = 0;
      for (let round = 0; round < 6; round += 1) {
        await pollTimes(tenant, 40_000);
        const task = tenant.services.tasks.get(task_id);
        const shown = task && tenant.services.taskSteps.see(task);
        expect(shown?.progress).toBeGreaterThanOrEqual(last);
        last = shown?.progress ?? 0;
        tenant.die();
        expect(tenant.services.tasks.get(task_id)?.progress).toBe(progressStep(last));
      }
    }));
});

describe("the usual duration of a shape", () => {
  it("is learned from completed tasks and survives the loss of memory", () =>
    inTenant(async (tenant) => {
      for (let task = 0; task < 3; task += 1) {
        await submit(tenant, {
          ...ENDLESS,
          query: [...Array.from({ length: 3 }, () => "running" as const), "completed"],
        });
        await pollTimes(tenant, 60_000);
      }
      const usual = tenant.services.durations.of(SHAPE);
      expect(usual?.meanMs).toBeGreaterThan(15_000);
      expect(usual?.meanMs).toBeLessThan(40_000);
      tenant.die();
      const stored = tenant.services.durations.of(SHAPE);
      expect(stored?.meanMs).toBeGreaterThan((usual?.meanMs ?? 0) * 0.8);
      expect(stored?.meanMs).toBeLessThan((usual?.meanMs ?? 0) * 1.2);
    }));

  it("is not learned from a task that failed", () =>
    inTenant(async (tenant) => {
      await submit(tenant, { ...ENDLESS, query: ["running", "failed"] });
      await pollTimes(tenant, 30_000);
      expect(tenant.services.durations.of(SHAPE)).toBeNull();
    }));

  it("is kept for the last hundred shapes", () =>
    inTenant(async (tenant) => {
      await tenant.services.commit.run(() => {
        for (let shape = 0; shape < 150; shape += 1) tenant.services.durations.learn(`shape ${shape}`, 60_000);
      });
      expect(tenant.services.durations.of("shape 49")).toBeNull();
      expect(tenant.services.durations.of("shape 50")).not.toBeNull();
    }));
});
