/** The Playground's form: fields by model and type, problems, and the request in both directions. */
import { describe, expect, it } from "vitest";
import {
  firstValues,
  type Model,
  parameterFields,
  problemsOf,
  type Reference,
  referenceFields,
  typeFor,
  type Values,
  withModel,
} from "../../pages/portal/playground/form.ts";
import {
  fieldForFile,
  givenReference,
  jsonText,
  readJson,
  requestOf,
  valuesOf,
} from "../../pages/portal/playground/request.ts";
import { placeProblems } from "../../pages/portal/playground/server-problems.ts";

const LIST = { type: "array", maxItems: 5 } as const;
const IMAGE: Model = {
  name: "Imagen Nano Banana 2",
  medium: "image",
  types: ["txt", "img_txt"],
  parameters: {
    aspectRatio: { type: "string", enum: ["16:9", "9:16"] },
    imageCount: { type: "integer", minimum: 1, maximum: 4 },
    size: { type: "string", enum: ["1K", "2K", "4K"] },
    quality: { type: "integer", minimum: 50, maximum: 100 },
    seed: { type: "integer", minimum: -1, maximum: Number("9223372036854775807") },
    refImageUrls: LIST,
  },
};
const VIDEO: Model = {
  name: "Seedance 2.0",
  medium: "video",
  types: ["img_txt", "img_vid_txt", "img_aud_txt", "img_vid_aud_txt"],
  parameters: {
    resolution: { type: "string", enum: ["720p"] },
    durationSeconds: { type: "integer", minimum: 4, maximum: 15 },
    seed: { type: "integer", minimum: -1, maximum: Number("9223372036854775807") },
    generateAudio: { type: "boolean", default: true },
    refImageUrls: LIST,
    refVideoUrls: LIST,
    refAudioUrls: LIST,
  },
};
const MODELS = [IMAGE, VIDEO];

function valuesFor(model: Model, more: Partial<Values> = {}): Values {
  const first = firstValues([model]);
  if (!first) throw new Error("no values");
  return { ...first, prompt: "a cat", ...more };
}
const reference = (more: Partial<Reference> = {}): Reference => ({ ...givenReference("file_1", "r1"), ...more });
const withImages = (...refImageUrls: Reference[]) => ({ ...valuesFor(IMAGE).references, refImageUrls });

describe("the fields of the form", () => {
  it.each([
    [IMAGE, "txt", []],
    [IMAGE, "img_txt", ["refImageUrls"]],
    [VIDEO, "img_txt", ["refImageUrls"]],
    [VIDEO, "img_vid_txt", ["refImageUrls", "refVideoUrls"]],
    [VIDEO, "img_aud_txt", ["refImageUrls", "refAudioUrls"]],
    [VIDEO, "img_vid_aud_txt", ["refImageUrls", "refVideoUrls", "refAudioUrls"]],
  ])("have the lists of references that the type takes: %o %s", (model, type, lists) => {
    expect(referenceFields(model, type)).toEqual(lists);
  });

  it("are those of the model alone", () => {
    expect(parameterFields(IMAGE)).toEqual(["aspectRatio", "imageCount", "size", "quality", "seed"]);
    expect(parameterFields(VIDEO)).toEqual(["resolution", "durationSeconds", "seed", "generateAudio"]);
  });

  it("send no value of the other model, and have it again when that model is back", () => {
    const image = valuesFor(IMAGE, { parameters: { imageCount: "3", seed: "7" } });
    const video = withModel(image, VIDEO);
    expect(requestOf(VIDEO, video)).toEqual({
      model: VIDEO.name,
      taskName: "a cat",
      type: "img_txt",
      prompt: "a cat",
      seed: 7,
    });
    expect(requestOf(IMAGE, withModel(video, IMAGE))).toMatchObject({ imageCount: 3, seed: 7, type: "img_txt" });
  });

  it("are none if the tenant may use no model", () => expect(firstValues([])).toBeNull());

  it.each([
    [IMAGE, "txt", "image", "img_txt"],
    [VIDEO, "img_txt", "image", "img_txt"],
    [VIDEO, "img_txt", "audio", "img_aud_txt"],
    [VIDEO, "img_aud_txt", "video", "img_vid_aud_txt"],
    [IMAGE, "txt", "video", "txt"],
  ] as const)("follow a dropped file to a type that takes it: %o %s + %s", (model, type, added, expected) => {
    const references = { refImageUrls: [], refVideoUrls: [], refAudioUrls: type.includes("aud") ? [reference()] : [] };
    expect(typeFor(model, valuesFor(model, { type, references }), added)).toBe(expected);
  });
});

