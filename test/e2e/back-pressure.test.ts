import { describe, expect, inject, it } from "vitest";
import { measureOutage } from "../../chaos/outage.ts";

describe("an outage of the upstream", () => {
  it.each(["http:503", "drop"])("(%s) with many tasks costs few calls, and no task", async (fault) => {
    const tasks = 120;
    const settings = { POLL_MIN_MS: "500", POLL_MAX_MS: "1000" };
    const figures = await measureOutage({ tasks, seconds: 8, fault, settings, bundle: inject("workerBundle") });
    // Without back-pressure over three hundred, because each task is tried again and again.
    expect(figures.lateCalls).toBeLessThan(60);
    expect(figures.upstreamTasks).toBe(tasks);
    // Everybody had a taskId long before the outage was over.
    expect(figures.answeredMs.median).toBeLessThan(6_000);
  });
});
