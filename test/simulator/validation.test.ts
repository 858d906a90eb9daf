import { describe, expect, it } from "vitest";
import { generate, IMAGE, simulate, VIDEO } from "./simulator-client.ts";

const PICTURES = { refImageUrls: ["https://example.com/cat.jpg"] };
const CLIP = { refVideoUrls: ["https://example.com/reference.mp4"] };
const MUSIC = { refAudioUrls: ["https://example.com/music.mp3"] };
const FULL = { ...VIDEO, durationSeconds: 5, resolution: "720p", aspectRatio: "16:9", generateAudio: true };

const ACCEPTED: readonly [string, object][] = [
  ["the quick start, which has no references", FULL],
  ["text to image with a small k", { ...IMAGE, aspectRatio: "9:16", imageCount: 1, size: "4k" }],
  ["image and text to image", { ...IMAGE, type: "img_txt", ...PICTURES, size: "4k" }],
  ["image and text to video", { ...FULL, ...PICTURES }],
  ["image, video and text to video", { ...FULL, type: "img_vid_txt", ...PICTURES, ...CLIP }],
  ["image, audio and text to video", { ...FULL, type: "img_aud_txt", ...PICTURES, ...MUSIC }],
  ["everything to video", { ...FULL, type: "img_vid_aud_txt", ...PICTURES, ...CLIP, ...MUSIC }],
  ["invalid fields of the other medium", { ...IMAGE, durationSeconds: "x", resolution: 3, refVideoUrls: 1 }],
  ["an image's fields on a video", { ...VIDEO, size: "9K", imageCount: 99, aspectRatio: "1:1" }],
  ["fields the page does not know", { ...IMAGE, style: { name: "ghibli" } }],
  ["null for what was not chosen", { ...IMAGE, imageCount: null, size: null, refImageUrls: null, seed: null }],
];

const REJECTED: readonly [string, number, unknown][] = [
  ["no model", 30001, { ...IMAGE, model: undefined }],
  ["no task name", 30001, { ...IMAGE, taskName: undefined }],
  ["no type", 30001, { ...IMAGE, type: undefined }],
  ["an empty prompt", 30001, { ...IMAGE, prompt: " " }],
  ["a prompt that is no text", 30001, { ...IMAGE, prompt: 5 }],
  ["a body that is a list", 30001, []],
  ["a body that is not JSON", 30001, "{"],
  ["a count in quotes", 30001, { ...IMAGE, imageCount: "2" }],
  ["a broken count", 30001, { ...IMAGE, imageCount: 1.5 }],
  ["a quality of 49", 30001, { ...IMAGE, quality: 49 }],
  ["a quality of 101", 30001, { ...IMAGE, quality: 101 }],
  ["a seed of -2", 30001, { ...IMAGE, seed: -2 }],
  ["a seed past 2^63", 30001, `{"seed":9223372036854775808,${JSON.stringify(IMAGE).slice(1)}`],
  ["six references", 30001, { ...VIDEO, refImageUrls: Array(6).fill("https://example.com/a.jpg") }],
  ["a reference that is no URL", 30001, { ...VIDEO, refImageUrls: ["cat.jpg"] }],
  ["a reference that is no list", 30001, { ...VIDEO, refVideoUrls: "https://example.com/a.mp4" }],
  ["an unknown model", 40003, { ...IMAGE, model: "Imagen Nano Banana 3" }],
  ["a type of another model", 50003, { ...VIDEO, type: "txt" }],
  ["an unknown resolution", 50006, { ...VIDEO, resolution: "1080p" }],
  ["three seconds", 50007, { ...VIDEO, durationSeconds: 3 }],
  ["sixteen seconds", 50007, { ...VIDEO, durationSeconds: 16 }],
  ["an unknown size", 50008, { ...IMAGE, size: "8K" }],
  ["an unknown aspect ratio", 50009, { ...IMAGE, aspectRatio: "1:1" }],
  ["no images", 50010, { ...IMAGE, imageCount: 0 }],
  ["five images", 50010, { ...IMAGE, imageCount: 5 }],
  ["no reference for an image from an image", 50011, { ...IMAGE, type: "img_txt" }],
  ["a reference that fails review", 50014, { ...VIDEO, refImageUrls: ["https://example.com/sim-unsafe.jpg"] }],
  ["a reference that is blocked", 50015, { ...VIDEO, refImageUrls: ["https://example.com/sim-blocked.jpg"] }],
  ["a directive with a typing error", 30001, { ...IMAGE, prompt: "[[sim: fial=x]]" }],
];

describe("validation", () => {
  it.each(ACCEPTED)("accepts %s", async (_name, body) => {
    expect((await generate(await simulate(), body)).json()).toMatchObject({ code: 0, ok: true });
  });

  it.each(REJECTED)("rejects %s with %i and charges nothing", async (_name, code, body) => {
    const simulator = await simulate();
    const response = await generate(simulator, typeof body === "string" ? body : JSON.stringify(body));
    expect(response.json()).toMatchObject({ code, ok: false, data: null });
    expect(simulator.stats()).toMatchObject({ submissions: 1, tasks: 0, charged: 0, codes: { [code]: 1 } });
  });
});
