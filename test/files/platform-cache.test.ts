import * as runtime from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { platformCache } from "../../src/edge/platform-cache.ts";

describe("the platform's cache", () => {
  it("is that of the invocation where it can purge", async () => {
    const calls: unknown[] = [];
    const cache = { purge: async (call: unknown) => ({ success: calls.push(call) > 0 }) };
    const found = platformCache({ cache });
    expect(await found?.purge({ tags: ["t-1"] })).toEqual({ success: true });
    expect(calls).toEqual([{ tags: ["t-1"] }]);
  });

  it("is that of the module where the invocation has none", () => {
    const cache = { purge: async () => ({ success: true }) };
    expect(platformCache({ cache: undefined }, { cache })).toBe(cache);
  });

  it.each([{}, { cache: undefined }, { cache: {} }])("does not exist in local workerd: %o", (ctx) => {
    expect(platformCache(ctx, runtime as { cache?: unknown })).toBeNull();
  });
});
