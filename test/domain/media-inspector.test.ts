import { describe, expect, it } from "vitest";
import { createMediaInspector, safeContentType } from "../../src/domain/media-inspector.ts";
import {
  aac,
  box,
  filler,
  ftyp,
  join,
  jpeg,
  largeBox,
  mp3,
  mp4,
  pieces,
  png,
  text,
  wav,
  webm,
  webp,
} from "../support/media.ts";

interface Options {
  declaredType?: string | null;
  recognisedOnly?: boolean;
  chunk?: number;
}

function inspect(data: Uint8Array, { declaredType = null, recognisedOnly = false, chunk = 65_536 }: Options = {}) {
  const inspector = createMediaInspector({ declaredType, recognisedOnly });
  for (const piece of pieces(data, chunk)) {
    inspector.push(piece);
    piece.fill(0); // The inspector must not look at a chunk after the call.
  }
  const verdict = inspector.finish();
  return verdict.ok ? verdict.contentType : verdict.reason;
}

const gif = join(text("GIF89a"), filler(50));
/** A file header of 14 bytes, then the second header with its own length. */
const bmp = join(text("BM"), new Uint8Array([70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]), filler(52));
const tiff = join(text("II*"), new Uint8Array([0, 8, 0, 0, 0]), filler(50));
const bigEndianTiff = join(text("MM"), new Uint8Array([0, 42, 0, 0, 0, 8]), filler(50));
const ogg = join(text("OggS"), filler(50));
const flac = join(text("fLaC"), filler(50));
const id3 = join(text("ID3"), new Uint8Array([4, 0]), filler(50));

describe("content types", () => {
  it.each([
    ["image/png", png()],
    ["image/jpeg", jpeg()],
    ["image/webp", webp()],
    ["image/gif", gif],
    ["image/bmp", bmp],
    ["image/tiff", tiff],
    ["image/tiff", bigEndianTiff],
    ["image/avif", mp4(300, "avif")],
    ["image/avif", join(ftyp("mif1", "mif1", "avif"), box("meta"))],
    ["image/heic", mp4(300, "heic")],
    ["video/mp4", mp4()],
    ["video/quicktime", mp4(300, "qt  ")],
    ["audio/mp4", mp4(300, "M4A ")],
    ["video/webm", webm()],
    ["video/x-matroska", webm("matroska")],
    ["audio/mpeg", mp3()],
    ["audio/mpeg", mp3(1)],
    ["audio/mpeg", id3],
    ["audio/aac", aac()],
    ["audio/wav", wav()],
    ["audio/ogg", ogg],
    ["audio/flac", flac],
  ])("%s is told by content, whatever the declared type says and however it is chunked", (expected, data) => {
    for (const declaredType of [null, "application/octet-stream", "audio/x-other"]) {
      expect(inspect(data, { declaredType })).toBe(expected);
    }
    expect(inspect(data, { chunk: 1, recognisedOnly: true })).toBe(expected);
  });

  it.each([
    "text/html",
    "application/json",
    "image/svg+xml",
    "video/mp4",
  ])("clear content outweighs %s", (declaredType) => {
    expect(inspect(png(), { declaredType })).toBe("image/png");
  });

  it("a mere sync word does not outweigh a declared image", () => {
    expect(inspect(mp3(), { declaredType: "image/png" })).toBe("image/png");
  });

  it("two bytes that look like a sync word do not make a sound", () => {
    const data = join(new Uint8Array([0xff, 0xfb, 0x90, 0x00]), filler(5_000));
    expect(inspect(data)).toBe("application/octet-stream");
    expect(inspect(data, { recognisedOnly: true })).toBe("unrecognised");
  });

  it("two letters do not make a bitmap", () => {
    const data = text("BMW, Audi and a list of other cars\n".repeat(9));
    expect(inspect(data, { declaredType: "image/bmp", recognisedOnly: true })).toBe("unrecognised");
    expect(inspect(data, { declaredType: "text/plain" })).toBe("text");
  });

  it("unknown binary content keeps a declared media type, and no other", () => {
    expect(inspect(filler(500), { declaredType: "image/x-new; q=1" })).toBe("image/x-new");
    expect(inspect(filler(500), { declaredType: "video/mp4" })).toBe("video/mp4");
    expect(inspect(filler(500), { declaredType: "text/html" })).toBe("application/octet-stream");
    expect(inspect(filler(500), { declaredType: "image/svg+xml" })).toBe("application/octet-stream");
    expect(inspect(filler(500))).toBe("application/octet-stream");
    expect(inspect(filler(500), { declaredType: "image/png", recognisedOnly: true })).toBe("unrecognised");
  });

  it("tells the type as soon as it has seen enough, and keeps to it", () => {
    const inspector = createMediaInspector({ declaredType: null });
    const data = png(10_000);
    inspector.push(data.slice(0, 100));
    expect(inspector.contentType()).toBeNull();
    inspector.push(data.slice(100, 5_000));
    expect(inspector.contentType()).toBe("image/png");
  });
});

