import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCredits, parseMarkup, shapeOf, tenantPrice } from "../../src/domain/pricing.ts";
import { type JsonObject, parseJson } from "../../src/lib/json.ts";

const video: JsonObject = { model: "Seedance 2.0", type: "img_txt", durationSeconds: 5, resolution: "720p" };
const image: JsonObject = { model: "Imagen Nano Banana 2", type: "txt", size: "4K", imageCount: 1 };

describe("shapeOf", () => {
  it.each<[string, JsonObject, JsonObject, "image" | "video"]>([
    ["audio spelled out as true", video, { ...video, generateAudio: true }, "video"],
    ["audio null", video, { ...video, generateAudio: null }, "video"],
    ["one image spelled out", { ...image, imageCount: null }, image, "image"],
    ["size in small letters", image, { ...image, size: "4k" }, "image"],
    [
      "5.0 seconds",
      video,
      parseJson('{"model":"Seedance 2.0","type":"img_txt","durationSeconds":5.0,"resolution":"720p"}') as JsonObject,
      "video",
    ],
    [
      "another prompt and seed",
      video,
      { ...video, prompt: "a cat", seed: 7, aspectRatio: "9:16", taskName: "x" },
      "video",
    ],
  ])("is the same with %s", (_, a, b, kind) => {
    expect(shapeOf(a, kind)).toBe(shapeOf(b, kind));
  });

  it.each<[string, JsonObject]>([
    ["model", { model: "Other" }],
    ["type", { type: "img_vid_txt" }],
    ["resolution", { resolution: null }],
    ["duration", { durationSeconds: 6 }],
    ["count", { imageCount: 2 }],
    ["size", { size: "2K" }],
    ["quality", { quality: 80 }],
    ["audio", { generateAudio: false }],
  ])("differs by %s", (_, change) => {
    expect(shapeOf({ ...video, ...change }, "video")).not.toBe(shapeOf(video, "video"));
  });

  it("does not take audio for granted where no one hears it", () => {
    expect(shapeOf(image, "image")).not.toBe(shapeOf({ ...image, generateAudio: true }, "image"));
  });

  it("stays short and apart whatever unchecked fields hold", () => {
    const long = shapeOf({ ...video, size: "x".repeat(100_000), imageCount: [1, { a: "y".repeat(100_000) }] }, "video");
    expect(long.length).toBeLessThan(700);
    expect(long).not.toBe(shapeOf({ ...video, size: "x".repeat(100_001) }, "video"));
    expect(shapeOf({ ...video, size: 'a","b' }, "video")).not.toBe(
      shapeOf({ ...video, size: "a", quality: "b" }, "video"),
    );
  });
});

describe("parseMarkup", () => {
  it.each<[unknown, string]>([
    [1, "1"],
    [0, "0"],
    [1.1, "1.1"],
    ["1.10", "1.1"],
    ["2.50e1", "25"],
    [0.000001, "0.000001"],
    [1_000_000, "1000000"],
    [1000, "1000"],
    [parseJson("1.20"), "1.2"],
  ])("reads %j as %s", (value, text) => expect(parseMarkup(value)).toBe(text));

  it.each<[unknown]>([
    [-1],
    [1e-7],
    [1_000_001],
    ["1e999999999"],
    [""],
    [" 1"],
    ["1,5"],
    [null],
    [Number.NaN],
    [{}],
    ["0x1"],
  ])("refuses %j", (value) => expect(parseMarkup(value)).toBeNull());
});

describe("tenantPrice", () => {
  it.each([
    [10, 1.1, 11],
    [10, "1.1", 11],
    [5, 1, 5],
    [5, 0, 0],
    [0, 3, 0],
    [1, 1.000001, 2],
    [3, 0.3, 1],
    [100, 1.15, 115],
    [7, "1.3333", 10],
    [4.5, 2, 9],
    [4.5, 1, 5],
    [1e12, 1, 1e12],
    [1e12 - 1, 1.5, 1e12],
    [Number.MAX_SAFE_INTEGER, 1, 1e12],
    [Number.MAX_SAFE_INTEGER, 2, 1e12],
    [1e300, 1, 1e12],
  ])("of %d credits at markup %s is %d", (credits, markup, price) => {
    expect(tenantPrice(credits, markup)).toBe(price);
  });

  it("is the exact ceiling for every markup of up to six decimals", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 }), (credits, millionths) => {
        const exact = (BigInt(credits) * BigInt(millionths) + 999_999n) / 1_000_000n;
        const markup = `${Math.floor(millionths / 1e6)}.${String(millionths % 1e6).padStart(6, "0")}`;
        expect(tenantPrice(credits, markup)).toBe(Number(exact));
        expect(tenantPrice(credits, Number(markup))).toBe(Number(exact));
      }),
    );
  });

  it("throws a RangeError for what is neither credits nor a markup", () => {
    for (const credits of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => tenantPrice(credits, 1)).toThrow(RangeError);
    }
    expect(() => tenantPrice(1, "x")).toThrow(RangeError);
    expect(() => tenantPrice(1, -1)).toThrow(RangeError);
  });
});

describe("parseCredits", () => {
  it("takes numbers that are not negative and no nonsense", () => {
    const texts = [
      "5",
      "5.0",
      "0",
      "4.5",
      "1e-7",
      "-1",
      '"5"',
      "null",
      "1e12",
      "1000000000001",
      "9007199254740991",
      "1e400",
    ];
    const credits = [5, 5, 0, 4.5, 1e-7, null, null, null, 1e12, null, null, null];
    expect(texts.map((text) => parseCredits(parseJson(text)))).toEqual(credits);
    expect(parseCredits(undefined)).toBeNull();
  });
});
