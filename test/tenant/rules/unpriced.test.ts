/** What a prepaid tenant may submit while nobody knows what it costs (contract sections 6 and 9, "Money"). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { PriceResult } from "../../../src/domain/tenant-report.ts";
import type { TenantSettings } from "../../../src/tenant/settings.ts";
import { ScriptedTenant } from "../../support/scripted-tenant.ts";
import type { Script } from "../../support/scripted-upstream.ts";

const { TENANTS } = env as unknown as Bindings;
const MODEL = "Imagen Nano Banana 2";
const shapeOfQuality = (quality: number | null) => JSON.stringify([MODEL, "txt", null, null, 1, "1K", quality, null]);

/** Plays a story with one tenant that has credits, and a Directory that knows what is given. */
function tell(
  story: (
    tenant: ScriptedTenant,
    submit: (script?: Partial<Script>, quality?: number) => Promise<number>,
  ) => Promise<void>,
  {
    settings = { billing: "prepaid" },
    known = {},
  }: { settings?: Partial<TenantSettings>; known?: Partial<PriceResult> } = {},
): Promise<void> {
  return runInDurableObject(TENANTS.getByName(crypto.randomUUID()), async (_, { storage }) => {
    const priceOf = async (): Promise<PriceResult> => ({ credits: null, dearest: null, shared: null, ...known });
    const tenant = await ScriptedTenant.create(storage, settings, undefined, { priceOf });
    await tenant.services.commit.run(() => tenant.services.ledger.credit(1_000, null, tenant.now));
    await story(tenant, (script, quality) =>
      tenant.submit({
        script: { submit: ["accept"], credits: 1, query: ["running"], copy: ["stored"], ...script },
        shape: shapeOfQuality(quality ?? null),
        idempotencyKey: null,
        byToken: false,
      }),
    );
    await storage.deleteAlarm();
  });
}

describe("while no price of a model is known, a prepaid tenant", () => {
  it("has one of ten submissions at once accepted", () =>
    tell(async (tenant, submit) => {
      const statuses = await Promise.all(Array.from({ length: 10 }, () => submit({ submit: ["hang"] })));
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 429)).toHaveLength(9);
      expect(tenant.services.ledger.balance()).toBe(990);
    }));

  it("submits again once the price is known, at that price", () =>
    tell(async (tenant, submit) => {
      expect(await submit({ credits: 400 })).toBe(200);
      expect(await submit({ credits: 400 })).toBe(200);
      expect(await submit({ credits: 400 }, 60)).toBe(402);
      expect(tenant.services.ledger.balance()).toBe(200);
    }));

  it("allows another submission after a refusal", () =>
    tell(async (_, submit) => {
      expect(await submit({ submit: ["refuse"] })).toBe(422);
      expect(await submit()).toBe(200);
    }));

  it("submits again after a minute without a price, and not before", () =>
    tell(async (tenant, submit) => {
      expect(await submit({ credits: null })).toBe(200);
      await tenant.advance(59_000);
      expect(await submit({ credits: null })).toBe(429);
      await tenant.advance(1_000);
      expect(await submit({ credits: null })).toBe(200);
    }));

  it("submits again once a task without a price has ended", () =>
    tell(async (tenant, submit) => {
      expect(await submit({ credits: null, query: ["failed"] })).toBe(200);
      await tenant.advance(10_000);
      expect(tenant.tasks()).toMatchObject([{ phase: 3 }]);
      expect(await submit()).toBe(200);
    }));

  it("keeps its place through a crash", () =>
    tell(async (tenant, submit) => {
      expect(await submit({ submit: ["hang"] })).toBe(200);
      tenant.die();
      expect(await submit()).toBe(429);
    }));
});

it("an unmetered tenant submits as many as it likes while no price is known", () =>
  tell(
    async (_, submit) => {
      const statuses = await Promise.all(Array.from({ length: 5 }, () => submit({ submit: ["hang"] })));
      expect(statuses).toEqual(Array(5).fill(200));
    },
    { settings: {} },
  ));

it("a shape without a price holds the highest price of its model that any tenant knows, × the markup", () =>
  tell(
    async (tenant, submit) => {
      expect(await submit({ submit: ["hang"] })).toBe(200);
      expect(tenant.services.ledger.balance()).toBe(1_000 - 330);
    },
    { settings: { billing: "prepaid", markup: 1.1 }, known: { dearest: 300 } },
  ));
