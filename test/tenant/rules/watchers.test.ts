import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Watchers } from "../../../src/tenant/rules/watchers.ts";

describe("who waits for a task", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is woken by its change and by no other task's", async () => {
    const watchers = new Watchers();
    const woken: string[] = [];
    const first = watchers.next(1, 8_000).then(() => woken.push("first"));
    const second = watchers.next(1, 8_000).then(() => woken.push("second"));
    const other = watchers.next(2, 8_000).then(() => woken.push("other"));
    watchers.notify(1);
    await Promise.all([first, second]);
    expect(woken).toEqual(["first", "second"]);
    watchers.notify(2);
    await other;
  });

  it("leaves no timer behind that would keep the object awake", async () => {
    const watchers = new Watchers();
    const waiting = [watchers.next(1, 8_000), watchers.next(1, 8_000)];
    expect(vi.getTimerCount()).toBe(2);
    watchers.notify(1);
    await Promise.all(waiting);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits at most maxMs", async () => {
    const watchers = new Watchers();
    const waiting = watchers.next(1, 8_000);
    await vi.advanceTimersByTimeAsync(8_000);
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves nothing behind once it has ended", async () => {
    const watchers = new Watchers();
    watchers.notify(1);
    const early = watchers.next(1, 1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await early;
    const late = watchers.next(1, 1_000);
    watchers.notify(1);
    await late;
    expect(vi.getTimerCount()).toBe(0);
  });
});
