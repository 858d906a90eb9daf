import { describe, expect, it, vi } from "vitest";
import { within } from "../../src/lib/time-limit.ts";

const never = () => new Promise<string>(() => {});
const later = (ms: number, value: string) => new Promise<string>((resolve) => setTimeout(() => resolve(value), ms));

describe("within", () => {
  it("returns what work resolves to within its limit", async () => {
    expect(await within(later(5, "done"), 1_000, "late")).toBe("done");
  });

  it("returns the other value after the limit, and ignores how the work ends then", async () => {
    expect(await within(never(), 5, "late")).toBe("late");
    const failing = later(20, "").then(() => Promise.reject(new Error("too late")));
    expect(await within(failing, 5, "late")).toBe("late");
    await later(30, "");
  });

  it("throws what work throws within its limit", async () => {
    await expect(within(Promise.reject(new Error("broken")), 1_000, "late")).rejects.toThrow("broken");
  });

  it("leaves no timer behind", async () => {
    vi.useFakeTimers();
    try {
      await within(Promise.resolve("done"), 60_000, "late");
      await within(Promise.reject(new Error("broken")), 60_000, "late").catch(() => {});
      await Promise.resolve();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
