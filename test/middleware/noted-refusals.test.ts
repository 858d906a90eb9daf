import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetAllowed, noteRefusal, rememberAllowed, withOwed } from "../../src/middleware/noted-refusals.ts";
import type { Caller } from "../../src/tenant/api.ts";

const GENERATE = "generate" as const;
const READ = "account" as const;
const key = (keyHash: string, origin: string | null = null): Caller => ({
  kind: "key",
  keyId: "key_1",
  keyHash,
  origin,
});
const left = (remaining: number) => [{ name: "requests", perMinute: 60, remaining, nextTokenSeconds: 1 }];
const remaining = (rate: ReturnType<typeof noteRefusal>) => rate?.map((policy) => policy.remaining) ?? null;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  forgetAllowed();
  for (const name of ["a", "b"]) withOwed(key(name));
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a request that is wrong in itself", () => {
  it("is refused without asking for a second after the object has let its credential through", () => {
    expect(noteRefusal(key("a"), GENERATE)).toBeNull();
    rememberAllowed(key("a"), GENERATE, left(50));
    vi.advanceTimersByTime(999);
    expect(remaining(noteRefusal(key("a"), GENERATE))).toEqual([49]);
    expect(remaining(noteRefusal(key("a"), GENERATE))).toEqual([48]);
    vi.advanceTimersByTime(1);
    expect(noteRefusal(key("a"), GENERATE)).toBeNull();
  });

  it("has the object asked for another credential, another right and another origin", () => {
    rememberAllowed(key("a"), GENERATE, left(50));
    expect(noteRefusal(key("b"), GENERATE)).toBeNull();
    expect(noteRefusal(key("a"), READ)).toBeNull();
    expect(noteRefusal(key("a", "https://shop.example"), GENERATE)).toBeNull();
  });

  it("has the object asked when one of the limits is near: 30 requests, or half of it", () => {
    rememberAllowed(key("a"), GENERATE, [...left(50), ...left(31)]);
    expect(remaining(noteRefusal(key("a"), GENERATE))).toEqual([49, 30]);
    expect(noteRefusal(key("a"), GENERATE)).toBeNull();
    const large = [{ name: "requests", perMinute: 1_000, remaining: 501, nextTokenSeconds: 1 }];
    rememberAllowed(key("b"), GENERATE, large);
    expect(remaining(noteRefusal(key("b"), GENERATE))).toEqual([500]);
    expect(noteRefusal(key("b"), GENERATE)).toBeNull();
  });

  it("is owed to the object, once, by the next call of its credential that gets there", () => {
    rememberAllowed(key("a"), GENERATE, left(50));
    noteRefusal(withOwed(key("a")), GENERATE);
    noteRefusal(withOwed(key("a")), GENERATE);
    // Refused here as well: what it brought along is noted again.
    noteRefusal(withOwed(key("a")), GENERATE);
    expect(withOwed(key("b"))).toEqual(key("b"));
    expect(withOwed(key("a")).owed).toBe(3);
    expect(withOwed(key("a"))).toEqual(key("a"));
  });

  it("has the object asked when rights may have changed, and is still owed", () => {
    rememberAllowed(key("a"), GENERATE, left(50));
    noteRefusal(key("a"), GENERATE);
    forgetAllowed();
    expect(noteRefusal(key("a"), GENERATE)).toBeNull();
    expect(withOwed(key("a")).owed).toBe(1);
  });
});
