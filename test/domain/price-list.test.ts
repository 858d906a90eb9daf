import { describe, expect, it } from "vitest";
import { MODELS } from "../../src/domain/catalogue.ts";
import { findRule, isDocumentedValue, isSharedShape, type PriceRule } from "../../src/domain/price-list.ts";
import { readShape, shapeOf } from "../../src/domain/pricing.ts";
import type { JsonObject } from "../../src/lib/json.ts";

const IMAGE = "Imagen Nano Banana 2";
const VIDEO = "Seedance 2.0";

const imageShape = (fields: JsonObject = {}) => readShape(shapeOf({ model: IMAGE, type: "txt", ...fields }, "image"));
const videoShape = (fields: JsonObject = {}) =>
  readShape(shapeOf({ model: VIDEO, type: "img_txt", ...fields }, "video"));

describe("readShape", () => {
  it("gives back what decides a price, with defaults filled in", () => {
    expect(imageShape({ size: "4k", quality: 80, prompt: "a cat" })).toEqual({
      model: IMAGE,
      type: "txt",
      resolution: null,
      durationSeconds: null,
      imageCount: 1,
      size: "4K",
      quality: 80,
      generateAudio: null,
    });
  });
});

describe("findRule", () => {
  const any: PriceRule = { model: IMAGE, credits: 5 };
  const large: PriceRule = { model: IMAGE, size: "4K", credits: 9 };
  const largeReferenced: PriceRule = { model: IMAGE, type: "img_txt", size: "4K", credits: 11 };
  const unsized: PriceRule = { model: IMAGE, size: null, credits: 7 };

  it.each<[string, JsonObject, number]>([
    ["a model's only rule when nothing else fits", { size: "1K" }, 5],
    ["the rule that names more fields", { size: "4K" }, 9],
    ["the most specific of all", { type: "img_txt", size: "4k" }, 11],
    ["the rule for a field that the request leaves out", {}, 7],
  ])("takes %s", (_, fields, credits) => {
    expect(findRule([any, large, largeReferenced, unsized], imageShape(fields))?.credits).toBe(credits);
    expect(findRule([unsized, largeReferenced, large, any], imageShape(fields))?.credits).toBe(credits);
  });

  it("takes the first of rules that name equally many fields", () => {
    const bySize: PriceRule = { model: IMAGE, size: "4K", credits: 1 };
    const byQuality: PriceRule = { model: IMAGE, quality: 90, credits: 2 };
    const shape = imageShape({ size: "4K", quality: 90 });
    expect(findRule([bySize, byQuality], shape)).toBe(bySize);
    expect(findRule([byQuality, bySize], shape)).toBe(byQuality);
  });

  it("sees through the spelling of a number", () => {
    expect(
      findRule([{ model: VIDEO, durationSeconds: 5, credits: 3 }], videoShape({ durationSeconds: 5.0 })),
    ).not.toBeNull();
  });

  it("is not led astray by fields of the other medium", () => {
    const shape = imageShape({ resolution: "x".repeat(200), generateAudio: false });
    expect(findRule([any], shape)).toBe(any);
  });

  it("finds nothing for another model", () => {
    expect(findRule([any, large], videoShape())).toBeNull();
    expect(findRule([], imageShape())).toBeNull();
  });
});

describe("isSharedShape", () => {
  const image = (fields: JsonObject = {}) => shapeOf({ model: IMAGE, type: "txt", ...fields }, "image");
  const video = (fields: JsonObject = {}) => shapeOf({ model: VIDEO, type: "img_txt", ...fields }, "video");
  it.each<[string, boolean, string]>([
    ["a plain image", true, image()],
    ["an image with everything", true, image({ type: "img_txt", size: "2k", imageCount: 4, quality: 100, seed: 1 })],
    ["a video with everything", true, video({ durationSeconds: 15, resolution: "720p", generateAudio: false })],
    ["an image with an undocumented field", false, image({ priority: "high" })],
    ["an image with a field of the other medium", false, image({ resolution: "720p" })],
    ["an image with an undocumented field that is null", true, image({ priority: null })],
    ["a size nobody knows", false, image({ size: "16K" })],
    ["a duration out of range", false, video({ durationSeconds: 16 })],
    ["another model", false, shapeOf({ model: "Other", type: "txt" }, "image")],
  ])("of %s is %s", (_, shared, shape) => {
    expect(isSharedShape(shape)).toBe(shared);
  });

  it("knows a bounded number of shapes", () => {
    const values = (field: string, candidates: unknown[]) =>
      MODELS.map((model) => candidates.filter((value) => isDocumentedValue(model, field as never, value)).length);
    const range = Array.from({ length: 1_000 }, (_, index) => index);
    expect(values("quality", [null, ...range])).toEqual([52, 52]);
    expect(values("imageCount", range)).toEqual([4, 0]);
    expect(values("durationSeconds", range)).toEqual([0, 12]);
  });
});
