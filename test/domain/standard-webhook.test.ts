import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { newWebhookSecret, nextAttemptDelay, signWebhook } from "../../src/domain/standard-webhook.ts";

const secret = newWebhookSecret(Uint8Array.from({ length: 32 }, (_, at) => at * 7));
const next = newWebhookSecret(Uint8Array.from({ length: 32 }, (_, at) => at * 5 + 1));
const timestampSeconds = Math.floor(Date.now() / 1000); // the public library compares it with the clock
const message = { id: "msg_1", timestampSeconds, body: '{"type":"webhook.test"}' };

describe("signWebhook", () => {
  it("is verified by the public library", async () => {
    const headers = await signWebhook({ ...message, secrets: [secret] });
    expect(new Webhook(secret).verify(message.body, headers)).toEqual({ type: "webhook.test" });
    expect(() => new Webhook(next).verify(message.body, headers)).toThrow();
    expect(() => new Webhook(secret).verify(`${message.body} `, headers)).toThrow();
  });

  it("signs exactly as the public library does, for any body", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (body) => {
        const headers = await signWebhook({ ...message, body, secrets: [secret] });
        const expected = new Webhook(secret).sign(message.id, new Date(timestampSeconds * 1000), body);
        expect(headers["webhook-signature"]).toBe(expected);
      }),
    );
  });

  it("gives receivers with either secret what they need during a rotation", async () => {
    const headers = await signWebhook({ ...message, secrets: [next, secret] });
    expect(headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);
    for (const known of [secret, next]) expect(() => new Webhook(known).verify(message.body, headers)).not.toThrow();
  });

  it("sends no signature without a secret", async () => {
    expect(await signWebhook({ ...message, secrets: [] })).toEqual({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(timestampSeconds),
    });
  });

  it("refuses a malformed secret and an id that could shift what is signed", async () => {
    for (const bad of ["", "whsec_", "whsec_!", secret.slice(6)]) {
      await expect(signWebhook({ ...message, secrets: [bad] })).rejects.toThrow(RangeError);
    }
    await expect(signWebhook({ ...message, id: "a.1", secrets: [secret] })).rejects.toThrow(RangeError);
  });
});

describe("newWebhookSecret", () => {
  it("is whsec_ and 32 bytes", () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(() => newWebhookSecret(new Uint8Array(16))).toThrow(RangeError);
  });
});

describe("nextAttemptDelay", () => {
  const waits = [5, 300, 1800];

  it("waits as configured after each attempt, then gives up", () => {
    expect([1, 2, 3, 4, 0].map((attempt) => nextAttemptDelay(waits, attempt, 0))).toEqual([
      5000,
      300_000,
      1_800_000,
      null,
      null,
    ]);
    expect(nextAttemptDelay([], 1, 0)).toBeNull();
  });

  it("adds up to 10 % of jitter and never less than configured", () => {
    expect(nextAttemptDelay(waits, 1, 1)).toBe(5500);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
        const delay = nextAttemptDelay(waits, 2, random) ?? 0;
        expect(delay).toBeGreaterThanOrEqual(300_000);
        expect(delay).toBeLessThanOrEqual(330_000);
      }),
    );
  });

  it("honours Retry-After as a lower bound, up to a day, while attempts are left", () => {
    expect(nextAttemptDelay(waits, 1, 0, 60)).toBe(60_000);
    expect(nextAttemptDelay(waits, 2, 0, 60)).toBe(300_000);
    expect(nextAttemptDelay(waits, 1, 0, 1e12)).toBe(86_400_000);
    expect(nextAttemptDelay(waits, 4, 0, 60)).toBeNull();
  });
});
