/** Which master key a task may go under: what is proven is on disk, so a crash or other settings change nothing of it. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { MasterKey } from "../../../src/config.ts";
import { PHASE } from "../../../src/domain/task.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;
const MODEL = "Imagen Nano Banana 2";

/** Plays a story with one tenant whose tasks follow a script. */
function tell(story: (tenant: ScriptedTenant) => Promise<void>): Promise<void> {
  const stub = TENANTS.getByName(crypto.randomUUID());
  return runInDurableObject(stub, async (_, { storage }) => {
    await story(await ScriptedTenant.create(storage, {}, { maxTasks: 10, maxCredits: 1_000 }));
  });
}

const submission = (submit: Script["submit"]) => ({
  script: { submit, credits: 3, query: ["completed"], copy: ["stored"] } satisfies Script,
  shape: JSON.stringify([MODEL, "txt", null, null, 1, "1K", null, null]),
  idempotencyKey: null,
  byToken: false,
});
const exchanged = (): MasterKey[] => [{ id: `new-${crypto.randomUUID()}`, key: "new" }];
const idsOf = (tenant: ScriptedTenant) => tenant.masterKeys.map(({ id }) => id);

describe("a task that was answered and then refused under every master key", () => {
  const story = async (tenant: ScriptedTenant) => {
    expect(await tenant.submit(submission(["late-key-refused", "late-key-refused", "accept"]))).toBe(200);
    await expect.poll(() => tenant.upstream.masterKeysUsed).toEqual(idsOf(tenant));
    await expect.poll(() => tenant.tasks()).toMatchObject([{ phase: PHASE.submitting, uncertain: 0 }]);
  };

  it("goes on under the first that works again, within 30 s", () =>
    tell(async (tenant) => {
      await story(tenant);
      await tenant.advance(15_000);
      expect(tenant.upstream.masterKeysUsed).toHaveLength(2);
      await tenant.advance(14_900);
      expect(tenant.upstream.masterKeysUsed.slice(2)).toEqual(idsOf(tenant).slice(0, 1));
      await tenant.finish();
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, settled: "captured" }]);
    }));

  it("goes on under one that was put in their place", () =>
    tell(async (tenant) => {
      await story(tenant);
      const masterKeys = exchanged();
      await tenant.crash({ masterKeys });
      await tenant.advance(29_900);
      expect(tenant.upstream.masterKeysUsed.slice(2)).toEqual([masterKeys[0]?.id]);
      expect(tenant.tasks()).toMatchObject([{ master_key: masterKeys[0]?.id }]);
    }));
});

describe("a task whose submissions get nothing but 403 without the upstream's envelope", () => {
  it("is kept under its master key, then fails after 15 minutes with its hold released", () =>
    tell(async (tenant) => {
      expect(await tenant.submit(submission(["forbidden"]))).toBe(200);
      await tenant.advance(60_000);
      await tenant.crash();
      for (let minute = 1; minute < 14; minute += 1) await tenant.advance(60_000);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.submitting }]);
      await tenant.advance(70_000);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, status: 3, settled: "released", held: 0 }]);
      expect(new Set(tenant.upstream.masterKeysUsed)).toEqual(new Set(idsOf(tenant).slice(0, 1)));
    }));

  it("starts its 15 minutes anew after any other answer", () =>
    tell(async (tenant) => {
      await tenant.submit(submission([...Array(5).fill("forbidden"), "unheard", "forbidden"]));
      for (let step = 0; step < 5; step += 1) await tenant.advance(170_000);
      await tenant.advance(170_000);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.submitting }]);
      for (let step = 0; step < 6; step += 1) await tenant.advance(170_000);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, settled: "released" }]);
    }));

  it("is submitted once it is let through", () =>
    tell(async (tenant) => {
      await tenant.submit(submission(["forbidden", "forbidden", "accept"]));
      await tenant.finish();
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, settled: "captured" }]);
    }));
});

describe("a task whose acceptance is unknown", () => {
  it("stays with its master key when that one is refused", () =>
    tell(async (tenant) => {
      const [first] = idsOf(tenant);
      await tenant.submit(submission(["unheard", "key-refused", "key-refused", "accept"]));
      await tenant.finish();
      expect(tenant.upstream.masterKeysUsed).toEqual([first, first, first, first]);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, settled: "captured" }]);
    }));

  it("because the object died during its first attempt stays with its master key", () =>
    tell(async (tenant) => {
      const [first] = idsOf(tenant);
      await tenant.submit(submission(["hang", "key-refused", "accept"]));
      await tenant.crash();
      await tenant.finish();
      expect(tenant.upstream.masterKeysUsed).toEqual([first, first, first]);
    }));

  it("because the object died during its first attempt under another key stays with that one", () =>
    tell(async (tenant) => {
      const [first, second] = idsOf(tenant);
      await tenant.submit(submission(["key-refused", "hang", "key-refused", "accept"]));
      await tenant.crash();
      await tenant.finish();
      expect(tenant.upstream.masterKeysUsed).toEqual([first, second, second, second]);
    }));

  it("waits for its master key when that was taken out of the settings, and fails in the end", () =>
    tell(async (tenant) => {
      await tenant.submit(submission(["unheard"]));
      await tenant.crash({ masterKeys: exchanged() });
      await tenant.advance(3_600_000);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.submitting }]);
      expect(tenant.upstream.masterKeysUsed).toHaveLength(1);
      await tenant.advance(6 * 3_600_000);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, status: 3, settled: "released" }]);
    }));

  it("goes on as soon as its master key is put back", () =>
    tell(async (tenant) => {
      const own = tenant.masterKeys;
      await tenant.submit(submission(["unheard", "accept"]));
      await tenant.crash({ masterKeys: exchanged() });
      await tenant.advance(60_000);
      await tenant.crash({ masterKeys: own });
      await tenant.finish();
      expect(tenant.upstream.masterKeysUsed).toEqual([own[0]?.id, own[0]?.id]);
      expect(tenant.tasks()).toMatchObject([{ phase: PHASE.ended, settled: "captured" }]);
    }));
});
