import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { CachePurger } from "../../src/directory/cache-purges.ts";
import type { PurgeCall } from "../../src/domain/file-cache.ts";
import { NamedTexts } from "../../src/lib/named-texts.ts";

const { DIRECTORY } = env as unknown as Bindings;
const MINUTE = 60_000;

/** A purger over a real Directory's database, with a clock and a platform of the test's own. */
async function withPurger(work: (world: ReturnType<typeof createWorld>) => Promise<void>): Promise<void> {
  const stub = DIRECTORY.getByName(`purges ${crypto.randomUUID()}`);
  await runInDurableObject(stub, (_instance, state) => work(createWorld(state.storage)));
}

function createWorld(storage: DurableObjectStorage) {
  const calls: { readonly at: number; readonly call: PurgeCall }[] = [];
  const world = {
    now: Date.UTC(2026, 10, 30),
    calls,
    answer: async (_call: PurgeCall): Promise<{ success: boolean; errors?: unknown }> => ({ success: true }),
    /** A purger as after a restart: it knows what is on disk. */
    purger: () =>
      new CachePurger({
        storage,
        settings: new NamedTexts(storage.sql, "settings"),
        now: () => world.now,
        purge: (call) => {
          calls.push({ at: world.now, call });
          return world.answer(call);
        },
      }),
    /** Lives for a while, one second at a time, as the alarm does. */
    async live(ms: number, each: (purger: CachePurger) => void = () => {}): Promise<void> {
      const purger = world.purger();
      for (const end = world.now + ms; world.now < end; world.now += 1_000) {
        each(purger);
        if ((purger.nextDueAt() ?? Number.POSITIVE_INFINITY) <= world.now) await purger.run();
      }
    },
  };
  return world;
}

const task = (taskId: number, tenantId = "ten_1") => ({ tenantId, taskIds: [taskId] });

describe("the purger", () => {
  it("calls at once while the platform allows it, with a tag a task, and then has nothing left", () =>
    withPurger(async (world) => {
      const purger = world.purger();
      expect(purger.nextDueAt()).toBeNull();
      purger.add(task(1));
      purger.add(task(2));
      expect(purger.nextDueAt()).toBe(world.now);
      await purger.run();
      expect(world.calls.map(({ call }) => call)).toEqual([{ tags: ["k-ten_1-1", "k-ten_1-2"] }]);
      expect(purger.nextDueAt()).toBeNull();
    }));

  it("stays within 25 calls at once and 5 a minute, however much comes in, and nothing waits longer than 12 s", () =>
    withPurger(async (world) => {
      let next = 0;
      const added: { readonly at: number; readonly id: number }[] = [];
      await world.live(5 * MINUTE, (purger) => {
        for (let count = 0; count < 3; count += 1) {
          next += 1;
          purger.add(task(next, `ten_${next}`));
          added.push({ at: world.now, id: next });
        }
      });
      expect(world.calls.length).toBeLessThanOrEqual(25 + 5 * 5);
      for (const start of world.calls) {
        const inMinute = world.calls.filter(({ at }) => at >= start.at && at < start.at + MINUTE);
        expect(inMinute.length).toBeLessThanOrEqual(25 + 5);
      }
      const purgedAt = (id: number) =>
        world.calls.find(({ call }) => "purgeEverything" in call || call.tags.includes(`k-ten_${id}-${id}`))?.at;
      for (const { at, id } of added.slice(0, -40)) expect((purgedAt(id) ?? Infinity) - at).toBeLessThanOrEqual(12_000);
    }));

  it("counts its calls across a restart", () =>
    withPurger(async (world) => {
      for (let call = 0; call < 25; call += 1) {
        const purger = world.purger();
        purger.add(task(call));
        await purger.run();
      }
      const purger = world.purger();
      purger.add(task(99));
      expect(purger.nextDueAt()).toBe(world.now + 12_000);
      await purger.run();
      expect(world.calls).toHaveLength(25);
      world.now += 12_000;
      await purger.run();
      expect(world.calls).toHaveLength(26);
    }));

  it("repeats what the platform refused or did not answer, until it is confirmed", () =>
    withPurger(async (world) => {
      world.purger().add(task(7));
      const answers = [
        async () => ({ success: false, errors: [{ code: 971, message: "rate limit" }] }),
        () => Promise.reject(new Error("internal error")),
      ];
      world.answer = async () => (await answers.shift()?.()) ?? { success: true };
      await world.live(MINUTE);
      expect(world.calls.map(({ call }) => call)).toEqual(Array(3).fill({ tags: ["k-ten_1-7"] }));
      const [first, second] = world.calls;
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(12_000);
      expect(world.purger().nextDueAt()).toBeNull();
    }));

  it("keeps a purge that comes during the call", () =>
    withPurger(async (world) => {
      const purger = world.purger();
      purger.add(task(1));
      world.answer = async () => {
        purger.add(task(1));
        return { success: true };
      };
      await purger.run();
      expect(purger.nextDueAt()).toBe(world.now);
    }));

  it("keeps a bounded number of rows while the platform refuses, and loses nothing", () =>
    withPurger(async (world) => {
      const purger = world.purger();
      for (let id = 0; id < 3_000; id += 1) purger.add(task(id));
      await purger.run();
      expect(world.calls.map(({ call }) => call)).toEqual([{ purgeEverything: true }]);
      expect(purger.nextDueAt()).toBeNull();
    }));
});
