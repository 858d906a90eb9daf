import { describe, expect, it } from "vitest";
import { DOCUMENTED_REQUESTS } from "../../scripts/documented-requests.ts";
import { parseJson, stringifyJson } from "../../src/lib/json.ts";
import { checkGenerateRequest } from "../../src/schemas/check-generate.ts";

const RULES = { allowPrivate: false, ownOrigins: ["https://gateway.example"], ownFilePrefixes: [] };
const IMAGE = { model: "Imagen Nano Banana 2", taskName: "a", type: "txt", prompt: "b" };
const VIDEO = { model: "Seedance 2.0", taskName: "a", type: "img_txt", prompt: "b" };
const URL_OF = (name: string) => `https://example.com/${name}`;

/** Checks JSON text; a body given as an object is written as text first. */
function check(body: object | string, rules = RULES) {
  return checkGenerateRequest(parseJson(typeof body === "string" ? body : JSON.stringify(body)), rules);
}
function refusalOf(body: object | string, rules = RULES) {
  const result = check(body, rules);
  if (result.ok) throw new Error("was accepted");
  return result.error;
}
/** `base` as JSON text with one more member, whose value is written as given. */
const withMember = (base: object, name: string, valueText: string) =>
  `${JSON.stringify(base).slice(0, -1)},${JSON.stringify(name)}:${valueText}}`;
const forwardedBy = (body: string) => {
  const result = check(body);
  if (!result.ok) throw new Error(result.error.msg);
  return stringifyJson(result.value.forwarded);
};

describe("what is documented", () => {
  it.each(DOCUMENTED_REQUESTS.map(({ title, body }) => [title, body]))("is accepted as printed: %s", (_, body) => {
    expect(forwardedBy(body)).toBe(stringifyJson(parseJson(body)));
  });

  it("is at least seven requests", () => {
    expect(DOCUMENTED_REQUESTS.length).toBeGreaterThanOrEqual(7);
  });

  it.each([
    ...["1K", "2K", "4K", "1k", "2k", "4k"].map((size) => ({ ...IMAGE, size })),
    ...["16:9", "9:16"].map((aspectRatio) => ({ ...IMAGE, aspectRatio })),
    ...[1, 2, 3, 4].map((imageCount) => ({ ...IMAGE, imageCount })),
    ...[4, 10, 15].map((durationSeconds) => ({ ...VIDEO, durationSeconds })),
    ...[50, 80, 100].map((quality) => ({ ...IMAGE, quality })),
    ...["img_txt", "img_vid_txt", "img_aud_txt", "img_vid_aud_txt"].map((type) => ({ ...VIDEO, type })),
    { ...VIDEO, generateAudio: false },
    { ...IMAGE, type: "img_txt", refImageUrls: [1, 2, 3, 4, 5].map((n) => URL_OF(`${n}.png`)) },
    { ...IMAGE, size: null, imageCount: null, quality: null, seed: null, metadata: null, webhookUrl: null },
  ])("is accepted: %j", (body) => {
    expect(check(body).ok).toBe(true);
  });
});

describe("a documented field with a wrong value", () => {
  it.each([
    [30001, "model", { ...IMAGE, model: undefined }],
    [30001, "model", { ...IMAGE, model: 7 }],
    [30001, "model", { ...IMAGE, model: " " }],
    [30001, "taskName", { ...IMAGE, taskName: undefined }],
    [30001, "type", { ...IMAGE, type: null }],
    [30001, "prompt", { ...IMAGE, prompt: "" }],
    [30001, "prompt", { ...IMAGE, prompt: ["a"] }],
    [40003, "model", { ...IMAGE, model: "Imagen Nano Banana 3" }],
    [40003, "model", { ...IMAGE, model: "seedance 2.0" }],
    [40003, "model", { ...IMAGE, model: "constructor" }],
    [50003, "type", { ...IMAGE, type: "img_vid_txt" }],
    [50003, "type", { ...VIDEO, type: "txt" }],
    [50003, "type", { ...VIDEO, type: "toString" }],
    [50006, "resolution", { ...VIDEO, resolution: "1080p" }],
    [30001, "resolution", { ...VIDEO, resolution: 720 }],
    [50007, "durationSeconds", { ...VIDEO, durationSeconds: 3 }],
    [50007, "durationSeconds", { ...VIDEO, durationSeconds: 16 }],
    [50007, "durationSeconds", { ...VIDEO, durationSeconds: -5 }],
    [50008, "size", { ...IMAGE, size: "8K" }],
    [50008, "size", { ...IMAGE, size: "" }],
    [30001, "size", { ...IMAGE, size: 4 }],
    [50009, "aspectRatio", { ...IMAGE, aspectRatio: "1:1" }],
    [50010, "imageCount", { ...IMAGE, imageCount: 0 }],
    [50010, "imageCount", { ...IMAGE, imageCount: 5 }],
    [50011, "refImageUrls", { ...IMAGE, type: "img_txt" }],
    [50011, "refImageUrls", { ...IMAGE, type: "img_txt", refImageUrls: [] }],
    [50011, "refImageUrls", { ...IMAGE, type: "img_txt", refImageUrls: null }],
    [30001, "quality", { ...IMAGE, quality: 49 }],
    [30001, "quality", { ...VIDEO, quality: 101 }],
    [30001, "seed", { ...IMAGE, seed: -2 }],
    [30001, "seed", { ...IMAGE, seed: "7" }],
    [30001, "generateAudio", { ...VIDEO, generateAudio: "true" }],
    [30001, "refImageUrls", { ...IMAGE, refImageUrls: URL_OF("a.png") }],
    [30001, "refImageUrls", { ...IMAGE, refImageUrls: Array(6).fill(URL_OF("a.png")) }],
    [30001, "refVideoUrls", { ...VIDEO, refVideoUrls: Array(6).fill(URL_OF("a.mp4")) }],
    [30001, "refAudioUrls.1", { ...VIDEO, refAudioUrls: [URL_OF("a.mp3"), 5] }],
    [30001, "refImageUrls.0", { ...IMAGE, refImageUrls: ["not a URL"] }],
    [30001, "refImageUrls.0", { ...VIDEO, refImageUrls: ["https://127.0.0.1/a.png"] }],
    [30001, "refVideoUrls.0", { ...VIDEO, refVideoUrls: ["https://gateway.example/api/v1/account"] }],
    [30001, "webhookUrl", { ...IMAGE, webhookUrl: "ftp://example.com/" }],
    [30001, "webhookUrl", { ...IMAGE, webhookUrl: 5 }],
  ])("is refused with %i for %s: %j", (code, path, body) => {
    const refusal = refusalOf(body);
    expect(refusal).toMatchObject({ code, status: code === 40003 ? 404 : 400 });
    expect(refusal.msg).toContain(path);
    expect(refusal.issues?.map((issue) => issue.path)).toContain(path);
  });

  it("is refused together with all others, and the code is that of the gravest", () => {
    const { code, issues } = refusalOf({
      ...IMAGE,
      size: "8K",
      imageCount: 9,
      aspectRatio: "1:1",
      quality: 5,
      type: "x",
    });
    expect(code).toBe(30001);
    expect(issues?.map(({ path }) => path).sort()).toEqual(["aspectRatio", "imageCount", "quality", "size", "type"]);
    expect(issues?.every(({ message }) => message.length > 0)).toBe(true);
    expect(refusalOf({ ...IMAGE, size: "8K", imageCount: 9 }).code).toBe(50008);
    expect(
      refusalOf({})
        .issues?.map(({ path }) => path)
        .sort(),
    ).toEqual(["model", "prompt", "taskName", "type"]);
  });

  it.each(["null", "[]", '"text"', "5", "true"])("is refused when the body is %s and not an object", (text) => {
    expect(refusalOf(text)).toMatchObject({ code: 30001, status: 400 });
  });
});