describe("problems before sending", () => {
  it.each([
    ["quality", "49", "range"],
    ["quality", "101", "range"],
    ["quality", "80.5", "integer"],
    ["quality", "1e2", "integer"],
    ["imageCount", "5", "range"],
    ["imageCount", "0", "range"],
    ["size", "8K", "choice"],
    ["seed", "-2", "range"],
    ["seed", "9223372036854775808", "range"],
  ])("name the field: %s = %s", (name, value, what) => {
    const problems = problemsOf(IMAGE, valuesFor(IMAGE, { parameters: { [name]: value } }));
    expect(problems).toMatchObject([{ field: name, what }]);
  });

  it.each([
    ["seed", "9223372036854775807"],
    ["seed", "-1"],
    ["quality", " 50 "],
    ["quality", ""],
    ["quality", "５０"],
    ["seed", "1,000"],
  ])("are none at the edges: %s = %s", (name, value) => {
    expect(problemsOf(IMAGE, valuesFor(IMAGE, { parameters: { [name]: value } }))).toEqual([]);
  });

  it("are none for values of the other model", () => {
    expect(problemsOf(VIDEO, valuesFor(VIDEO, { parameters: { imageCount: "99" } }))).toEqual([]);
  });

  it("want a prompt, and an image where the method needs one", () => {
    expect(problemsOf(IMAGE, valuesFor(IMAGE, { prompt: " \n", type: "img_txt" }))).toEqual([
      { field: "prompt", what: "required" },
      { field: "refImageUrls", what: "needsImage" },
    ]);
    expect(problemsOf(VIDEO, valuesFor(VIDEO))).toEqual([]);
  });

  it("are an upload under way, a failed one, and too many references", () => {
    const what = (...references: Reference[]) =>
      problemsOf(IMAGE, valuesFor(IMAGE, { type: "img_txt", references: withImages(...references) })).map(
        (p) => p.what,
      );
    expect(what(reference({ source: null, progress: 0.5 }))).toEqual(["uploading"]);
    expect(what(reference(), reference({ source: null, problem: "too large" }))).toEqual(["failedUpload"]);
    expect(what(...Array.from({ length: 6 }, () => reference()))).toEqual(["tooMany"]);
    expect(what(reference())).toEqual([]);
  });
});

describe("the request", () => {
  it("has a seed past 2^53 exactly, and types as documented", () => {
    const parameters = { seed: "9223372036854775807", imageCount: "2", size: "4K", aspectRatio: "9:16", quality: "" };
    const text = jsonText(requestOf(IMAGE, valuesFor(IMAGE, { parameters, taskName: " Cat " })));
    expect(text).toBe(
      '{"model":"Imagen Nano Banana 2","taskName":"Cat","type":"txt","prompt":"a cat","aspectRatio":"9:16","imageCount":2,"size":"4K","seed":9223372036854775807}',
    );
    const typed = { seed: "9,223,372,036,854,775,807", imageCount: "２" };
    expect(jsonText(requestOf(IMAGE, valuesFor(IMAGE, { parameters: typed })))).toMatch(
      /"imageCount":2,"seed":9223372036854775807}$/,
    );
    const video = valuesFor(VIDEO, { parameters: { generateAudio: "false", durationSeconds: "5" } });
    expect(requestOf(VIDEO, video)).toMatchObject({ generateAudio: false, durationSeconds: 5 });
  });

  it("has references of the type alone, in their order", () => {
    const references = {
      ...withImages(reference({ source: "file_b" }), reference({ source: "file_a" })),
      refVideoUrls: [reference()],
    };
    const request = requestOf(VIDEO, valuesFor(VIDEO, { type: "img_txt", references }));
    expect(request).toMatchObject({ refImageUrls: ["file_b", "file_a"] });
    expect(request).not.toHaveProperty("refVideoUrls");
  });

  it("is named after the start of its prompt", () => {
    expect(requestOf(IMAGE, valuesFor(IMAGE, { prompt: `${"🐱".repeat(59)}\n\nnext line` })).taskName).toBe(
      `${"🐱".repeat(59)}`,
    );
  });

  it("is indented JSON where people read it", () => {
    const value = { a: [1n, { b: null }], c: {}, d: [] };
    expect(jsonText(value, 2)).toBe(JSON.stringify({ a: [1, { b: null }], c: {}, d: [] }, null, 2));
  });
});

