/** The chaos run's checks find what they are for: evidence of a breach is reported, and evidence of none is not. */
import { describe, expect, it } from "vitest";
import type { Case } from "../../chaos/expectations.ts";
import { checkQuiet } from "../../chaos/promises.ts";
import { checkCalm } from "../../chaos/promises-to-clients.ts";
import { CALM, QUIET } from "../../chaos/schedule.ts";

const END = Date.parse("2026-01-01T00:10:00Z");
const MINUTE_MS = 60_000;

interface Times {
  readonly toldAfterMs?: number;
  readonly storedAfterMs?: number;
  /** Starts of the gateway, in ms after the task's end. */
  readonly starts?: readonly number[];
  readonly taskName?: string;
}

function calmCase({
  toldAfterMs = 500,
  storedAfterMs = 1_000,
  starts = [-MINUTE_MS],
  taskName = `${CALM}1`,
}: Times): Case {
  const body = JSON.stringify({ timestamp: new Date(END).toISOString(), data: { taskId: 7 } });
  return {
    tenants: [
      { inbox: "tenant-1", tasks: [{ taskId: 7, taskName }], files: [{ taskId: 7, storedAt: END + storedAfterMs }] },
    ],
    webhooks: [{ inbox: "tenant-1", body, headers: {}, at: END + toldAfterMs }],
    starts: starts.map((afterMs) => END + afterMs),
  } as unknown as Case;
}

const breachesOf = (times: Times) => checkCalm(calmCase(times)).breaches;

describe("the check of calm tasks", () => {
  it("reports an event or a file that comes more than 90 s after the task's end", () => {
    expect(breachesOf({})).toEqual([]);
    expect(breachesOf({ toldAfterMs: 89_000, storedAfterMs: 89_000 })).toEqual([]);
    expect(breachesOf({ toldAfterMs: 91_000 })).toEqual([`${CALM}1: told 91.0 s after its end`]);
    expect(breachesOf({ storedAfterMs: 91_000 })).toEqual([`${CALM}1: stored 91.0 s after its end`]);
  });

  it("does not count the time before the gateway's last start, and counts the time after it", () => {
    expect(breachesOf({ storedAfterMs: 150_000, starts: [-MINUTE_MS, 100_000] })).toEqual([]);
    expect(breachesOf({ storedAfterMs: 150_000, starts: [-MINUTE_MS, 50_000, 200_000] })).toHaveLength(1);
  });

  it("ignores tasks that are held up themselves", () => {
    expect(breachesOf({ storedAfterMs: 500_000, taskName: "dripping-1" })).toEqual([]);
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

  it("reports a refused submission and a refused upload", () => {
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