describe("what is not media", () => {
  it("refuses an empty file", () => {
    expect(inspect(new Uint8Array(0), { declaredType: "image/png" })).toBe("empty");
  });

  it.each([
    ["<!doctype html><p>"],
    ["<!DOCTYPE HTML>"],
    ["\n\t <html lang=en>"],
    ["\ufeff<html>"],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ["<Error><Code>ExpiredToken</Code></Error>"],
    ['<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'],
    ["<script>x()</script>"],
    ["<!-- --><b>"],
    ['{"code":10001,"msg":"System busy","ok":false,"data":null}'],
    [' {\n  "error" : {}}'],
    ["{}"],
  ])("refuses %j under any declared type", (content) => {
    for (const declaredType of [null, "image/png", "video/mp4", "application/octet-stream", "application/json"]) {
      expect(inspect(text(content), { declaredType })).toBe("text");
    }
  });

  it("refuses a page in UTF-16", () => {
    const page = [..."\ufeff<html>"].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]);
    expect(inspect(new Uint8Array(page))).toBe("text");
  });

  it.each([
    "text/plain",
    "text/html; charset=utf-8",
    "application/json",
    "application/problem+json",
    "application/xml",
  ])("refuses any text that is declared %s", (declaredType) => {
    expect(inspect(text("upstream is having a nap"), { declaredType })).toBe("text");
  });

  it("says so as soon as it is certain", () => {
    const inspector = createMediaInspector({ declaredType: "image/png" });
    expect(inspector.push(text(`<html>${" ".repeat(5_000)}`))).toBe("text");
    expect(inspector.push(png())).toBe("text");
    expect(inspector.finish()).toEqual({ ok: false, reason: "text" });
  });

  it("does not take binary data that begins with a brace or an angle bracket for text", () => {
    expect(inspect(join(text('{"'), filler(100)), { declaredType: "image/x" })).toBe("image/x");
    expect(inspect(join(text("<b"), filler(100)), { declaredType: "image/x" })).toBe("image/x");
  });
});

