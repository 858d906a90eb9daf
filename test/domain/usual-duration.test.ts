import { describe, expect, it } from "vitest";
import { learnDuration, timeUntilShareEnds, type UsualDuration } from "../../src/domain/usual-duration.ts";

const usualOf = (durations: readonly number[]) =>
  durations.reduce<UsualDuration | null>((known, ms) => learnDuration(known, ms), null);

describe("learnDuration", () => {
  it("takes the first task's duration as the mean and half of it as the deviation", () => {
    expect(learnDuration(null, 60_000)).toEqual({ meanMs: 60_000, deviationMs: 30_000 });
  });

  it("comes close to a steady duration, and its deviation to 0", () => {
    const usual = usualOf([30_000, ...Array.from({ length: 40 }, () => 60_000)]);
    expect(usual?.meanMs).toBeCloseTo(60_000, -3);
    expect(usual?.deviationMs).toBeLessThan(1_000);
  });

  it("keeps the spread of durations that differ", () => {
    const usual = usualOf(Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 40_000 : 80_000)));
    expect(usual?.meanMs).toBeCloseTo(60_000, -4);
    expect(usual?.deviationMs).toBeCloseTo(20_000, -4);
  });
});

describe("timeUntilShareEnds", () => {
  const usual = { meanMs: 60_000, deviationMs: 8_000 };

  it("is the time to the mean for half of the tasks that have just begun", () => {
    expect(timeUntilShareEnds(usual, 0, 0.5)).toBeCloseTo(60_000, -2);
  });

  it("shrinks as the expected end comes closer", () => {
    const waits = [0, 20_000, 40_000, 50_000, 60_000].map((age) => timeUntilShareEnds(usual, age, 0.1) ?? Number.NaN);
    expect(waits.toSorted((a, b) => b - a)).toEqual(waits);
    expect(waits[0]).toBeGreaterThan(40_000);
    expect(waits.at(-1)).toBeLessThan(2_000);
  });

  it("is null for a task that has run far longer than usual", () => {
    expect(timeUntilShareEnds(usual, 84_000, 0.1)).not.toBeNull();
    expect(timeUntilShareEnds(usual, 85_000, 0.1)).toBeNull();
  });

  it("is finite for durations that never differed", () => {
    expect(timeUntilShareEnds({ meanMs: 60_000, deviationMs: 0 }, 0, 0.1)).toBeGreaterThan(50_000);
  });
});
