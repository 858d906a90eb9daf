import { describe, expect, it } from "vitest";
import { parseContentRange, parseRangeHeader, resolveRange } from "../../src/lib/range.ts";

const full = { kind: "full" };
const none = { kind: "unsatisfiable" };
const range = (offset: number, length: number) => ({ kind: "range", offset, length });

describe("resolveRange", () => {
  it.each([
    [null, 100, full],
    ["", 100, full],
    ["bytes=0-0", 100, range(0, 1)],
    ["bytes=0-99", 100, range(0, 100)],
    ["bytes=10-19", 100, range(10, 10)],
    ["bytes=10-", 100, range(10, 90)],
    ["bytes=90-200", 100, range(90, 10)],
    ["bytes=99-99", 100, range(99, 1)],
    ["bytes=-1", 100, range(99, 1)],
    ["bytes=-100", 100, range(0, 100)],
    ["bytes=-500", 100, range(0, 100)],
    ["Bytes=0-4", 100, range(0, 5)],
    ["bytes = 0-4", 100, range(0, 5)],
    [" bytes=0-4 ", 100, range(0, 5)],
    ["bytes=, 0-4 ,", 100, range(0, 5)],
    ["bytes=00000000000000000001-2", 100, range(1, 2)],
    ["bytes=0-99999999999999999999999999", 100, range(0, 100)],
    ["bytes=-99999999999999999999999999", 100, range(0, 100)],
  ])("%s of %i bytes", (header, size, expected) => {
    expect(resolveRange(parseRangeHeader(header), size)).toEqual(expected);
  });

  it.each([
    ["bytes=100-", 100],
    ["bytes=100-200", 100],
    ["bytes=99999999999999999999999999-", 100],
    [`bytes=${"9".repeat(400)}-`, 100],
    ["bytes=-0", 100],
    ["bytes=0-", 0],
    ["bytes=0-0", 0],
  ])("%s of %i bytes cannot be satisfied", (header, size) => {
    expect(resolveRange(parseRangeHeader(header), size)).toEqual(none);
  });

  it.each([
    ["bytes=0-4,10-14"],
    ["bytes=5-4"],
    ["bytes=-"],
    ["bytes=a-b"],
    ["bytes=0-4x"],
    ["bytes=0x1-2"],
    ["bytes=1.5-2"],
    ["bytes=+1-2"],
    ["bytes=--1"],
    ["bytes"],
    ["bytes="],
    ["items=0-4"],
    ["0-4"],
  ])("%s is ignored", (header) => {
    expect(resolveRange(parseRangeHeader(header), 100)).toEqual(full);
  });

  it("takes a suffix of an empty file for the file, as no Content-Range could name a byte of it", () => {
    expect(resolveRange(parseRangeHeader("bytes=-5"), 0)).toEqual(full);
  });
});

describe("parseRangeHeader", () => {
  it("parses without a size, so that storage can be asked at once", () => {
    expect(parseRangeHeader("bytes=5-")).toEqual({ first: 5, last: null });
    expect(parseRangeHeader("bytes=5-9")).toEqual({ first: 5, last: 9 });
    expect(parseRangeHeader("bytes=-9")).toEqual({ suffix: 9 });
    expect(parseRangeHeader("bytes=1-2,3-4")).toBeNull();
  });
});

describe("parseContentRange", () => {
  it.each([
    ["bytes 0-4/10", { offset: 0, length: 5, size: 10 }],
    ["bytes 5-9/10", { offset: 5, length: 5, size: 10 }],
    ["Bytes 5-9/*", { offset: 5, length: 5, size: null }],
  ])("reads %s", (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected);
  });

  it.each([
    [null],
    [""],
    ["bytes */10"],
    ["bytes 5-10/10"],
    ["bytes 5-4/10"],
    ["bytes=0-4/10"],
    ["items 0-4/10"],
  ])("refuses %s", (header) => {
    expect(parseContentRange(header)).toBeNull();
  });
});
