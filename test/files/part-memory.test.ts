import { afterEach, describe, expect, it, vi } from "vitest";
import { takePartMemory } from "../../src/files/part-memory.ts";

afterEach(() => vi.useRealTimers());

describe("memory for parts of copies", () => {
  it("is for two copies of one tenant and four of all, in the order of their requests", async () => {
    const order: string[] = [];
    const free = new Map<string, () => void>();
    const take = (name: string) =>
      takePartMemory(name.slice(0, 1), 60_000).then((giveBack) => {
        order.push(name);
        if (giveBack) free.set(name, giveBack);
      });
    const all = ["a1", "a2", "a3", "b1", "a4", "b2", "c1", "b3"].map(take);
    await Promise.all([all[0], all[1], all[3], all[5]]);
    expect(order).toEqual(["a1", "a2", "b1", "b2"]);
    free.get("b1")?.();
    await all[6];
    free.get("a1")?.();
    await all[2];
    expect(order.slice(4)).toEqual(["c1", "a3"]);
    for (const name of ["a2", "a3"]) free.get(name)?.();
    await all[4];
    free.get("b2")?.();
    await all[7];
    expect(order.slice(6)).toEqual(["a4", "b3"]);
    for (const name of ["c1", "a4", "b3"]) free.get(name)?.();
  });

  it("is refused to a copy that waited for too long, which takes no place later", async () => {
    vi.useFakeTimers();
    const taken = await Promise.all(["a", "a", "b", "b"].map((tenant) => takePartMemory(tenant, 1_000)));
    const late = takePartMemory("c", 1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toBeNull();
    for (const giveBack of taken) giveBack?.();
    const again = await Promise.all(["c", "c", "d", "d"].map((tenant) => takePartMemory(tenant, 1_000)));
    expect(again).not.toContain(null);
    for (const giveBack of again) giveBack?.();
  });
});
