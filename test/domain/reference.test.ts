import { describe, expect, it } from "vitest";
import { readReference } from "../../src/domain/reference.ts";
import { encodeBase64, encodeBase64Url } from "../../src/lib/bytes.ts";
import { mp3, mp4, png, text } from "../support/media.ts";

const bytes = png(300);
const base64 = encodeBase64(bytes);

describe("a reference that is no URL", () => {
  it("is a fileId or a data: URI", () => {
    expect(readReference("file_5f0c9a4be1d27783", "image")).toEqual({ fileId: "file_5f0c9a4be1d27783" });
    expect(readReference("https://example.com/file_1.png", "image")).toBeNull();
    expect(readReference("datum", "image")).toBeNull();
  });

  it.each([
    ["plain", `data:image/png;base64,${base64}`],
    ["without a type", `data:;base64,${base64}`],
    ["of another declared type", `data:video/mp4;base64,${base64}`],
    ["with parameters", `DATA:image/png;name=a.png; BASE64 ,${base64}`],
    ["percent-encoded", `data:image/png;base64,${encodeURIComponent(base64)}`],
    ["with line breaks", `data:image/png;base64,${base64.replace(/.{76}/g, "$&\r\n")}`],
    ["without padding", `data:image/png;base64,${base64.replace(/=/g, "")}`],
    ["in the URL-safe alphabet", `data:image/png;base64,${encodeBase64Url(bytes)}`],
  ])("has the same bytes %s", (_name, uri) => {
    expect(readReference(uri, "image")).toEqual({ bytes, contentType: "image/png" });
  });

  it.each([
    ["not base64", `data:image/png,${encodeURIComponent("abc")}`, /;base64/],
    ["no comma", "data:image/png;base64", /;base64/],
    ["bad characters", "data:image/png;base64,ab*d", /not base64/],
    ["a bad escape", "data:image/png;base64,%", /not base64/],
    ["nothing", "data:image/png;base64,", /empty/],
    ["text", `data:image/png;base64,${encodeBase64(text("<svg></svg>"))}`, /supported type/],
    ["a program", `data:image/png;base64,${encodeBase64(text("\x7fELF"))}`, /supported type/],
    ["a cut file", `data:image/png;base64,${encodeBase64(bytes.slice(0, 200))}`, /cut short/],
    ["a video", `data:image/png;base64,${encodeBase64(mp4(400))}`, /video\/mp4/],
    ["sound", `data:image/png;base64,${encodeBase64(mp3(4))}`, /audio\/mpeg/],
  ])("is refused: %s", (_name, uri, reason) => {
    expect(readReference(uri, "image")).toEqual({ reason: expect.stringMatching(reason) });
  });
});
