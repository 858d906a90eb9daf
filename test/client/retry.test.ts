import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../../packages/client/src/errors.ts";
import { type Failure, type RetryContext, retryDelay } from "../../packages/client/src/retry.ts";

const context = (changes: Partial<RetryContext> = {}): RetryContext => ({
  attempts: 1,
  maxRetries: 3,
  lostBefore: false,
  maxDelayMs: 60_000,
  random: 0,
  ...changes,
});
const refused = (status: number, code = 10_001, retryAfter: number | null = null): Failure => ({
  kind: "refused",
  status,
  code,
  retryAfter,
});

describe("a retry decision", () => {
  it.each([
    ["no response", { kind: "lost" }, true],
    ["429", refused(429, 70_001), true],
    ["503", refused(503), true],
    ["a proxy's 502", refused(502, 0), true],
    ["a proxy's 504", refused(504, 0), true],
    ["400", refused(400, 30_001), false],
    ["401", refused(401, 20_008), false],
    ["402", refused(402, 60_001), false],
    ["403", refused(403, 20_002), false],
    ["404", refused(404, 40_002), false],
    ["409, another's request is still running", refused(409, 70_003), false],
    ["422, the key was used for another body", refused(422, 70_003), false],
    ["500", refused(500, 0), false],
  ] as [string, Failure, boolean][])("%s: %s", (_name, failure, expected) => {
    expect(retryDelay(failure, context()) !== null).toBe(expected);
  });

  it("retries 'still running' after an earlier attempt lost its response", () => {
    expect(retryDelay(refused(409, 70_003, 1), context({ lostBefore: true, attempts: 2 }))).toBe(1_000);
    expect(retryDelay(refused(422, 70_003), context({ lostBefore: true }))).toBeNull();
    expect(retryDelay(refused(409, 70_005), context({ lostBefore: true }))).toBeNull();
  });

  it("stops after maxRetries retries", () => {
    const delays = [1, 2, 3, 4].map((attempts) => retryDelay({ kind: "lost" }, context({ attempts })));
    expect(delays).toEqual([250, 500, 1_000, null]);
    expect(retryDelay({ kind: "lost" }, context({ maxRetries: 0 }))).toBeNull();
  });
});

describe("the delay before a retry", () => {
  it("doubles up to 8 s, spread over half of it", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((attempts) =>
      [0, 1].map((random) => retryDelay({ kind: "lost" }, context({ attempts, maxRetries: 99, random }))),
    );
    expect(delays).toEqual([
      [250, 500],
      [500, 1_000],
      [1_000, 2_000],
      [2_000, 4_000],
      [4_000, 8_000],
      [4_000, 8_000],
      [4_000, 8_000],
    ]);
  });

  it("is at least Retry-After, and a Retry-After past the limit ends the retries", () => {
    expect(retryDelay(refused(429, 70_001, 7), context())).toBe(7_000);
    expect(retryDelay(refused(429, 70_001, 7), context({ random: 1 }))).toBe(7_700);
    expect(retryDelay(refused(503, 10_001, 61), context())).toBeNull();
    expect(retryDelay(refused(503, 10_001, 0), context())).toBe(250);
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0);
  it.each([
    [null, null],
    ["5", 5],
    [" 0 ", 0],
    ["Sun, 22 Nov 2026 12:00:30 GMT", 30],
    ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
    ["soon", null],
    ["99999999999999", null],
  ])("%s is %s seconds", (header, seconds) => {
    expect(parseRetryAfter(header, now)).toBe(seconds);
  });
});
