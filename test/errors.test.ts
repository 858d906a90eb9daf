import { describe, expect, it } from "vitest";
import { apiError, type GatewayCode } from "../src/errors.ts";

const CODES: readonly GatewayCode[] = [10001, 70001, 70002];

describe("an error that a caller may repeat later", () => {
  it.each(CODES)("names a time to wait for code %i", (code) => {
    expect([429, 503]).toContain(apiError(code).status);
    expect(apiError(code).retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(apiError(code, "text", { data: {} }).retryAfterSeconds).toBeGreaterThanOrEqual(1);
    expect(apiError(code, undefined, { retryAfterSeconds: 60 }).retryAfterSeconds).toBe(60);
  });

  it("is the only one that does", () => {
    expect(apiError(30001).retryAfterSeconds).toBeUndefined();
  });
});
