import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bucket, take } from "../../src/domain/token-bucket.ts";

const T0 = 1_800_000_000_123;

/** Takes once at each time; returns how many were allowed and the last bucket. */
function takeAll(perMinute: number, times: readonly number[], start: Bucket | null = null) {
  let bucket = start;
  let allowed = 0;
  for (const now of times) {
    const result = take(bucket, { perMinute }, now);
    bucket = result.bucket;
    if (result.allowed) allowed += 1;
  }
  return { allowed, bucket };
}

const atOnce = (count: number, at = T0) => new Array<number>(count).fill(at);

describe("a token bucket", () => {
  it("lets exactly its limit through at once", () => {
    expect(takeAll(20, atOnce(60)).allowed).toBe(20);
    expect(takeAll(1, atOnce(5)).allowed).toBe(1);
  });

  it("refills q a minute, continuously and not by the clock's minutes", () => {
    const { bucket } = takeAll(20, atOnce(20));
    expect(take(bucket, { perMinute: 20 }, T0 + 2999).allowed).toBe(false);
    expect(take(bucket, { perMinute: 20 }, T0 + 3000).allowed).toBe(true);
    expect(takeAll(20, atOnce(60, T0 + 30_000), bucket).allowed).toBe(10);
    expect(takeAll(20, atOnce(60, T0 + 10 * 60_000), bucket).allowed).toBe(20);
  });

  it("does not drift, however often it is asked in between", () => {
    const times = Array.from({ length: 60_000 }, (_, ms) => T0 + ms + 1);
    for (const perMinute of [1, 7, 60, 999]) {
      const { bucket } = takeAll(perMinute, atOnce(perMinute));
      expect(takeAll(perMinute, times, bucket).allowed).toBe(perMinute);
    }
  });

  it("returns what is left and when there is more", () => {
    expect(take(null, { perMinute: 60 }, T0)).toMatchObject({
      remaining: 59,
      nextTokenSeconds: 1,
      retryAfterSeconds: 0,
    });
    expect(take(null, { perMinute: 1 }, T0)).toMatchObject({ remaining: 0, nextTokenSeconds: 60 });
    const empty = takeAll(6, atOnce(6)).bucket;
    expect(take(empty, { perMinute: 6 }, T0 + 500)).toMatchObject({
      allowed: false,
      remaining: 0,
      nextTokenSeconds: 10,
      retryAfterSeconds: 10,
    });
    expect(take(empty, { perMinute: 6 }, T0 + 9_001)).toMatchObject({ allowed: false, nextTokenSeconds: 1 });
  });

  it("lets the same request pass after retryAfterSeconds, and not a second earlier by more than rounding", () => {
    const cases = fc.tuple(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 90_000 }),
      fc.integer({ min: 1, max: 5 }),
    );
    fc.assert(
      fc.property(cases, ([perMinute, later, wanted]) => {
        const cost = Math.min(wanted, perMinute);
        const { bucket } = takeAll(perMinute, atOnce(perMinute));
        const now = T0 + later;
        const refused = take(bucket, { perMinute }, now, cost);
        if (refused.allowed) return;
        expect(refused.retryAfterSeconds).toBeGreaterThanOrEqual(refused.nextTokenSeconds);
        const wait = refused.retryAfterSeconds * 1000;
        expect(take(refused.bucket, { perMinute }, now + wait, cost).allowed).toBe(true);
        const certain = refused.refusedForMs;
        expect(take(refused.bucket, { perMinute }, now + Math.max(0, certain - 1), cost).allowed).toBe(false);
        expect(take(refused.bucket, { perMinute }, now + certain + 1, cost).allowed).toBe(true);
        if (wait > 1000) expect(take(refused.bucket, { perMinute }, now + wait - 1000, cost).allowed).toBe(false);
        const next = now + refused.nextTokenSeconds * 1000;
        expect(take(refused.bucket, { perMinute }, next, 0).remaining).toBeGreaterThan(refused.remaining);
      }),
    );
  });

  it("is never let through more than its limit plus what time has refilled", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), gaps, (perMinute, waits) => {
        let now = T0;
        const times = waits.map((wait) => {
          now += wait;
          return now;
        });
        const elapsed = now - (times[0] ?? now);
        expect(takeAll(perMinute, times).allowed).toBeLessThanOrEqual(perMinute + (elapsed * perMinute) / 60_000);
      }),
    );
  });

  it("is exact at the highest limit", () => {
    const perMinute = 10_000_000;
    const first = take(null, { perMinute }, T0, perMinute);
    expect(first).toMatchObject({ allowed: true, remaining: 0, nextTokenSeconds: 1 });
    expect(take(first.bucket, { perMinute }, T0 + 3, 0).remaining).toBe(500);
    expect(take(first.bucket, { perMinute }, T0 + 3, 500)).toMatchObject({ allowed: true, remaining: 0 });
    expect(take(first.bucket, { perMinute }, T0 + 3, 501).allowed).toBe(false);
  });

  it("neither refills nor blocks when the clock goes back", () => {
    const { bucket } = takeAll(60, atOnce(50));
    const back = take(bucket, { perMinute: 60 }, T0 - 3_600_000);
    expect(back).toMatchObject({ allowed: true, remaining: 9 });
    expect(take(back.bucket, { perMinute: 60 }, T0 - 3_599_000).remaining).toBe(9);
  });

  it("keeps what was used when its limit is changed", () => {
    const { bucket } = takeAll(60, atOnce(50));
    const raised = take(bucket, { perMinute: 600 }, T0, 0);
    expect(raised.remaining).toBe(550);
    expect(take(raised.bucket, { perMinute: 60 }, T0, 0).remaining).toBe(10);
    expect(take(bucket, { perMinute: 20 }, T0).allowed).toBe(false);
    expect(take(takeAll(60, atOnce(5)).bucket, { perMinute: 20 }, T0, 0).remaining).toBe(15);
    expect(take({ tokens: 60, at: T0 }, { perMinute: 20 }, T0, 0).remaining).toBe(20);
  });

  it("lets nothing through at a limit of 0, and never a cost above the limit", () => {
    expect(take(null, { perMinute: 0 }, T0)).toMatchObject({ allowed: false, remaining: 0, nextTokenSeconds: 60 });
    expect(take(null, { perMinute: 5 }, T0, 6).allowed).toBe(false);
  });

  it("takes nothing when it refuses", () => {
    const refused = take({ tokens: 2, at: T0 }, { perMinute: 10 }, T0, 3);
    expect(refused).toMatchObject({ allowed: false, remaining: 2, bucket: { tokens: 2 } });
  });
});
