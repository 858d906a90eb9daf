import { describe, expect, it } from "vitest";
import { ExpiringMap } from "../../src/lib/expiring-map.ts";

describe("an ExpiringMap", () => {
  it("returns a value until it expires", () => {
    const map = new ExpiringMap<number>(10);
    map.set("a", 1, 100);
    expect(map.get("a", 99)).toBe(1);
    expect(map.get("a", 100)).toBeUndefined();
    expect(map.get("a", 99)).toBeUndefined();
  });

  it("drops the oldest entry when it is full, and not when one is replaced", () => {
    const map = new ExpiringMap<number>(2);
    for (const [key, value] of [
      ["a", 1],
      ["b", 2],
      ["b", 3],
    ] as const)
      map.set(key, value, Number.POSITIVE_INFINITY);
    expect([map.get("a", 0), map.get("b", 0)]).toEqual([1, 3]);
    map.set("c", 4, Number.POSITIVE_INFINITY);
    expect([map.get("a", 0), map.get("b", 0), map.get("c", 0)]).toEqual([undefined, 3, 4]);
  });
});
