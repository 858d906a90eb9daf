import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  creditsAtLeast,
  parseCredits,
  parseMarkup,
  plainShape,
  readShape,
  shapeOf,
  tenantPrice,
} from "../../src/domain/pricing.ts";
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
    ["quality", { quality: 80 }],
    ["audio", { generateAudio: false }],
  ])("of a video differs by %s", (_, change) => {
    expect(shapeOf({ ...video, ...change }, "video")).not.toBe(shapeOf(video, "video"));
  });

  it.each<[string, JsonObject]>([
    ["type", { type: "img_txt" }],
    ["count", { imageCount: 2 }],
    ["size", { size: "2K" }],
    ["quality", { quality: 80 }],
  ])("of an image differs by %s", (_, change) => {
    expect(shapeOf({ ...image, ...change }, "image")).not.toBe(shapeOf(image, "image"));
  });

  it.each<[string, JsonObject]>([
    ["a field of the other medium", { resolution: "x1" }],
    ["every field of the other medium", { resolution: "720p", durationSeconds: 5, generateAudio: false }],
    ["an undocumented field", { priority: "high" }],
    ["undocumented fields of any size", { a: "x".repeat(100_000), b: [1, { c: 2 }] }],
  ])("of an image with %s is priced as the plain one, and has one more spelling only", (_, fields) => {
    const shape = shapeOf({ ...image, ...fields }, "image");
    expect(plainShape(shape)).toBe(shapeOf(image, "image"));
    expect(shape).toBe(shapeOf({ ...image, anything: true }, "image"));
    expect(readShape(shape)).toEqual(readShape(shapeOf(image, "image")));
  });

  it("is plain with every documented field, and with fields that are null", () => {
    const documented = { taskName: "t", prompt: "p", seed: 1, aspectRatio: "9:16", refImageUrls: [], quality: null };
    const requests: [JsonObject, "image" | "video"][] = [
      [{ ...image, ...documented }, "image"],
      [{ ...video, ...documented, refVideoUrls: [], refAudioUrls: [], priority: null }, "video"],
    ];
    for (const [request, medium] of requests) {
      const shape = shapeOf(request, medium);
      expect(plainShape(shape)).toBe(shape);
    }
  });

  it("has a bounded length whatever a field holds", () => {
    expect(shapeOf({ ...image, size: "x".repeat(100_000) }, "image").length).toBeLessThan(700);
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
    const credits = ["5", "5", "0", "4.5", "0.0000001", null, null, null, "1000000000000", null, null, null];
    expect(texts.map((text) => parseCredits(parseJson(text)))).toEqual(credits);
    expect(parseCredits(undefined)).toBeNull();
  });

  it.each([
    ["2.0000000000000001", 1, 3],
    ["0.3333333333333333333", 3, 1],
    ["1.10000000000000000001", "10", 12],
    ["1e-400", 1, null],
    ["1e-999999999", 1, null],
    [`0.${"3".repeat(101)}`, 1, null],
    ["-0", 1, 0],
    ["2.50", 2, 5],
  ])("keeps every digit of %s: × %s is %s", (text, markup, price) => {
    const credits = parseCredits(parseJson(text));
    expect(credits === null ? null : tenantPrice(credits, markup)).toBe(price);
  });
});

describe("creditsAtLeast", () => {
  it.each([
    "0",
    "5",
    "4.5",
    "1000000000000",
    "2.0000000000000001",
    "0.3333333333333333333",
    "999999999999.99999999",
  ])("of %s is the same or the next number above", (credits) => {
    const number = creditsAtLeast(credits);
    expect(tenantPrice(number, 1)).toBeGreaterThanOrEqual(tenantPrice(credits, 1));
    expect(number - Number(credits)).toBeLessThanOrEqual(Number(credits) * Number.EPSILON);
  });
});
