import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  concatBytes,
  constantTimeEqual,
  constantTimeEqualText,
  decodeBase64,
  decodeBase64Url,
  decodeHex,
  decodeUint56,
  decodeUtf8Strict,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUint56,
  sha256,
  utf8,
} from "../../src/lib/bytes.ts";

const bytesOf = fc.uint8Array({ maxLength: 80 });

describe("text forms of bytes", () => {
  it("are those of Node and come back", () => {
    fc.assert(
      fc.property(bytesOf, (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(encodeBase64Url(bytes)).toBe(buffer.toString("base64url"));
        expect(encodeBase64(bytes)).toBe(buffer.toString("base64"));
        expect(encodeHex(bytes)).toBe(buffer.toString("hex"));
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(decodeHex(encodeHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it("have one spelling only: what decodes is what encodes to it", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{0,12}$/), (text) => {
        const bytes = decodeBase64Url(text);
        if (bytes !== null) expect(encodeBase64Url(bytes)).toBe(text);
      }),
    );
  });

  it.each([
    "A",
    "AAAAA",
    "AB",
    "AAB",
    "AA==",
    "A+/A",
    "AA A",
    "AAA\n",
    "AAé",
    "AA\u0141",
  ])("decodeBase64Url refuses %j", (text) => expect(decodeBase64Url(text)).toBeNull());

  it.each([
    "AA",
    "AAA",
    "AB==",
    "AAB=",
    "A===",
    "====",
    "=AAA",
    "A-_A",
    " AA=",
    "AA=\n",
  ])("decodeBase64 refuses %j", (text) => expect(decodeBase64(text)).toBeNull());

  it.each(["0", "0G", "AB", " 0", "0x", "0é"])("decodeHex refuses %j", (text) => expect(decodeHex(text)).toBeNull());

  it("decodeUtf8Strict refuses what is not UTF-8 and keeps a byte order mark", () => {
    expect(decodeUtf8Strict(utf8("naïve 🐎"))).toBe("naïve 🐎");
    expect(decodeUtf8Strict(utf8("\uFEFFa"))).toBe("\uFEFFa");
    expect(decodeUtf8Strict(Uint8Array.of(0xc3, 0x28))).toBeNull();
    expect(decodeUtf8Strict(Uint8Array.of(0xed, 0xa0, 0x80))).toBeNull();
  });
});

describe("constantTimeEqual", () => {
  it("is true for equal bytes only", () => {
    fc.assert(
      fc.property(bytesOf, bytesOf, (a, b) => {
        expect(constantTimeEqual(a, b)).toBe(encodeHex(a) === encodeHex(b));
        expect(constantTimeEqual(a, Uint8Array.from(a))).toBe(true);
      }),
    );
  });

  it("sees a single bit, and a missing byte", () => {
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(constantTimeEqual(Uint8Array.of(1, 0), Uint8Array.of(1))).toBe(false);
  });

  it("compares texts of any lengths by their digests", async () => {
    expect(await constantTimeEqualText("token", "token")).toBe(true);
    expect(await constantTimeEqualText("token", "token2")).toBe(false);
    expect(await constantTimeEqualText("", "token")).toBe(false);
  });
});

describe("uint56", () => {
  it("comes back and sorts like the number", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        expect(decodeUint56(encodeUint56(a))).toBe(a);
        expect(encodeHex(encodeUint56(a)) < encodeHex(encodeUint56(b))).toBe(a < b);
      }),
    );
  });

  it("refuses what is not a whole number of at most 53 bits", () => {
    for (const number of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => encodeUint56(number)).toThrow(RangeError);
    expect(decodeUint56(new Uint8Array(7).fill(255))).toBeNull();
    expect(decodeUint56(new Uint8Array(6))).toBeNull();
  });
});

describe("concatBytes and sha256", () => {
  it("join and digest", async () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(encodeHex(await sha256(utf8("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});
