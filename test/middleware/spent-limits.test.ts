import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { apiError } from "../../src/errors.ts";
import { forgetSpent, rememberSpent, stillSpent } from "../../src/middleware/spent-limits.ts";
import type { Caller, Denied } from "../../src/tenant/api.ts";

const key = (keyHash: string): Caller => ({ kind: "key", keyId: "key_1", keyHash, origin: null });
const denied = (spentForMs: number): Denied => ({
  ok: false,
  rate: [],
  error: apiError(70001, undefined, { retryAfterSeconds: 3 }),
  spentForMs,
});

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  forgetSpent();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a limit that is used up", () => {
  it("is known for as long as it is certain, and for its own credential", () => {
    const refused = denied(300);
    rememberSpent(key("a"), refused);
    vi.advanceTimersByTime(299);
    expect(stillSpent(key("a"))).toBe(refused);
    expect(stillSpent(key("b"))).toBeNull();
    vi.advanceTimersByTime(1);
    expect(stillSpent(key("a"))).toBeNull();
  });

  it("is asked about anew after a second, because it may have been raised", () => {
    rememberSpent(key("a"), denied(60_000));
    vi.advanceTimersByTime(999);
    expect(stillSpent(key("a"))).not.toBeNull();
    vi.advanceTimersByTime(1);
    expect(stillSpent(key("a"))).toBeNull();
  });

  it("is forgotten when limits may have changed", () => {
    rememberSpent(key("a"), denied(60_000));
    forgetSpent();
    expect(stillSpent(key("a"))).toBeNull();
  });

  it("is all that is remembered: other refusals are not", () => {
    rememberSpent(key("a"), { ok: false, rate: [], error: apiError(60001) });
    rememberSpent(key("b"), denied(0));
    expect(stillSpent(key("a"))).toBeNull();
    expect(stillSpent(key("b"))).toBeNull();
  });
});
