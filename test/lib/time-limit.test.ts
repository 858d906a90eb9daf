import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TimeLimits } from "../../src/lib/time-limit.ts";

const never = () => new Promise<string>(() => {});
const later = (ms: number, value: string) => new Promise<string>((resolve) => setTimeout(() => resolve(value), ms));

describe("waiting within a time limit", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("gives what came in time", async () => {
    expect(await new TimeLimits().within(Promise.resolve("answer"), 1_000, "nothing")).toBe("answer");
  });

  it("gives the other value for what never comes, at its own time and not at another's", async () => {
    const limits = new TimeLimits();
    const ends: string[] = [];
    const wait = (name: string, ms: number) => void limits.within(never(), ms, name).then((end) => ends.push(end));
    wait("long", 3_000);
    wait("short", 10);
    wait("middle", 500);
    await vi.advanceTimersByTimeAsync(9);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toEqual(["short"]);
    await vi.advanceTimersByTimeAsync(490);
    expect(ends).toEqual(["short", "middle"]);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(ends).toEqual(["short", "middle", "long"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("throws what is thrown in time, and nothing that comes later", async () => {
    const limits = new TimeLimits();
    await expect(limits.within(Promise.reject(new Error("broken")), 1_000, "nothing")).rejects.toThrow("broken");
    const late = new Promise<string>((_, reject) => setTimeout(() => reject(new Error("late")), 10));
    const waited = limits.within(late, 1, "nothing");
    await vi.advanceTimersByTimeAsync(20);
    expect(await waited).toBe("nothing");
  });

  it("has one timer for all who wait, and none for nobody", async () => {
    const limits = new TimeLimits();
    const waits = Array.from({ length: 50 }, (_, index) => limits.within(later(100, `${index}`), 1_000, "nothing"));
    expect(vi.getTimerCount()).toBe(50 + 1);
    await vi.advanceTimersByTimeAsync(100);
    expect(await Promise.all(waits)).toEqual(Array.from({ length: 50 }, (_, index) => `${index}`));
    // A short one may run on, but not for long.
    await vi.advanceTimersByTimeAsync(150);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has no long timer either for nobody", async () => {
    const limits = new TimeLimits();
    const wait = limits.within(later(300, "answer"), 60_000, "nothing");
    await vi.advanceTimersByTimeAsync(299);
    expect(vi.getTimerCount()).toBe(1 + 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await wait).toBe("answer");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("starts no timer anew for those who come and go one after the other", async () => {
    const limits = new TimeLimits();
    const started = vi.spyOn(globalThis, "setTimeout");
    for (let count = 0; count < 100; count += 1) await limits.within(Promise.resolve(count), 1_000, "nothing");
    expect(started).toHaveBeenCalledTimes(1);
    started.mockRestore();
  });

  it("waits on for those who are left when the one that the timer was for has ended", async () => {
    const limits = new TimeLimits();
    await limits.within(Promise.resolve("at once"), 10, "nothing");
    const first = limits.within(later(5, "in time"), 10, "nothing");
    const second = limits.within(never(), 50, "too late");
    await vi.advanceTimersByTimeAsync(49);
    expect(await first).toBe("in time");
    let end: string | null = null;
    void second.then((value) => {
      end = value;
    });
    await vi.advanceTimersByTimeAsync(1);
    expect(end).toBe("too late");
  });

  it("waits longer than a timer of the runtime may run", async () => {
    const limits = new TimeLimits();
    let end: string | null = null;
    void limits.within(never(), 3_000_000_000, "too late").then((value) => {
      end = value;
    });
    await vi.advanceTimersByTimeAsync(2_999_999_999);
    expect(end).toBe(null);
    await vi.advanceTimersByTimeAsync(1);
    expect(end).toBe("too late");
  });
});