describe("truncation", () => {
  it.each([
    ["png", png(6_000), "image/png"],
    ["jpeg", jpeg(6_000), "image/jpeg"],
    ["webp", webp(6_000), "image/webp"],
    ["wav", wav(6_000), "audio/wav"],
    ["mp4", mp4(6_000), "video/mp4"],
    ["mp4 with a 64-bit box", join(ftyp("isom"), box("moov"), largeBox("mdat", filler(5_000))), "video/mp4"],
  ])("of %s is noticed in chunks of any size, and the whole file is accepted", (_, data, type) => {
    for (const chunk of [1, 13, 4_096, 1_000_000]) {
      expect(inspect(data, { chunk })).toBe(type);
      expect(inspect(data.slice(0, -1), { chunk })).toBe("truncated");
      expect(inspect(data.slice(0, data.length / 2), { chunk })).toBe("truncated");
    }
  });

  it("of a png is noticed at every length after its header", () => {
    const data = png(120);
    for (let length = 33; length < data.length; length++) expect(inspect(data.slice(0, length))).toBe("truncated");
  });

  it.each([
    ["png with bytes after its end", join(png(), filler(100)), "image/png"],
    ["png whose header has a wrong checksum", png().fill(1, 29, 33).slice(0, 100), "image/png"],
    ["png signature before something else", join(png().slice(0, 8), filler(300)), "image/png"],
    ["png header before something else", join(png().slice(0, 33), new Uint8Array(300)), "image/png"],
    ["jpeg with bytes after its end", join(jpeg(), filler(100)), "image/jpeg"],
    [
      "jpeg with fill bytes and restart markers",
      join(jpeg(300).slice(0, 200), new Uint8Array([0xff, 0xd0, 0xff, 0xff, 0xd9])),
      "image/jpeg",
    ],
    ["jpeg signature before something else", join(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), filler(300)), "image/jpeg"],
    ["jfif header before something else", join(jpeg().slice(0, 20), new Uint8Array(300)), "image/jpeg"],
    ["a stub of a jpeg", jpeg().slice(0, 11), "image/jpeg"],
    ["jpeg of two markers", new Uint8Array([0xff, 0xd8, 0xff, 0xd9]), "image/jpeg"],
    ["webp with bytes after its end", join(webp(), filler(3)), "image/webp"],
    ["webp header before something else", join(text("RIFF\0\0\u007f\0WEBP"), filler(100)), "image/webp"],
    ["wav of unknown length", wav().fill(255, 4, 8), "audio/wav"],
    [
      "mp4 whose last box is open-ended",
      join(ftyp("isom"), box("moov"), new Uint8Array(4), text("mdat"), filler(9)),
      "video/mp4",
    ],
    ["mp4 with padding", join(mp4(), new Uint8Array(50)), "video/mp4"],
    ["mp4 followed by something else", join(mp4(), filler(300)), "video/mp4"],
    ["ftyp before something else", join(ftyp("isom"), filler(300)), "video/mp4"],
    ["a stub of an mp4", mp4().slice(0, 12), "video/mp4"],
    ["an unknown box past the end", join(ftyp("isom"), box("moov"), box("abcd", filler(90)).slice(0, 40)), "video/mp4"],
  ])("is not claimed of %s", (_, data, type) => {
    for (const chunk of [1, 4_096]) expect(inspect(data, { chunk })).toBe(type);
  });

  it("of a large video costs no time per byte", () => {
    const inspector = createMediaInspector({ declaredType: "video/mp4" });
    const chunk = new Uint8Array(1 << 20);
    const header = box("mdat");
    new DataView(header.buffer).setUint32(0, 8 + 200 * chunk.length);
    inspector.push(join(ftyp("isom"), box("moov"), header));
    const start = performance.now();
    for (let sent = 0; sent < 200; sent++) inspector.push(chunk);
    expect(performance.now() - start).toBeLessThan(500);
    expect(inspector.finish()).toEqual({ ok: true, contentType: "video/mp4" });
  });
});

describe("safeContentType", () => {
  it.each([
    ["image/png", "image/png"],
    ["IMAGE/JPEG; charset=x", "image/jpeg"],
    ["video/mp4;codecs=avc1", "video/mp4"],
    ["audio/mpeg", "audio/mpeg"],
    ["image/svg+xml", "application/octet-stream"],
    ["image/svg", "application/octet-stream"],
    ["image/x+xml", "application/octet-stream"],
    ["text/html", "application/octet-stream"],
    ["application/pdf", "application/octet-stream"],
    ["application/xhtml+xml", "application/octet-stream"],
    ["image/png, text/html", "application/octet-stream"],
    ["image/", "application/octet-stream"],
    ["image/png\nx", "application/octet-stream"],
    ["", "application/octet-stream"],
    [null, "application/octet-stream"],
    [undefined, "application/octet-stream"],
  ])("%j is served as %s", (type, expected) => {
    expect(safeContentType(type)).toBe(expected);
  });
});
