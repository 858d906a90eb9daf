import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalJson,
  integerInRange,
  integerText,
  isInteger,
  isJsonObject,
  isRawNumber,
  type JsonValue,
  MAX_JSON_DEPTH,
  parseJson,
  safeInteger,
  stringifyJson,
} from "../../src/lib/json.ts";
import { cpuMs } from "../support/cpu-time.ts";

const nested = (depth: number, inside = "") => "[".repeat(depth) + inside + "]".repeat(depth);

const jsonNumber = fc
  .tuple(
    fc.constantFrom("", "-"),
    fc.oneof(fc.constant("0"), fc.stringMatching(/^[1-9]\d{0,24}$/)),
    fc.oneof(fc.constant(""), fc.stringMatching(/^\.\d{1,20}$/)),
    fc.oneof(fc.constant(""), fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
  )
  .map((parts) => parts.join(""));

describe("parseJson and stringifyJson", () => {
  it.each([
    '{"seed":9223372036854775807}',
    '{"seed":-9223372036854775808}',
    "9007199254740993",
    "[1.50,1e400,-0,-0.0,1E5,0.1,1e21,123456789012345678901234567890]",
    '{"__proto__":{"a":1.0},"a":[{"constructor":1e2}]}',
    '{"b":1,"a":2,"10":3}'.replace('"10":3', '"z":3'),
    '"text with 1.50 and \\"quotes\\""',
    "null",
  ])("gives %s back as it was", (text) => {
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it("gives every number back as it was, wherever it stands", () => {
    fc.assert(
      fc.property(jsonNumber, (number) => {
        const text = `{"a":${number},"b":[${number},{"c":${number}}]}`;
        expect(stringifyJson(parseJson(text))).toBe(text);
        expect(stringifyJson(parseJson(` ${number}\n`))).toBe(number);
      }),
    );
  });

  it("reads values that need no care just as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("keeps ordinary numbers as numbers", () => {
    expect(parseJson('{"a":5,"b":4.5,"c":-1,"d":1.50}')).toMatchObject({ a: 5, b: 4.5, c: -1 });
    expect(isRawNumber((parseJson("[1.50]") as JsonValue[])[0])).toBe(true);
  });

  it("takes the last of repeated properties", () => {
    expect(stringifyJson(parseJson('{"a":9007199254740993,"a":1.0}'))).toBe('{"a":1.0}');
  });

  it.each(["1", "1.50"])("keeps __proto__ as a plain member next to %s", (number) => {
    const value = parseJson(`{"__proto__":{"polluted":${number}}}`);
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect((value as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    "",
    "{",
    '{"a":}',
    "01",
    "[1,]",
    "'a'",
    "NaN",
    "\uFEFF1",
    '{"a":1.}',
    '"\n"',
    "1.5.5",
    '["a',
  ])("throws a SyntaxError for %j", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it("quotes nothing of malformed text", () => {
    expect(() => parseJson('{"apiKey": sh-secret}')).toThrow(/^malformed JSON( at position \d+)?$/);
    expect(() => parseJson("sh-secret")).toThrow(/^malformed JSON/);
  });

  it("takes 100 levels and no more", () => {
    expect(stringifyJson(parseJson(nested(MAX_JSON_DEPTH, "1.0")))).toBe(nested(MAX_JSON_DEPTH, "1.0"));
    expect(() => parseJson(nested(MAX_JSON_DEPTH + 1))).toThrow(SyntaxError);
    expect(() => parseJson(`${'{"a":'.repeat(101)}1${"}".repeat(101)}`)).toThrow(SyntaxError);
  });

  it.each(["[", '{"a":', '[{"a":'])("never overflows the stack on a million of %s", (opening) => {
    expect(() => parseJson(opening.repeat(1_000_000))).toThrow(SyntaxError);
    expect(() => parseJson(`[1.0,${opening.repeat(1_000_000)}`)).toThrow(SyntaxError);
  });

  it("counts no brackets within strings", () => {
    const texts = ["[".repeat(500), `\\"${"{".repeat(500)}`, `${"[".repeat(500)}\\\\`, `\\\\\\"${"[".repeat(200)}`];
    for (const text of texts) expect(() => parseJson(`["${text}",["${text}"]]`)).not.toThrow();
    expect(() => parseJson(`["\\\\",${nested(100)}]`)).toThrow(SyntaxError);
  });

  it("takes time in proportion to hostile text", () => {
    const spent = cpuMs(() => {
      expect(() => parseJson(`"${"\\".repeat(400_000)}`)).toThrow(SyntaxError);
      expect(integerText(parseJson(`1${"0".repeat(200_000)}1.0`))).toBeNull();
    });
    expect(spent).toBeLessThan(1_000);
  });
});

describe("canonicalJson", () => {
  it("sorts properties by code unit at every level, and leaves arrays alone", () => {
    expect(canonicalJson(parseJson('{"b":[{"z":1,"a":2},3],"B":null,"a":"x","é":true,"10":1,"9":2}'))).toBe(
      '{"10":1,"9":2,"B":null,"a":"x","b":[{"a":2,"z":1},3],"é":true}',
    );
  });

  it.each([
    ["5.0", "5"],
    ["5e0", "5"],
    ["-0", "0"],
    ["0.50", "0.5"],
    ["1e-2", "0.01"],
    ["9223372036854775807.0", "9223372036854775807"],
  ])("makes %s equal to %s", (a, b) => {
    expect(canonicalJson(parseJson(`[${a}]`))).toBe(canonicalJson(parseJson(`[${b}]`)));
  });

  it.each([
    ["9007199254740993", "9007199254740992"],
    ["1e400", "1e401"],
    ["1e400", "-1e400"],
    ['"5"', "5"],
    ["0.1", "0.10000000000000001"],
    ['{"__proto__":1}', "{}"],
    ['{"a":null}', "{}"],
    ['{"rawJSON":"1.50"}', "1.50"],
  ])("tells %s from %s", (a, b) => {
    expect(canonicalJson(parseJson(a))).not.toBe(canonicalJson(parseJson(b)));
  });

  it("does not depend on the order of properties", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed as JsonValue)).toBe(canonicalJson(object as JsonValue));
      }),
    );
  });
});

