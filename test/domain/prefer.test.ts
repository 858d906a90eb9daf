import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePreferWait, preferenceApplied } from "../../src/domain/prefer.ts";
import { cpuMs } from "../support/cpu-time.ts";

describe("parsePreferWait", () => {
  it.each([
    ["wait=10", 10],
    ["wait=1", 1],
    ["wait=60", 60],
    ["wait=61", 60],
    ["wait=99999999999999999999", 60],
    ["WAIT=5", 5],
    ["Wait = 5", 5],
    ['wait="5"', 5],
    ["respond-async, wait=100", 60],
    ["wait=10, respond-async", 10],
    ["wait=10;foo=bar", 10],
    ["foo; bar=1, wait=7 ; x", 7],
    ["return=minimal,,wait=3,", 3],
    ["wait=5, wait=9", 5],
    ['foo="a, wait=9", wait=4', 4],
    ['foo="a \\", wait=9", wait=4', 4],
    ['foo="x"; bar="y;z", wait=4', 4],
  ])("reads %j as %d s", (header, seconds) => expect(parsePreferWait(header)).toBe(seconds));

  it.each([
    null,
    undefined,
    "",
    "wait",
    "wait=",
    'wait=""',
    "wait=0",
    "wait=-1",
    "wait=1.5",
    "wait=1e1",
    "wait=abc",
    "await=5",
    "wait-more=5",
    "wait=0, wait=5",
    'foo="wait=5"',
    "foo; wait=5",
    "wait=5 6",
  ])("finds none in %j", (header) => expect(parsePreferWait(header)).toBeNull());

  it("never throws and stays quick, whatever is sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'wait=5,;"\\ x') }), (header) => {
        const seconds = parsePreferWait(header);
        if (seconds !== null) expect(seconds).toBeGreaterThanOrEqual(1);
      }),
    );
    const pieces = ['"\\', '"', "\\", "wait=", "a ", ";"];
    const spent = cpuMs(() => {
      for (const piece of pieces)
        for (const times of [50_000, 1024 / piece.length]) parsePreferWait(piece.repeat(times));
    });
    expect(spent).toBeLessThan(500);
  });
});

describe("preferenceApplied", () => {
  it("names the wait", () => expect(preferenceApplied(60)).toBe("wait=60"));
});
