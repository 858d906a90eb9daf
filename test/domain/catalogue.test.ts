import { describe, expect, it } from "vitest";
import { expectedResults, findModel, MODELS } from "../../src/domain/catalogue.ts";

describe("the catalogue", () => {
  it("has the models and generation methods of the documentation, and no others", () => {
    expect(MODELS.map(({ name, medium, types }) => [name, medium, types])).toEqual([
      ["Imagen Nano Banana 2", "image", ["txt", "img_txt"]],
      ["Seedance 2.0", "video", ["img_txt", "img_vid_txt", "img_aud_txt", "img_vid_aud_txt"]],
    ]);
  });

  it("finds models by their exact names", () => {
    for (const model of MODELS) expect(findModel(model.name)).toBe(model);
    for (const name of ["", "seedance 2.0", "Seedance 2.0 ", "toString", "__proto__"]) {
      expect(findModel(name)).toBeUndefined();
    }
  });

  it("expects as many results as images were asked for, and one video", () => {
    expect(expectedResults("image", 4)).toBe(4);
    expect(expectedResults("image", null)).toBe(1);
    expect(expectedResults("image", undefined)).toBe(1);
    expect(expectedResults("video", 4)).toBe(1);
  });
});
