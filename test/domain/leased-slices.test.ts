/** The plan for a tenant too large for one object (docs/scaling.md), simulated over 64 slices. */
import { describe, expect, it } from "vitest";
import { runWorld, type WorldOptions } from "../../bench/slices/world.ts";

const WORLD: WorldOptions = {
  seed: 1,
  slices: 64,
  seconds: 10,
  slots: 300,
  perMinute: 6_000,
  credits: 5_000,
  arrivals: 300,
  hot: 0.3,
  loss: 0.05,
  doubling: 0.05,
  crashes: 5,
};

describe("a tenant over 64 leased slices", () => {
  it.each([
    1, 2, 3,
  ])("keeps its limits and its balance exactly, whatever is lost, doubled or crashes (seed %i)", (seed) => {
    const outcome = runWorld({ ...WORLD, seed });
    expect(outcome.breaches).toEqual([]);
    expect(outcome.answers.admitted).toBeGreaterThan(300);
    expect(outcome.mostRunning).toBeLessThanOrEqual(300);
    expect(outcome.balance).toBe(outcome.credited - outcome.spent);
  });

  it("refuses no request while there is room for all, and asks home about every third request at most", () => {
    const room = { slots: 2_000, perMinute: 60_000, credits: 1_000_000, hot: 0, loss: 0, doubling: 0, crashes: 0 };
    const outcome = runWorld({ ...WORLD, ...room, arrivals: 800 });
    expect(outcome.answers.admitted).toBe(outcome.submissions);
    // A question and its answer are two messages.
    expect(outcome.messages / outcome.submissions).toBeLessThan(0.67);
  });

  it("admits nearly as many as one object would when there are too few slots", () => {
    const outcome = runWorld({ ...WORLD, perMinute: 60_000, credits: 1_000_000, crashes: 0, loss: 0, doubling: 0 });
    expect(outcome.answers["too-many"]).toBeGreaterThan(0);
    expect(outcome.answers.admitted / outcome.ideal).toBeGreaterThan(0.85);
  });

  it.each(["naive-slices", "forgetful-home"] as const)("is seen to break when it is broken: %s", (sabotage) => {
    expect(runWorld({ ...WORLD, crashes: 40, sabotage }).breaches).not.toEqual([]);
  });
});
