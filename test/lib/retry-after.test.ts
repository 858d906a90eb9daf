import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../../src/lib/retry-after.ts";

describe("parseRetryAfter", () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0);

  it.each([
    ["120", 120_000],
    ["0", 0],
    [" 5 ", 5000],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["Sun, 22 Nov 2026 12:00:30 GMT", 30_000],
    ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
    ["Sunday, 22-Nov-26 12:00:30 GMT", 30_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
    ["Sun Nov 22 12:00:30 2026", 30_000],
    ["Sun Nov  6 08:49:37 1994", 0],
  ])("reads %j as %d ms", (header, ms) => expect(parseRetryAfter(header, now)).toBe(ms));

  it.each([
    null,
    undefined,
    "",
    "-1",
    "1.5",
    "soon",
    "2026-11-22",
    "Sun, 99 Foo 2026 12:00:00 GMT",
    "Sun, 99 Nov 2026 12:00:00 GMT",
    "Sun, 22 Nov 2026 12:00:30 +0100",
  ])("ignores %j", (header) => expect(parseRetryAfter(header, now)).toBeNull());
});
