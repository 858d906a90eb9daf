/** A short run of `npm run chaos`: kills and faults of every kind, and every promise of contract section 7 is kept. */
import { describe, expect, inject, it } from "vitest";
import { checkPromises } from "../../chaos/promises.ts";
import { formatBreaches } from "../../chaos/report.ts";
import { drawSchedule } from "../../chaos/schedule.ts";
import { runStorm } from "../../chaos/storm.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";

/** What the storm takes at most on a machine that is very busy; everywhere else it is over in half a minute. */
const LIMIT_MS = 400_000;
const STORM = { seed: 6, durationMs: 9_000, rate: 4, killEveryMs: 7_000, hangs: false };

describe("a storm of faults and power cuts", () => {
  it("loses nothing, pays nothing twice, and delivers every event", { timeout: LIMIT_MS }, async () => {
    const schedule = drawSchedule(STORM);
    expect(schedule.steps.filter((step) => step.do === "kill").length).toBeGreaterThan(0);
    const folder = await temporaryFolder();
    try {
      const evidence = await runStorm(schedule, { folder, bundle: inject("workerBundle") });
      expect(formatBreaches(checkPromises(evidence))).toBe("");
      // That there was something to keep: no promise is kept by a gateway that did nothing.
      expect(evidence.kills).toBeGreaterThan(0);
      expect(evidence.webhooks.length).toBeGreaterThan(0);
      expect(Object.keys(evidence.stats.faults).length).toBeGreaterThan(0);
      const completed = evidence.tenants.flatMap(({ tasks }) => tasks).filter(({ taskStatus }) => taskStatus === 2);
      expect(completed.length).toBeGreaterThan(0);
      expect(evidence.submissions).toHaveLength(schedule.steps.filter((step) => step.do === "submit").length);
    } finally {
      await removeFolder(folder);
    }
  });
});
