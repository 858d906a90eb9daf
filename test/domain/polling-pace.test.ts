import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextPollDelay, retryDelay, UNWATCHED_MS } from "../../src/domain/polling-pace.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const pace = { minMs: 5000, maxMs: 10_000, ageMs: 0, attempt: 0, random: 0.5 };

describe("nextPollDelay", () => {
  it("starts at the minimum and grows to the maximum", () => {
    const delays = [0, 1, 2, 3, 4, 5].map((attempt) => nextPollDelay({ ...pace, attempt }));
    expect(delays[0]).toBe(5000);
    expect(delays.at(-1)).toBe(10_000);
    expect(delays.toSorted((a, b) => a - b)).toEqual(delays);
  });

  it("does not hurry an old task after a restart", () => {
    expect(nextPollDelay({ ...pace, ageMs: 3_600_000 })).toBe(10_000);
  });

  it("spreads tasks that began together", () => {
    expect(nextPollDelay({ ...pace, random: 0.9 })).toBeGreaterThan(5000);
    expect(nextPollDelay({ ...pace, attempt: 50, random: 0.1 })).toBeLessThan(10_000);
  });

  it("never leaves its bounds, whatever is known of the usual duration", () => {
    const usual = fc.option(fc.record({ meanMs: fc.nat(), deviationMs: fc.nat() }));
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(60_000), fc.nat(60_000), unit, usual, (...given) => {
        const [attempt, ageMs, minMs, more, random, known] = given;
        const delay = nextPollDelay({ attempt, ageMs, minMs, maxMs: minMs + more, random, usual: known });
        expect(delay).toBeGreaterThanOrEqual(minMs);
        expect(delay).toBeLessThanOrEqual(minMs + more);
      }),
    );
  });
});

describe("nextPollDelay of a task whose usual duration is known", () => {
  const usual = { meanMs: 180_000, deviationMs: 20_000 };
  const known = { ...pace, usual, unwatchedMs: UNWATCHED_MS };

  it("is at most a minute while nobody watches and the end is far", () => {
    expect(nextPollDelay({ ...known, ageMs: 30_000 })).toBe(60_000);
    expect(nextPollDelay({ ...known, ageMs: 30_000, maxMs: 90_000 })).toBe(90_000);
  });

  it("is the maximum while somebody watches and the end is far", () => {
    expect(nextPollDelay({ ...known, ageMs: 30_000, unwatchedMs: UNWATCHED_MS - 1 })).toBe(10_000);
  });

  it("is the minimum around the expected end, watched or not", () => {
    for (const ageMs of [165_000, 180_000, 230_000]) {
      expect(nextPollDelay({ ...known, ageMs })).toBe(5_000);
      expect(nextPollDelay({ ...known, ageMs, unwatchedMs: 0 })).toBe(5_000);
    }
  });

  it("does not skip the expected end", () => {
    const polledAt = [30_000];
    for (let ageMs = 30_000; ageMs < 180_000; polledAt.push(ageMs)) ageMs += nextPollDelay({ ...known, ageMs });
    const firstNear = polledAt.find((at) => at > usual.meanMs - 3 * usual.deviationMs);
    expect(firstNear).toBeLessThan(usual.meanMs - usual.deviationMs);
  });

  it("is that of an unknown duration for a task that has run far longer than usual", () => {
    expect(nextPollDelay({ ...known, ageMs: 600_000, attempt: 20 })).toBe(10_000);
  });
});

describe("retryDelay", () => {
  const retry = { attempt: 0, random: 1, baseMs: 1000, capMs: 60_000, retryAfterMs: null };

  it("doubles up to its cap, half of it random", () => {
    expect([0, 1, 2, 10, 5000].map((attempt) => retryDelay({ ...retry, attempt }))).toEqual([
      1000, 2000, 4000, 60_000, 60_000,
    ]);
    expect(retryDelay({ ...retry, random: 0 })).toBe(500);
  });

  it("waits at least as long as the upstream asks, within the cap", () => {
    expect(retryDelay({ ...retry, random: 0, retryAfterMs: 7000 })).toBe(7000);
    expect(retryDelay({ ...retry, random: 0, attempt: 5, retryAfterMs: 7000 })).toBe(16_000);
    expect(retryDelay({ ...retry, retryAfterMs: 1e15 })).toBe(60_000);
    expect(retryDelay({ ...retry, retryAfterMs: null })).toBe(1000);
  });

  it("is never 0 or above the cap", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        unit,
        fc.integer({ min: 2, max: 5000 }),
        fc.nat(100_000),
        (attempt, random, baseMs, asked) => {
          const delay = retryDelay({ attempt, random, baseMs, capMs: 60_000, retryAfterMs: asked });
          expect(delay).toBeGreaterThan(0);
          expect(delay).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});
