import { describe, expect, it } from "vitest";
import { ByteLimit, rowBytes, utf8Length } from "../../src/lib/byte-limit.ts";

describe("a byte limit", () => {
  it("takes items until their bytes are used up, and nothing after that", () => {
    const limit = new ByteLimit(10);
    expect([4, 6, 1, 0].map((bytes) => limit.takes(bytes))).toEqual([true, true, false, false]);
  });

  it("takes the first item however large it is, so that a page always goes on", () => {
    const limit = new ByteLimit(10);
    expect([11, 1].map((bytes) => limit.takes(bytes))).toEqual([true, false]);
  });
});

describe("the length in UTF-8", () => {
  it.each([
    "",
    "abc",
    "äöü",
    "日本語",
    "🎨🖌",
    "a\u{1F3A8}é\u07ff\u0800\uffff",
    "\x00\x7f\x80",
  ])("of %j is exact", (text) => {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
  });

  it("of a row counts its texts, and something for each column", () => {
    expect(rowBytes({ a: "ab", b: "日", c: 5, d: null })).toBe(4 * 24 + 2 + 3);
  });
});
