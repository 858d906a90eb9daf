import { expect, it } from "vitest";
import { extensionFor, nameForType } from "../../src/domain/media-name.ts";

it.each([
  ["0.png", "image/jpeg", "0.jpg"],
  ["0.png", "image/png", "0.png"],
  ["t0.PNG", "image/webp", "t0.webp"],
  ["0.mp4", "video/webm", "0.webm"],
  ["photo.jpeg", "image/jpeg", "photo.jpeg"],
  ["photo.JPG", "image/jpeg", "photo.JPG"],
  ["a.b.mov", "video/mp4", "a.b.mp4"],
  ["report", "image/png", "report"],
  ["v1.2", "image/png", "v1.2"],
  ["notes.txt", "image/png", "notes.txt"],
  ["0.png", "application/octet-stream", "0.png"],
  ["", "image/png", ""],
])("%s of type %s is named %s", (name, type, expected) => {
  expect(nameForType(name, type)).toBe(expected);
});

const CONTAINERS = ["mp4", "quicktime", "3gpp", "3gpp2", "webm", "x-matroska", "ogg", "x-msvideo", "x-flv", "mp2t"];
const SOUNDS = ["mpeg", "aac", "wav", "flac", "aiff", "x-caf", "x-w64", "x-ms-wma", "amr", "basic"];
const IMAGES = ["png", "jpeg", "webp", "gif", "avif", "heic", "tiff", "bmp", "jxl", "jp2"];

it.each([
  ...CONTAINERS.flatMap((family) => [`video/${family}`, `audio/${family}`]),
  ...SOUNDS.map((name) => `audio/${name}`),
  ...IMAGES.map((name) => `image/${name}`),
  "video/mpeg",
  "video/x-ms-asf",
])("a file that is found to be %s gets a name of its type", (type) => {
  const extension = extensionFor(type);
  expect(extension).not.toBeNull();
  expect(nameForType("0.png", type)).toBe(`0.${extension}`);
});

it("knows an extension for media types, and none for others", () => {
  expect(extensionFor("image/jpeg")).toBe("jpg");
  expect(extensionFor("application/octet-stream")).toBeNull();
});
