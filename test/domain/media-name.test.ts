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

it("knows an extension for media types, and none for others", () => {
  expect(extensionFor("image/jpeg")).toBe("jpg");
  expect(extensionFor("application/octet-stream")).toBeNull();
});
