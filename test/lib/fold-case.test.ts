import { describe, expect, it } from "vitest";
import { foldCase } from "../../src/lib/fold-case.ts";

describe("foldCase", () => {
  it.each([
    ["Acme", "aCMe"],
    ["ÄPFEL & ÖL", "äpfel & öl"],
    ["STRASSE", "straße"],
    ["Ärger", "Ärger"],
    ["ЁЛКА", "ёлка"],
    ["ΟΔΟΣ", "οδος"],
    ["οδοσ", "οδος"],
    ["ÉCOLE", "école"],
    ["İSTANBUL", "istanbul"],
    ["ISTANBUL", "ıstanbul"],
    ["ＡＣＭＥ", "acme"],
  ])("is the same for %s and %s", (one, other) => expect(foldCase(one)).toBe(foldCase(other)));

  it("is not the same for other letters", () => expect(foldCase("é")).not.toBe(foldCase("e")));
});
