import { brotliCompressSync, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createMediaInspector } from "../../src/domain/media-inspector.ts";
import { safeContentType } from "../../src/domain/media-type.ts";
import { cpuMs } from "../support/cpu-time.ts";
import {
  aac,
  box,
  element,
  filler,
  ftyp,
  id3,
  join,
  jpeg,
  largeBox,
  movie,
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
const mp2 = join(...Array.from({ length: 4 }, () => join(new Uint8Array([0xff, 0xfd, 0x80, 0x04]), filler(413))));
/** A page that begins a stream of an Ogg file, with its first packet. */
const oggPage = (packet: string) =>
  join(text("OggS"), new Uint8Array([0, 2]), filler(20), new Uint8Array([1, packet.length]), latin(packet));
const latin = (value: string) => Uint8Array.from(value, (character) => character.charCodeAt(0));
/** A WAV with a list before its samples, which its data size counts too. */
function wavBehind(list: Uint8Array, size: number): Uint8Array {
  const data = wav(size);
  const between = list.slice();
  new DataView(between.buffer).setUint32(0, 0x4c495354);
  new DataView(between.buffer).setUint32(4, list.length - 8, true);
  const all = join(data.slice(0, 36), between, data.slice(36));
  new DataView(all.buffer).setUint32(36 + list.length + 4, all.length, true);
  return all;
}
/** Packets of 188 bytes, the first `lead` bytes before them. */
const transport = (lead: number) =>
  join(...Array.from({ length: 4 }, () => join(new Uint8Array(lead), text("G"), filler(187))));

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
    ["video/webm", webm()],
    ["video/x-matroska", webm("matroska")],
    ["audio/mpeg", mp3()],
    ["audio/mpeg", mp3(1)],
    ["audio/mpeg", mp2],
    ["audio/mpeg", join(id3(), filler(50))],
    ["audio/mpeg", join(id3(), mp3())],
    ["audio/flac", join(id3(), flac)],
    ["audio/flac", join(id3(600_000), flac)],
    ["audio/flac", join(id3(), id3(9_000), flac)],
    ["audio/aac", join(id3(20_000), aac())],
    ["image/jxl", join(new Uint8Array([0xff, 0x0a]), filler(50))],
    ["audio/aiff", join(text("FORM"), filler(4), text("AIFC"), filler(50))],
    ["audio/x-caf", join(text("caff\0\u0001\0\0"), filler(50))],
    ["audio/wav", join(text("RF64"), filler(4), text("WAVEds64"), filler(50))],
    ["video/x-msvideo", join(text("RIFF"), filler(4), text("AVI LIST"), filler(50))],
    ["video/mp2t", transport(0)],
    ["video/mp2t", transport(4)],
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

  it("one frame of sound does not outweigh a declared image, and frames that follow each other do", () => {
    for (const frames of [mp3, aac]) {
      expect(inspect(frames(1), { declaredType: "image/png" })).toBe("image/png");
      for (const declaredType of ["image/png", "video/mp4", "text/html"]) {
        expect(inspect(frames(), { declaredType })).toMatch(/^audio\/(mpeg|aac)$/);
        expect(inspect(frames(40), { declaredType, chunk: 100 })).toMatch(/^audio\/(mpeg|aac)$/);
      }
    }
  });

  it.each(["isom", "mp42", "dash", "M4A ", "M4V ", "iso6"])("an MP4 of brand %s is what its tracks are", (brand) => {
    const media = box("mdat", filler(3_000));
    for (const declaredType of [null, "video/mp4", "audio/mp4"]) {
      for (const [tracks, expected] of [
        [movie("soun"), "audio/mp4"],
        [movie("soun", "text"), "audio/mp4"],
        [movie("soun", "vide"), "video/mp4"],
        [movie("vide", "soun"), "video/mp4"],
      ] as const) {
        const before = join(ftyp(brand, brand, "isom"), tracks, media);
        const behind = join(ftyp(brand, brand, "isom"), box("free"), media, tracks);
        const far = join(ftyp(brand), box("free", new Uint8Array(300_000)), largeBox("mdat", filler(9)), tracks);
        for (const data of [before, behind, far]) expect(inspect(data, { declaredType })).toBe(expected);
      }
    }
  });

  it("an MP4 whose tracks are past the first MiB is sound only where its brand or its declared type is", () => {
    const media = box("mdat", new Uint8Array(1_200_000));
    const file = (brand: string) => join(ftyp(brand), media, movie("soun"));
    expect(inspect(file("isom"))).toBe("video/mp4");
    expect(inspect(file("isom"), { declaredType: "audio/x-m4a" })).toBe("audio/mp4");
    expect(inspect(file("M4A "), { declaredType: "video/mp4" })).toBe("audio/mp4");
  });

  it.each(["moov", "mdat", "wide", "free", "skip"])("QuickTime without ftyp that begins with %s is taken", (first) => {
    const start = first === "moov" ? movie("vide") : first === "mdat" ? box("mdat", filler(900)) : box(first);
    const data = join(start, box("mdat", filler(9_000)), movie("vide"));
    expect(inspect(data, { recognisedOnly: true })).toBe("video/quicktime");
    expect(inspect(data.slice(0, -20), { recognisedOnly: true })).toBe("truncated");
    expect(inspect(join(start, box("mdat", filler(9)), movie("soun")), { recognisedOnly: true })).toMatch(/quicktime$/);
  });

  it.each([
    "free",
    "skip",
    "uuid",
    "udta",
  ])("an MP4 that begins with a box %s is what its tracks and brand are", (first) => {
    const start = join(box(first, filler(40)), box("free"));
    for (const chunk of [1, 65_536]) {
      expect(inspect(join(start, mp4(900)), { recognisedOnly: true, chunk })).toBe("video/mp4");
      expect(inspect(join(start, ftyp("qt  "), movie("soun")), { recognisedOnly: true, chunk })).toBe(
        "audio/quicktime",
      );
      expect(inspect(join(start, ftyp("avif"), box("meta")), { recognisedOnly: true, chunk })).toBe("image/avif");
    }
    expect(inspect(join(start, mp4(900)).slice(0, -9))).toBe("truncated");
    expect(inspect(join(box(first, filler(40)), filler(900)), { recognisedOnly: true })).toBe("unrecognised");
  });

  it("a segment of a stream is an MP4", () => {
    const fragment = join(box("moof", box("mfhd", filler(8))), box("mdat", filler(900)));
    for (const start of [box("styp", text("msdh")), join(box("styp"), box("sidx", filler(20))), text("")]) {
      expect(inspect(join(start, fragment), { recognisedOnly: true })).toBe("video/mp4");
      expect(inspect(join(start, fragment), { declaredType: "audio/mp4" })).toBe("audio/mp4");
      expect(inspect(join(start, fragment).slice(0, -9))).toBe("truncated");
    }
  });

  it("sound behind an ID3 tag is what it is without", () => {
    for (const data of [
      join(ftyp("M4A "), movie("soun")),
      join(text("FORM"), filler(4), text("AIFF"), filler(50)),
      wav(),
    ]) {
      expect(inspect(join(id3(700), data), { recognisedOnly: true })).toBe(inspect(data));
    }
    expect(inspect(join(id3(700), png()))).toBe("audio/mpeg");
  });

  it.each([
    ["audio/mpeg", mp3(9)],
    ["audio/aac", aac(9)],
  ])("%s is found behind padding and the rest of an earlier frame", (type, frames) => {
    for (const start of [
      new Uint8Array(300),
      frames.slice(-50),
      join(new Uint8Array([0xff, 0xfb, 0x90]), filler(200)),
    ]) {
      for (const declaredType of [null, "video/mp4"]) {
        expect(inspect(join(start, frames), { declaredType, chunk: 100 })).toBe(type);
      }
    }
    const two = frames.slice(0, (frames.length / 9) * 2);
    expect(inspect(join(new Uint8Array(300), two, filler(2_000)), { recognisedOnly: true })).toBe("unrecognised");
  });

  it("AMR of both bands has a type of its own", () => {
    expect(inspect(join(text("#!AMR\n"), filler(50)))).toBe("audio/amr");
    expect(inspect(join(text("#!AMR-WB\n"), filler(50)))).toBe("audio/amr-wb");
  });

  it.each(["webm", "matroska"] as const)("%s is what its tracks are", (docType) => {
    const family = docType === "webm" ? "webm" : "x-matroska";
    for (const declaredType of [null, `video/${family}`, `audio/${family}`]) {
      expect(inspect(webm(docType, 2), { declaredType })).toBe(`audio/${family}`);
      expect(inspect(webm(docType, 2, 17), { declaredType })).toBe(`audio/${family}`);
      expect(inspect(webm(docType, 2, 1), { declaredType, chunk: 1 })).toBe(`video/${family}`);
    }
    const padded = (type: number) => {
      const data = webm(docType, type);
      const at = data.indexOf(0x15, 10);
      return join(data.slice(0, at), element([0xec], filler(60_000), true), data.slice(at));
    };
    expect(inspect(padded(2))).toBe(`audio/${family}`);
    expect(inspect(padded(1))).toBe(`video/${family}`);
  });

  it("Ogg is video if one of its streams is", () => {
    expect(inspect(join(oggPage("OpusHead"), filler(100)))).toBe("audio/ogg");
    expect(inspect(join(oggPage("\x01vorbis"), filler(100)))).toBe("audio/ogg");
    const skeleton = oggPage(`fishead\0${"\0".repeat(56)}`);
    const video = join(skeleton, oggPage(`\x01vorbis${"\0".repeat(200)}`), oggPage("\x80theora"), filler(100));
    expect(inspect(video)).toBe("video/ogg");
  });

  it.each(["3gp4", "3gp6", "3g2a"])("3GPP of brand %s has types of its own", (brand) => {
    const family = brand === "3g2a" ? "3gpp2" : "3gpp";
    expect(inspect(join(ftyp(brand), movie("vide")))).toBe(`video/${family}`);
    expect(inspect(join(ftyp(brand), movie("soun")))).toBe(`audio/${family}`);
  });

  it("two bytes that look like a sync word are not taken for sound", () => {
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

  it("returns the type as soon as it has seen enough, and never changes it", () => {
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
    [`2000;chunk-signature=${"0f".repeat(32)}\r\n\u0089PNG`],
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

  it("reports a fault as soon as it is certain", () => {
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

describe("what is certainly no media", () => {
  it.each([
    ["gzip", "\x1f\x8b\x08\0"],
    ["zstd", "\x28\xb5\x2f\xfd"],
    ["zlib", "\x78\x9c"],
    ["xz", "\xfd7zXZ\0"],
    ["bzip2", "BZh9"],
    ["zip", "PK\x03\x04"],
    ["PDF", "%PDF-1.7"],
    ["a program", "\x7fELF"],
  ])("%s is refused, whatever it was declared as", (_, start) => {
    for (const declaredType of [null, "image/png", "video/mp4", "application/octet-stream"]) {
      expect(inspect(join(latin(start), filler(9_000)), { declaredType })).toBe("unrecognised");
    }
  });

  it.each([
    "<div>down",
    "<h1>Bad gateway</h1>",
    '[{"error":"x"}]',
    '["x"]',
    "<table border=0>",
    "<ListBucketResult xmlns='x'/>",
    "<soap:Envelope>",
    "Warning: something failed\n<html><body>",
    `${" ".repeat(5_000)}<html>`,
    "\n \n",
    "[1, 2]",
    "[]",
    "\0<\0h\0t\0m\0l",
    "<\0h\0t\0m\0l\0>\0",
    "5b9\r\n\x89PNG\r\n\x1a\n",
    "--x\r\nContent-Range: bytes 0-1/2\r\n\r\n\x89P\r\n--x--",
    "HTTP/1.1 200 OK\r\n\r\n\x89PNG",
    "data:image/png;base64,iVBORw0KGgo=",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAf",
    "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAMCAgMCAgMD",
    "#EXTM3U\n#EXTINF:1,\nhttps://x.example/0.ts",
  ])("%j is text under any declared type", (content) => {
    expect(inspect(latin(content), { declaredType: "image/png" })).toBe("text");
  });

  it.each([
    ["Brotli", brotliCompressSync],
    ["bare deflate", deflateRawSync],
  ])("media and pages under %s without a name are refused", (_, encode) => {
    for (const content of [png(9_000), jpeg(200), mp4(9_000), text("<!doctype html><p>"), text('{"error":1}')]) {
      expect(inspect(encode(content), { declaredType: "image/png" })).toBe("unrecognised");
    }
    expect(inspect(encode(filler(9_000)), { declaredType: "image/x" })).toBe("image/x");
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
      expect(inspect(data.slice(0, type === "audio/wav" ? -100 : -1), { chunk })).toBe("truncated");
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
    ["wav whose RIFF size counts its own header", wav(9_000, 9_000), "audio/wav"],
    ["wav whose data size counts all headers", wav(9_000, 9_000, 9_000), "audio/wav"],
    ["wav whose data size counts long headers", wavBehind(box("LIST", filler(700)), 9_000), "audio/wav"],
    ["wav with another chunk first", join(text("RIFF"), filler(4), text("WAVEJUNK"), filler(90)), "audio/wav"],
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

  it.each([
    0, 0xffffffff, 0x7fffffff, 0x7ffff024, 2_000_000_036, 0x80000024,
  ])("is not claimed of a wav whose writer did not know its size and put %i", (size) => {
    for (const data of [wav(9_000, size, size && size - 36), wav(9_000, size), wav(9_000, 8_992, size)]) {
      for (const chunk of [1, 4_096]) expect(inspect(data, { chunk })).toBe("audio/wav");
    }
  });

  it("of a large video costs no time per byte", () => {
    const inspector = createMediaInspector({ declaredType: "video/mp4" });
    const chunk = new Uint8Array(1 << 20);
    const header = box("mdat");
    new DataView(header.buffer).setUint32(0, 8 + 200 * chunk.length);
    inspector.push(join(ftyp("isom"), box("moov"), header));
    const spent = cpuMs(() => {
      for (let sent = 0; sent < 200; sent++) inspector.push(chunk);
    });
    expect(spent).toBeLessThan(500);
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
