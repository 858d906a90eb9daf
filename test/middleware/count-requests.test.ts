/** When an isolate sends the Directory what it has counted: each call writes a row. */
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AppEnv } from "../../src/context.ts";
import type { CounterSums } from "../../src/lib/counters.ts";

const sent: { readonly at: number; readonly requests: number }[] = [];
const addCounters = async ({ counts }: CounterSums) => {
  const requests = Object.values(counts).reduce((sum, count) => sum + count, 0);
  sent.push({ at: Math.round((Date.now() - begin) / 1_000), requests });
};
let begin = 0;
let app = new Hono<AppEnv>();
const bindings = { DIRECTORY: { getByName: () => ({ addCounters }) } } as unknown as Bindings;
const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext;
const request = () => app.request("/healthz", {}, bindings, context);

describe("the requests that an isolate counts", () => {
  beforeEach(async () => {
    // A new isolate: modules keep counts and the times of timers, also those of other files of this process.
    vi.resetModules();
    const { countRequests } = await import("../../src/middleware/count-requests.ts");
    app = new Hono<AppEnv>().use(countRequests()).get("*", (c) => c.text(""));
    vi.useFakeTimers();
    begin = Date.now();
    sent.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("are sent 20 s after the last of a few", async () => {
    for (const waitMs of [0, 3_000, 15_000]) {
      await vi.advanceTimersByTimeAsync(waitMs);
      await request();
    }
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sent).toEqual([{ at: 38, requests: 3 }]);
  });

  it("are sent once a minute while requests come, and none is lost when they end", async () => {
    for (let second = 0; second < 180; second += 5) {
      await request();
      await vi.advanceTimersByTimeAsync(5_000);
    }
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sent.length).toBeLessThanOrEqual(4);
    expect(sent.reduce((sum, { requests }) => sum + requests, 0)).toBe(36);
    const gaps = sent.map(({ at }, index) => at - (sent[index - 1]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(75);
  });

  it("are sent though the platform cancels a timer", async () => {
    await request();
    expect(vi.getTimerCount()).toBe(1);
    vi.clearAllTimers();
    await vi.advanceTimersByTimeAsync(11_000);
    await request();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([{ at: 31, requests: 2 }]);
  });
});
