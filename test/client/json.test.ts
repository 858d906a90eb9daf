import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, stringifyJson } from "../../packages/client/src/json.ts";

describe("JSON with 64-bit integers", () => {
  it("parses integers past 2^53 as bigints and everything else as JSON.parse does", () => {
    expect(parseJson('{"seed":9223372036854775807,"taskId":9007199254740991,"x":-1,"price":1.5e3}')).toEqual({
      seed: 9_223_372_036_854_775_807n,
      taskId: 9_007_199_254_740_991,
      x: -1,
      price: 1_500,
    });
    expect(parseJson("[9007199254740993,-9007199254740993]")).toEqual([
      9_007_199_254_740_993n,
      -9_007_199_254_740_993n,
    ]);
  });

  it("leaves digits in strings and property names unchanged", () => {
    const text =
      '{"12345678901234567890":"12345678901234567890","a\\"12345678901234567890":["\\\\",12345678901234567890]}';
    expect(parseJson(text)).toEqual({
      "12345678901234567890": "12345678901234567890",
      'a"12345678901234567890': ["\\", 12_345_678_901_234_567_890n],
    });
  });

  it("parses long fractions as numbers", () => {
    const text = "[1234567890123456789.5,1234567890123456789e3]";
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it("writes bigints as plain integers", () => {
    expect(stringifyJson({ seed: 2n ** 63n - 1n, text: "bigint:1", list: [-1n, 2] })).toBe(
      '{"seed":9223372036854775807,"text":"bigint:1","list":[-1,2]}',
    );
  });

  it("returns every value unchanged after a round trip", () => {
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) =>
      // A small one is a number again, as it was in the text.
      Number.isSafeInteger(Number(value)) ? Number(value) : value,
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(long, fc.string(), fc.boolean(), fc.constant(null), tie("list"), tie("object")),
      list: fc.array(tie("tree"), { maxLength: 4 }),
      object: fc.dictionary(fc.string(), tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(parseJson(stringifyJson({ value }))).toEqual({ value });
      }),
    );
  });

  it.each(["", "{", "[1,]", '{"a":12345678901234567890', "12345678901234567890 1"])("rejects %j", (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});
