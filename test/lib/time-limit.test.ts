import { describe, expect, it, vi } from "vitest";
import { withinTime } from "../../src/lib/time-limit.ts";

describe("waiting within a time limit", () => {
  it("gives what came in time", async () => {
    expect(await withinTime(Promise.resolve("answer"), 1_000, "nothing")).toBe("answer");
  });

  it("gives the other value for what never comes", async () => {
    expect(await withinTime(new Promise<string>(() => {}), 5, "nothing")).toBe("nothing");
  });

  it("throws what is thrown in time, and nothing that comes later", async () => {
    await expect(withinTime(Promise.reject(new Error("broken")), 1_000, "nothing")).rejects.toThrow("broken");
    const late = new Promise<string>((_, reject) => setTimeout(() => reject(new Error("late")), 10));
    expect(await withinTime(late, 1, "nothing")).toBe("nothing");
    await late.catch(() => {});
  });

  it("leaves no timer behind", async () => {
    vi.useFakeTimers();
    try {
      await withinTime(Promise.resolve(1), 1_000, 2);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
