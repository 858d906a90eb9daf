import { describe, expect, it } from "vitest";
import { rateLimitHeaders } from "../../src/domain/rate-limit-headers.ts";

const requests = { name: "requests", perMinute: 60, remaining: 59, nextTokenSeconds: 1 };

describe("rateLimitHeaders", () => {
  it("writes one policy as the contract shows it", () => {
    expect(rateLimitHeaders([requests])).toEqual({
      "RateLimit-Policy": '"requests";q=60;w=60',
      RateLimit: '"requests";r=59;t=1',
    });
  });

  it("lists several policies in the same order", () => {
    const key = { name: 'key "a"', perMinute: 5, remaining: 0, nextTokenSeconds: 12 };
    expect(rateLimitHeaders([requests, key])).toEqual({
      "RateLimit-Policy": '"requests";q=60;w=60, "key \\"a\\"";q=5;w=60',
      RateLimit: '"requests";r=59;t=1, "key \\"a\\"";r=0;t=12',
    });
  });
});
