import { describe, expect, it } from "vitest";
import { once } from "../../src/lib/once.ts";

describe("a value that is made once", () => {
  it("is made at its first use, and is the same ever after, even if it is nothing", () => {
    let made = 0;
    const value = once(() => {
      made += 1;
      return undefined;
    });
    expect(made).toBe(0);
    expect([value(), value()]).toEqual([undefined, undefined]);
    expect(made).toBe(1);
  });

  it("is made again after making it failed", () => {
    let attempts = 0;
    const value = once(() => {
      attempts += 1;
      if (attempts === 1) throw new Error("not yet");
      return attempts;
    });
    expect(value).toThrow("not yet");
    expect(value()).toBe(2);
  });
});