describe("a task's request in the form", () => {
  let ids = 0;
  const again = (request: Record<string, unknown>, models = MODELS) =>
    valuesOf(models, request, () => {
      ids += 1;
      return String(ids);
    });

  it("makes the same request", () => {
    const request = {
      model: "Seedance 2.0",
      taskName: "Video",
      type: "img_vid_aud_txt",
      prompt: 'A grey kitten\nwith "quotes"',
      resolution: "720p",
      durationSeconds: 5,
      seed: 9007199254740993n,
      generateAudio: false,
      refImageUrls: ["https://example.com/cat.jpg", "file_0123"],
      refVideoUrls: ["https://example.com/reference.mp4"],
      refAudioUrls: ["https://example.com/music.mp3"],
      aspectRatio: "16:9",
      futureField: { deep: [1] },
    };
    const values = again(request);
    expect(values && requestOf(VIDEO, values)).toEqual(request);
    expect(values?.others).toEqual({ aspectRatio: "16:9", futureField: { deep: [1] } });
  });

  it("reads `4k` as the choice 4K, and leaves out what is null", () => {
    const values = again({ model: IMAGE.name, type: "txt", prompt: "x", taskName: "y", size: "4k", quality: null });
    expect(values?.parameters).toEqual({ size: "4K" });
    expect(values?.others).toEqual({});
  });

  it("is null for a model that the tenant may not use", () => {
    expect(again({ model: IMAGE.name, type: "txt", prompt: "x" }, [VIDEO])).toBeNull();
  });

  it("keeps integers past 2^53 of its JSON", () => {
    expect(readJson('{"seed":9223372036854775807,"n":1.5,"t":"9223372036854775807"}')).toEqual({
      seed: 9223372036854775807n,
      n: 1.5,
      t: "9223372036854775807",
    });
  });
});

describe("errors of the gateway", () => {
  const error = (code: number, message: string, issues: { path: string; message: string }[] = []) => ({
    status: 400,
    code,
    message,
    issues,
  });
  const shown = ["model", "type", "prompt", "quality", "refImageUrls", "durationSeconds"];

  it("stand at their fields, references with their number", () => {
    const issues = [
      { path: "quality", message: "must be 50 to 100" },
      { path: "refImageUrls.1", message: "must be https" },
      { path: "metadata.x", message: "is too long" },
      { path: "imageCount", message: "must be 1 to 4" },
    ];
    expect(placeProblems(error(30001, "quality: …", issues), shown)).toEqual({
      quality: "must be 50 to 100",
      refImageUrls: "2: must be https",
      "": "metadata: is too long. imageCount: must be 1 to 4",
    });
  });

  it.each([
    [50003, "type"],
    [50007, "durationSeconds"],
    [50011, "refImageUrls"],
    [40003, "model"],
    [50001, "model"],
    [60001, ""],
    [10001, ""],
  ])("without issues stand at the field of their code: %i", (code, field) => {
    expect(placeProblems(error(code, "no"), shown)).toEqual({ [field]: "no" });
  });

  it("about a reference's content stand at each list that has references", () => {
    expect(
      placeProblems(error(50014, "failed review"), [...shown, "refAudioUrls"], ["refImageUrls", "refAudioUrls"]),
    ).toEqual({
      refImageUrls: "failed review",
      refAudioUrls: "failed review",
    });
    expect(placeProblems(error(50015, "blocked"), shown)).toEqual({ "": "blocked" });
  });

  it("of a field that is not shown name it", () => {
    expect(placeProblems(error(50008, "not supported"), shown)).toEqual({ "": "size: not supported" });
  });
});

it("a file's list follows its media type", () => {
  expect(["image/png", "video/mp4", "audio/mpeg", "text/plain", ""].map(fieldForFile)).toEqual([
    "refImageUrls",
    "refVideoUrls",
    "refAudioUrls",
    null,
    null,
  ]);
});
