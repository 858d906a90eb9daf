import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MetaStore } from "../../src/tenant/store/meta.ts";
import { viewEndpoint, WebhookEndpoint } from "../../src/webhooks/endpoint.ts";
import { createTenant } from "../support/gateway.ts";

const DAY_MS = 24 * 3_600_000;
const NOW = Date.UTC(2026, 10, 22);
const URL_A = "https://example.com/a";
const URL_B = "https://example.com/b";
const random32 = (seed: number) => new Uint8Array(32).fill(seed);

/** Runs a test with the endpoint of a fresh tenant, on its own SQLite. */
async function withEndpoint(test: (endpoint: WebhookEndpoint) => void): Promise<void> {
  const { tenantId } = await createTenant();
  const { TENANTS } = env as unknown as { TENANTS: DurableObjectNamespace };
  await runInDurableObject(TENANTS.getByName(tenantId), (_, { storage }) => {
    test(new WebhookEndpoint(new MetaStore(storage.sql)));
  });
}

describe("WebhookEndpoint", () => {
  it("signs with nothing where there is no endpoint", () =>
    withEndpoint((endpoint) => {
      expect(endpoint.signingSecrets(NOW)).toEqual([]);
      expect(endpoint.isEnabled()).toBe(false);
      expect(endpoint.rotate(NOW, random32(1))).toBeNull();
      expect(endpoint.remove()).toBe(false);
    }));

  it("signs with both secrets for 24 hours after a rotation, the new one first", () =>
    withEndpoint((endpoint) => {
      const { newSecret: first } = endpoint.put({ url: URL_A, events: null }, NOW, () => random32(1));
      const second = endpoint.rotate(NOW, random32(2))?.newSecret;
      expect(endpoint.signingSecrets(NOW)).toEqual([second, first]);
      expect(endpoint.signingSecrets(NOW + DAY_MS - 1)).toEqual([second, first]);
      expect(endpoint.signingSecrets(NOW + DAY_MS)).toEqual([second]);
    }));

  it("gives each replaced secret its own 24 hours, and refuses a rotation that would cut them short", () =>
    withEndpoint((endpoint) => {
      const { newSecret: first } = endpoint.put({ url: URL_A, events: null }, NOW, () => random32(1));
      const second = endpoint.rotate(NOW, random32(2))?.newSecret;
      const third = endpoint.rotate(NOW + DAY_MS / 2, random32(3))?.newSecret;
      expect(endpoint.signingSecrets(NOW + DAY_MS / 2)).toEqual([third, second, first]);
      expect(endpoint.signingSecrets(NOW + DAY_MS)).toEqual([third, second]);
      expect(endpoint.signingSecrets(NOW + 1.5 * DAY_MS)).toEqual([third]);
      for (let seed = 4; seed < 6; seed += 1) {
        expect(endpoint.rotationError(NOW + DAY_MS)).toBeNull();
        endpoint.rotate(NOW + DAY_MS, random32(seed));
      }
      expect(endpoint.rotationError(NOW + DAY_MS)).toMatchObject({
        code: 30001,
        msg: expect.stringContaining(new Date(NOW + 1.5 * DAY_MS).toISOString()),
      });
      expect(endpoint.signingSecrets(NOW + DAY_MS)).toContain(second);
      expect(endpoint.rotationError(NOW + 1.5 * DAY_MS)).toBeNull();
    }));

  it("keeps its secret when it moves", () =>
    withEndpoint((endpoint) => {
      const { newSecret } = endpoint.put({ url: URL_A, events: null }, NOW, () => random32(1));
      expect(endpoint.put({ url: URL_B, events: null }, NOW + 1, () => random32(2))).toMatchObject({
        newSecret: null,
        record: { createdAt: NOW },
      });
      expect(endpoint.signingSecrets(NOW)).toEqual([newSecret]);
    }));

  it("is disabled for the URL that answered 410, and not if its URL changed meanwhile", () =>
    withEndpoint((endpoint) => {
      endpoint.put({ url: URL_A, events: null }, NOW, () => random32(1));
      expect(endpoint.disable(URL_B, NOW)).toBe(false);
      expect(endpoint.isEnabled()).toBe(true);
      expect(endpoint.disable(URL_A, NOW)).toBe(true);
      expect(endpoint.isEnabled()).toBe(false);
      expect(endpoint.signingSecrets(NOW)).toHaveLength(1);
      endpoint.put({ url: URL_A, events: null }, NOW + 1, () => random32(2));
      expect(endpoint.isEnabled()).toBe(true);
    }));

  it("gets the events it is subscribed to while it is on, all of them without a list", () =>
    withEndpoint((endpoint) => {
      expect(endpoint.gets("task.failed")).toBe(false);
      endpoint.put({ url: URL_A, events: ["task.failed"] }, NOW, () => random32(1));
      expect([endpoint.gets("task.failed"), endpoint.gets("credits.low")]).toEqual([true, false]);
      endpoint.put({ url: URL_A, events: null }, NOW, () => random32(1));
      expect(endpoint.gets("credits.low")).toBe(true);
      endpoint.disable(URL_A, NOW);
      expect(endpoint.gets("task.failed")).toBe(false);
    }));

  it("is shown without its secrets", () =>
    withEndpoint((endpoint) => {
      endpoint.put({ url: URL_A, events: null }, NOW, () => random32(1));
      const rotated = endpoint.rotate(NOW, random32(2));
      const view = rotated && viewEndpoint(rotated.record, NOW);
      expect(JSON.stringify(view)).not.toContain("whsec_");
      expect(view).toMatchObject({ previousSecretExpiresAt: new Date(NOW + DAY_MS).toISOString() });
      expect(rotated && viewEndpoint(rotated.record, NOW + DAY_MS)).toMatchObject({ previousSecretExpiresAt: null });
    }));

  it("is failing from the third failed attempt in a row on, and not after a success", () =>
    withEndpoint((endpoint) => {
      endpoint.put({ url: URL_A, events: null }, NOW, () => random32(1));
      const failing = () => viewEndpoint(endpoint.get() ?? expect.unreachable(), NOW).failingSince;
      expect([endpoint.attempted(URL_A, false, NOW), endpoint.attempted(URL_A, false, NOW + 1)]).toEqual([
        false,
        false,
      ]);
      expect([failing(), endpoint.trouble()]).toEqual([null, null]);
      expect(endpoint.attempted(URL_B, false, NOW + 2)).toBe(false);
      expect(failing()).toBeNull();
      expect(endpoint.attempted(URL_A, false, NOW + 3)).toBe(true);
      expect([failing(), endpoint.trouble()]).toEqual([new Date(NOW).toISOString(), "failing"]);
      expect(endpoint.attempted(URL_A, false, NOW + 4)).toBe(false);
      endpoint.put({ url: URL_A, events: null }, NOW + 5, () => random32(2));
      expect(endpoint.trouble()).toBe("failing");
      expect(endpoint.attempted(URL_A, true, NOW + 6)).toBe(true);
      expect([failing(), endpoint.trouble()]).toEqual([null, null]);
      for (const succeeded of [false, false, true, false, false]) endpoint.attempted(URL_A, succeeded, NOW + 7);
      expect(endpoint.trouble()).toBeNull();
      endpoint.attempted(URL_A, false, NOW + 8);
      endpoint.put({ url: URL_B, events: null }, NOW + 9, () => random32(3));
      expect(endpoint.trouble()).toBeNull();
      endpoint.disable(URL_B, NOW + 10);
      expect(endpoint.trouble()).toBe("off");
    }));
});