describe("integers", () => {
  it.each([
    ["5", "5"],
    ["5.0", "5"],
    ["1e1", "10"],
    ["1.5e1", "15"],
    ["1500e-2", "15"],
    ["-0", "0"],
    ["0e99", "0"],
    ["-1", "-1"],
    ["9223372036854775807", "9223372036854775807"],
    ["1e21", "1000000000000000000000"],
  ])("reads %s as %s", (source, text) => {
    expect(integerText(parseJson(source))).toBe(text);
    expect(isInteger(parseJson(source))).toBe(true);
  });

  it.each(["4.5", "1e-1", '"5"', "true", "null", "[5]", "{}", "15e-2", '{"rawJSON":"5"}'])("refuses %s", (source) => {
    expect(integerText(parseJson(source))).toBeNull();
    expect(isInteger(parseJson(source))).toBe(false);
  });

  it("knows that 1e1000000000 is an integer without writing it out", () => {
    const value = parseJson("1e1000000000");
    expect([isInteger(value), integerText(value), integerInRange(value, 0n, 10n)]).toEqual([true, null, false]);
  });

  it("compares exactly at the ends of 64 bits", () => {
    const max = 2n ** 63n - 1n;
    expect(integerInRange(parseJson("9223372036854775807"), -1n, max)).toBe(true);
    expect(integerInRange(parseJson("9223372036854775808"), -1n, max)).toBe(false);
    expect(integerInRange(parseJson("-1"), -1n, max)).toBe(true);
    expect(integerInRange(parseJson("-2"), -1n, max)).toBe(false);
    expect(integerInRange(undefined, -1n, max)).toBe(false);
  });

  it("gives a number only where a number is exact", () => {
    expect(safeInteger(parseJson("5.0"))).toBe(5);
    expect(safeInteger(parseJson("9007199254740991"))).toBe(Number.MAX_SAFE_INTEGER);
    expect(safeInteger(parseJson("9007199254740992"))).toBeNull();
    expect(safeInteger(parseJson("9007199254740993"))).toBeNull();
  });

  it("agrees with BigInt on every integer", () => {
    fc.assert(
      fc.property(fc.bigInt(), (integer) => {
        expect(integerText(parseJson(`${integer}`))).toBe(`${integer}`);
      }),
    );
  });
});

describe("isJsonObject", () => {
  it("is true for objects only", () => {
    expect(
      ['{"a":1}', '{"rawJSON":"1"}', "[]", "null", "1.50", "1"].map((text) => isJsonObject(parseJson(text))),
    ).toEqual([true, true, false, false, false, false]);
  });
});