describe("numbers", () => {
  it.each(["5", "5.0", "5e0", "0.5e1", "50e-1"])("count as the integer they are: %s", (text) => {
    expect(forwardedBy(withMember(VIDEO, "durationSeconds", text))).toContain(`"durationSeconds":${text}`);
  });

  it.each(['"5"', "4.5", "4.0000000000000000001", "true", "[5]", "{}"])("of a wrong type are refused: %s", (text) => {
    expect(refusalOf(withMember(VIDEO, "durationSeconds", text)).code).toBe(30001);
    expect(refusalOf(withMember(IMAGE, "imageCount", text)).code).toBe(30001);
    expect(refusalOf(withMember(IMAGE, "quality", text)).code).toBe(30001);
  });

  it.each([
    "1e400",
    "-1e400",
    "9007199254740993",
    "1e21",
    "99999999999999999999",
  ])("that no range can hold have the code of the range: %s", (text) => {
    expect(refusalOf(withMember(VIDEO, "durationSeconds", text)).code).toBe(50007);
    expect(refusalOf(withMember(IMAGE, "imageCount", text)).code).toBe(50010);
  });

  it.each([
    "-1",
    "0",
    "9007199254740993",
    "9223372036854775807",
    "1e3",
    "7.0",
  ])("in seed keep their text: %s", (text) => {
    expect(forwardedBy(withMember(IMAGE, "seed", text))).toContain(`"seed":${text}`);
  });

  it.each([
    "-2",
    "9223372036854775808",
    "1e19",
    "1e400",
    "0.5",
    '"1"',
    "{}",
    "[1]",
  ])("in seed that are no long of at least -1 are refused: %s", (text) => {
    expect(refusalOf(withMember(VIDEO, "seed", text)).code).toBe(30001);
  });
});

describe("what is not documented for the medium", () => {
  it.each([
    ["negativePrompt", '"blurry"'],
    ["negativePrompt", "null"],
    ["styleWeight", "1.50"],
    ["big", "9007199254740993"],
    ["huge", "1e400"],
    ["nested", '{"__proto__":{"a":1},"list":[1.0,null,[[]]]}'],
    ["__proto__", '{"polluted":true}'],
    ["constructor", "7"],
    ["toString", '"x"'],
    ["", "1"],
    ["durationSeconds", '"whatever"'],
    ["resolution", "4711"],
    ["refVideoUrls", '["ftp://127.0.0.1"]'],
    ["generateAudio", '"maybe"'],
  ])("goes through untouched on an image: %j is %s", (name, text) => {
    const body = withMember(IMAGE, name, text);
    expect(forwardedBy(body)).toBe(body);
  });

  it.each([
    ["aspectRatio", '"1:1"'],
    ["imageCount", "99"],
    ["size", "null"],
    ["size", "{}"],
  ])("goes through untouched on a video: %j is %s", (name, text) => {
    const body = withMember(VIDEO, name, text);
    expect(forwardedBy(body)).toBe(body);
  });

  it("never changes an object's prototype", () => {
    const result = check(withMember(IMAGE, "__proto__", '{"size":"8K"}'));
    expect(result.ok).toBe(true);
    expect(({} as { size?: string }).size).toBeUndefined();
  });
});
