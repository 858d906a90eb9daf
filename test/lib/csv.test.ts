import { describe, expect, it } from "vitest";
import { csvRow } from "../../src/lib/csv.ts";

describe("csvRow", () => {
  it.each([
    [["a", "b"], "a,b"],
    [["a,b", 'say "hi"', "two\r\nlines"], '"a,b","say ""hi""","two\r\nlines"'],
    [[" padded ", ""], '" padded ",'],
    [[1, -2.5, true, null], "1,-2.5,true,"],
  ])("writes %j", (cells, line) => {
    expect(csvRow(cells)).toBe(`${line}\r\n`);
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "=a"])("disarms the formula %s", (text) => {
    expect(csvRow([text])).toBe(`'${text}\r\n`);
  });

  it("writes integers past 2^53", () => {
    expect(csvRow([-9223372036854775808n])).toBe("-9223372036854775808\r\n");
  });

  it("disarms formulas behind a tab or a line break, and quoted ones", () => {
    expect(csvRow(["\t=1"])).toBe("'\t=1\r\n");
    expect(csvRow(["\r=1"])).toBe('"\'\r=1"\r\n');
    expect(csvRow(['=HYPERLINK("x","y")'])).toBe('"\'=HYPERLINK(""x"",""y"")"\r\n');
  });

  it("leaves text alone that only contains such characters", () => {
    expect(csvRow(["a=b", "x@y", "2-1"])).toBe("a=b,x@y,2-1\r\n");
  });
});
