import { describe, expect, it } from "vitest";
import { acceptWeight } from "../../src/lib/accept.ts";

describe("acceptWeight", () => {
  it.each([
    ["text/csv", 1],
    ["application/json, TEXT/CSV;q=0.4", 0.4],
    ["text/csv ; header=present ; q=0.25", 0.25],
    ["text/csv;q=0", 0],
    ["text/csv;q=high", 0],
    ["text/csvx, text/*, */*", 0],
    [",;q=1,", 0],
    [null, 0],
    [undefined, 0],
  ])("of %j is %d", (header, weight) => {
    expect(acceptWeight(header, "text/csv")).toBe(weight);
  });
});
