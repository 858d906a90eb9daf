/** The chaos run's checks find what they are for: evidence of a breach is reported, and evidence of none is not. */
import { describe, expect, it } from "vitest";
import type { Case } from "../../chaos/expectations.ts";
import { checkQuiet } from "../../chaos/promises.ts";
import { checkCalm } from "../../chaos/promises-to-clients.ts";
import { CALM, QUIET } from "../../chaos/schedule.ts";

const END = Date.parse("2026-01-01T00:10:00Z");
const MINUTE_MS = 60_000;

/** When a tenant's event arrived and its file was stored, in ms after the task's end. */
interface Times {
  readonly told: number;
  readonly stored: number;
}

const SOON: Times = { told: 500, stored: 1_000 };

/** @param starts of the gateway, in ms after the tasks' end */
function breachesOf(quiet: Times, heldUp: Times, starts = [-MINUTE_MS], taskName = `${CALM}1`): readonly string[] {
  const times = Array.from({ length: QUIET + 1 }, (_, index) =>
    index === QUIET ? quiet : index === 5 ? heldUp : null,
  );
  const body = JSON.stringify({ timestamp: new Date(END).toISOString(), data: { taskId: 7 } });
  return checkCalm({
    tenants: times.map((one, index) => ({
      plan: { name: index === QUIET ? "quiet" : "held up" },
      inbox: `tenant-${index}`,
      tasks: one ? [{ taskId: 7, taskName }] : [],
      files: one ? [{ taskId: 7, storedAt: END + one.stored }] : [],
    })),
    webhooks: times.flatMap((one, index) =>
      one ? [{ inbox: `tenant-${index}`, body, headers: {}, at: END + one.told }] : [],
    ),
    starts: starts.map((afterMs) => END + afterMs),
  } as unknown as Case).breaches;
}

describe("the check of calm tasks", () => {
  it("reports a held-up tenant whose event or file comes more than a minute after the quiet tenant's", () => {
    expect(breachesOf(SOON, SOON)).toEqual([]);
    expect(breachesOf(SOON, { told: 60_500, stored: 61_000 })).toEqual([]);
    expect(breachesOf(SOON, { ...SOON, told: 61_000 })).toEqual(["held up: told after 61.0 s, at most 60.5 s"]);
    expect(breachesOf(SOON, { ...SOON, stored: 62_000 })).toEqual(["held up: stored after 62.0 s, at most 61.0 s"]);
  });

  it("allows both tenants the time that a busy machine takes, up to two minutes", () => {
    const busy = { told: 50_000, stored: 90_000 };
    expect(breachesOf(busy, { told: 100_000, stored: 140_000 })).toEqual([]);
    expect(breachesOf({ ...busy, stored: 121_000 }, busy)).toEqual(["quiet: stored after 121.0 s, at most 120.0 s"]);
  });

  it("does not count the time before the gateway's last start, and counts the time after it", () => {
    const late = { told: 500, stored: 150_000 };
    expect(breachesOf(SOON, late, [-MINUTE_MS, 100_000])).toEqual([]);
    expect(breachesOf(SOON, late, [-MINUTE_MS, 50_000, 200_000])).toHaveLength(1);
  });

  it("ignores tasks that are held up themselves", () => {
    expect(breachesOf(SOON, { told: 500, stored: 500_000 }, [-MINUTE_MS], "dripping-1")).toEqual([]);
  });
});

describe("the check of the quiet tenant", () => {
  const quietCase = (status: number, uploads: readonly number[], accountTroubles: Case["accountTroubles"] = []) =>
    ({
      submissions: [
        { plan: { tenant: QUIET }, answers: [{ at: END, status, code: 1, taskId: status === 200 ? 7 : null }] },
      ],
      accountTroubles,
      uploads: { begun: 30, refused: {}, quiet: uploads },
    }) as unknown as Case;

  it("reports a rejected submission and a rejected upload", () => {
    expect(checkQuiet(quietCase(200, [200, 200])).breaches).toEqual([]);
    expect(checkQuiet(quietCase(503, [200])).breaches).toHaveLength(1);
    expect(checkQuiet(quietCase(200, [200, 503, 429])).breaches).toHaveLength(2);
  });

  it("excuses a submission while a whole account is in trouble, and never an upload", () => {
    const trouble = [{ from: END - 1_000, to: END + 1_000 }];
    expect(checkQuiet(quietCase(503, [200], trouble)).breaches).toEqual([]);
    expect(checkQuiet(quietCase(200, [503], trouble)).breaches).toHaveLength(1);
  });
});
