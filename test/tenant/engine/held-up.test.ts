/** What never waits for what: a tenant's endpoint for other receivers, first attempts for retries, files for slow files. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { WebhookResponse } from "../../../src/domain/delivery.ts";
import { readFiles } from "../../../src/domain/task-mirroring.ts";
import { putWebhook } from "../../../src/tenant/handlers/webhooks.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;
const ENDPOINT = "https://own.example/hook";
const SHAPE = JSON.stringify(["Imagen Nano Banana 2", "txt", null, null, 1, "1K", null, null]);
const DELIVERED: WebhookResponse = { status: 200, durationMs: 1, response: "", retryAfterMs: null, error: null };
const FAILED: WebhookResponse = { ...DELIVERED, status: 500 };

const inTenant = (work: (tenant: ScriptedTenant) => Promise<void>) =>
  runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_, { storage }) =>
    work(await ScriptedTenant.create(storage)),
  );

function submit(tenant: ScriptedTenant, copy: Script["copy"] = ["stored"], webhookUrl?: string): Promise<number> {
  const script: Script = { submit: ["accept"], credits: 1, query: ["completed"], copy };
  const target = webhookUrl === undefined ? {} : { webhookUrl };
  return tenant.submit({ script, shape: SHAPE, idempotencyKey: crypto.randomUUID(), byToken: false, ...target });
}

const isStored = (tenant: ScriptedTenant, index: number) => {
  const task = tenant.tasks()[index];
  return task !== undefined && readFiles(task).some(({ state }) => state === "stored");
};

describe("a tenant's own endpoint", () => {
  it("gets its events at once while a hundred receivers of as many origins hang", () =>
    inTenant(async (tenant) => {
      const reached: string[] = [];
      tenant.upstream.deliverTo = (url) => {
        reached.push(url);
        return url === ENDPOINT ? Promise.resolve(DELIVERED) : new Promise(() => {});
      };
      await putWebhook(tenant.services, { url: ENDPOINT, events: null });
      for (let host = 0; host < 100; host += 1) await submit(tenant, ["stored"], `https://host-${host}.example/hook`);
      await tenant.advance(10_000);
      expect(reached.length).toBeGreaterThan(8);
      await submit(tenant);
      await tenant.advance(10_000);
      expect(reached.filter((url) => url === ENDPOINT)).toHaveLength(1);
    }));

  it("gets first attempts at once while a hundred retries to it are due", () =>
    inTenant(async (tenant) => {
      let down = true;
      let attempts = 0;
      tenant.upstream.deliverTo = async () => {
        attempts += 1;
        if (attempts > 100 && down) return new Promise(() => {});
        return down ? FAILED : DELIVERED;
      };
      await putWebhook(tenant.services, { url: ENDPOINT, events: null });
      for (let task = 0; task < 100; task += 1) await submit(tenant);
      await tenant.advance(10_000);
      expect(attempts).toBe(100);
      // All retries are due, and those that began hang.
      await tenant.advance(6_000);
      const hanging = attempts;
      expect(hanging).toBeGreaterThan(100);
      down = false;
      await submit(tenant);
      await tenant.advance(10_000);
      expect(attempts).toBe(hanging + 1);
    }));
});

describe("a file", () => {
  it.each([
    [4, "drip"],
    [16, "drip"],
    [17, "drip"],
    [120, "drip"],
    [600, "drip"],
    [16, "stall"],
    [60, "stall"],
  ] as const)("is copied within a minute while %i others %s", (count, fault) =>
    inTenant(async (tenant) => {
      for (let file = 0; file < count; file += 1) await submit(tenant, [fault]);
      await submit(tenant);
      await tenant.advance(10_000);
      let waitedMs = 0;
      for (; waitedMs < 120_000 && !isStored(tenant, count); waitedMs += 250) await tenant.advance(250);
      expect(waitedMs).toBeLessThanOrEqual(60_000);
      // The slow files do not stop it later on either.
      await tenant.advance(60_000);
      await submit(tenant);
      await tenant.advance(10_000);
      for (waitedMs = 0; waitedMs < 120_000 && !isStored(tenant, count + 1); waitedMs += 250) await tenant.advance(250);
      expect(waitedMs).toBeLessThanOrEqual(60_000);
    }));

  it("is copied within a minute after a restart, which forgets that 30 others drip", () =>
    inTenant(async (tenant) => {
      for (let file = 0; file < 30; file += 1) await submit(tenant, ["drip"]);
      await tenant.advance(10_000);
      for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 1_000) await tenant.advance(1_000);
      // One failed attempt, whose retry is due with those of the slow files, and one that was not tried yet.
      await submit(tenant, ["unavailable", "stored"]);
      await tenant.advance(10_000);
      tenant.die();
      await submit(tenant);
      await tenant.advance(10_000);
      const bothAreStored = () => isStored(tenant, 30) && isStored(tenant, 31);
      let waitedMs = 0;
      for (; waitedMs < 120_000 && !bothAreStored(); waitedMs += 250) await tenant.advance(250);
      expect(waitedMs).toBeLessThanOrEqual(60_000);
    }));

  it.each([
    [5, "drip"],
    [60, "drip"],
    [30, "stall"],
  ] as const)("that is large is copied within two minutes while %i others %s", (count, fault) =>
    inTenant(async (tenant) => {
      for (let file = 0; file < count; file += 1) await submit(tenant, [fault]);
      await submit(tenant, ["large"]);
      await tenant.advance(10_000);
      let waitedMs = 0;
      for (; waitedMs < 240_000 && !isStored(tenant, count); waitedMs += 250) await tenant.advance(250);
      // 15 s in the lane of other files, and 40 s once it is known to be large.
      expect(waitedMs).toBeLessThanOrEqual(115_000);
    }));

  it("that stalls once is copied within a minute while 60 others drip", () =>
    inTenant(async (tenant) => {
      for (let file = 0; file < 60; file += 1) await submit(tenant, ["drip"]);
      await tenant.advance(10_000);
      for (let second = 0; second < 40; second += 1) await tenant.advance(1_000);
      await submit(tenant, ["stored"]);
      tenant.upstream.stallOnce();
      await tenant.advance(10_000);
      let waitedMs = 0;
      for (; waitedMs < 120_000 && !isStored(tenant, 60); waitedMs += 250) await tenant.advance(250);
      expect(waitedMs).toBeLessThanOrEqual(60_000);
    }));

  it("that is slow gets the time it needs", () =>
    inTenant(async (tenant) => {
      await submit(tenant, ["drip", "stored"]);
      await tenant.advance(10_000);
      for (let second = 0; second < 30; second += 1) await tenant.advance(1_000);
      expect(isStored(tenant, 0)).toBe(true);
    }));

  it("that is down for hours is copied at once when a reader needs it, and no more often than every 10 s", () =>
    inTenant(async (tenant) => {
      await submit(tenant, [...Array.from({ length: 20 }, () => "unavailable" as const), "stored"]);
      // After a dozen attempts the next one is a quarter of an hour away.
      for (let quarter = 0; quarter < 14; quarter += 1) await tenant.advance(900_000);
      const attempts = () => readFiles(tenant.tasks()[0] as never)[0]?.attempts ?? 0;
      const ask = async () => {
        const [task] = tenant.tasks();
        if (task) await tenant.services.taskSteps.repairFile(task, "0");
        await tenant.advance(1_000);
      };
      const before = attempts();
      await ask();
      expect(attempts()).toBe(before + 1);
      for (let second = 0; second < 5; second += 1) await ask();
      expect(attempts()).toBe(before + 1);
      await tenant.advance(5_000);
      await ask();
      expect(attempts()).toBe(before + 2);
    }));
});
