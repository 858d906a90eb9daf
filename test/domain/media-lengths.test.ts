/** Formats whose headers declare the length of the media: a cut is noticed, and no placeholder or sloppy count is taken for one. */
import { readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { describe, expect, it } from "vitest";
import { createMediaInspector } from "../../src/domain/media-inspector.ts";
import { aac, filler, join, pieces, text } from "../support/media.ts";

const FOLDER = joinPath(import.meta.dirname, "../fixtures/media");
const fileOf = (name: string) => new Uint8Array(readFileSync(joinPath(FOLDER, name)));

function inspect(data: Uint8Array, chunk = 65_536): string {
  const inspector = createMediaInspector({ declaredType: null, recognisedOnly: true });
  for (const piece of pieces(data, chunk)) inspector.push(piece);
  const verdict = inspector.finish();
  return verdict.ok ? verdict.contentType : verdict.reason;
}

/** Numbers of so many bytes, the most significant first (`be`) or last. */
function number(width: number, value: number, be = false): Uint8Array {
  const bytes = new Uint8Array(width);
  const view = new DataView(bytes.buffer);
  if (width === 8) view.setBigInt64(0, BigInt(value), !be);
  else if (width === 4) view.setUint32(0, value, !be);
  else view.setUint16(0, value, !be);
  return bytes;
}
const le = (width: number, value: number) => number(width, value);
const be = (width: number, value: number) => number(width, value, true);

const MEDIA = 6_000;
const sound = filler(MEDIA);
const riff = (name: string, size: number, content: Uint8Array) => join(text(name), le(4, size), content);
const iff = (name: string, size: number, content: Uint8Array) => join(text(name), be(4, size), content);
const guid = (name: string) => join(text(name), filler(12));
const guidChunk = (name: Uint8Array, size: number, content: Uint8Array) => join(name, le(8, size + 24), content);

const avi = (size: number) =>
  join(
    text("RIFF"),
    le(4, 0),
    text("AVI "),
    riff("LIST", 76, join(text("hdrl"), riff("strh", 64, join(text("vids"), filler(60))))),
    riff("LIST", size + 4, join(text("movi"), sound)),
  );
const aiff = (size: number) =>
  join(text("FORM"), be(4, 0), text("AIFF"), iff("COMM", 18, filler(18)), iff("SSND", size, sound));
const caf = (size: number) =>
  join(text("caff"), be(2, 1), be(2, 0), text("desc"), be(8, 32), filler(32), text("data"), be(8, size), sound);
const wave64 = (size: number) =>
  join(
    text("riff"),
    new Uint8Array([0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0]),
    le(8, 0),
    guid("wave"),
    guidChunk(guid("fmt "), 20, filler(24)),
    guidChunk(guid("data"), size, sound),
  );
const rf64 = (size: number) =>
  join(
    text("RF64"),
    le(4, 0xffffffff),
    text("WAVE"),
    riff("ds64", 28, join(le(8, size + 100), le(8, size), filler(12))),
    riff("fmt ", 16, filler(16)),
    riff("data", 0xffffffff, sound),
  );
const au = (size: number) => join(text(".snd"), be(4, 24), be(4, size), filler(12), sound);
const bmp = (rows: number, compression = 0) =>
  join(
    text("BM"),
    le(4, 0),
    le(4, 0),
    le(4, 54),
    le(4, 40),
    le(4, 199),
    le(4, rows),
    le(2, 1),
    le(2, 8),
    le(4, compression),
    filler(20),
    sound,
  );
const entry = (tag: number, count: number, value: number) => join(le(2, tag), le(2, 4), le(4, count), le(4, value));
/** A picture of one strip behind its directory. */
const tiff = (bytes: number) =>
  join(text("II*\0"), le(4, 8), le(2, 2), entry(273, 1, 38), entry(279, 1, bytes), le(4, 0), sound);
/** A picture in front of its directory. */
const lateTiff = (at: number) => join(text("II*\0"), le(4, at), sound, le(2, 1), entry(273, 1, 8), le(4, 0));

const FORMATS: [string, string, (size: number) => Uint8Array, number, number[]][] = [
  ["AVI", "video/x-msvideo", avi, MEDIA, [0, 2_000_000_036]],
  ["AIFF", "audio/aiff", aiff, MEDIA, [0, 0xffffffff, 0x7fffffff]],
  ["CAF", "audio/x-caf", caf, MEDIA, [-1, 0]],
  ["Wave64", "audio/x-w64", wave64, MEDIA, [-24]],
  ["RF64", "audio/wav", rf64, MEDIA, [-1, 0]],
  ["AU", "audio/basic", au, MEDIA, [0, 0xffffffff]],
  ["BMP", "image/bmp", bmp, 30, [-30]],
  ["TIFF", "image/tiff", tiff, MEDIA, []],
  ["TIFF with its directory at the end", "image/tiff", lateTiff, 8 + MEDIA, []],
];

describe.each(FORMATS)("%s", (_, contentType, make, size, placeholders) => {
  it("is accepted whole, in chunks of any size, with more behind it", () => {
    for (const chunk of [1, 7, 4_096, 65_536]) expect(inspect(make(size), chunk)).toBe(contentType);
    expect(inspect(join(make(size), filler(300)))).toBe(contentType);
  });

  it("is refused when it is cut", () => {
    const whole = make(size);
    for (const share of [0.3, 0.5, 0.9]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      for (const chunk of [100, 65_536]) expect(inspect(cut, chunk)).toBe("truncated");
    }
    expect(inspect(whole.slice(0, -150))).toBe("truncated");
  });

  it("is accepted with the placeholders that streams have for its length", () => {
    for (const placeholder of placeholders) expect(inspect(make(placeholder))).toBe(contentType);
  });
});

it.each([
  "clip.avi",
  "sound.avi",
  "clip.flv",
  "sound.flv",
  "clip.wmv",
  "sound.wma",
  "clip.mpegts",
  "sound.m2ts",
])("a cut of %s is noticed", (name) => {
  const data = fileOf(name);
  const type = inspect(data);
  for (const chunk of [1, 13, 4_096]) expect(inspect(data, chunk)).toBe(type);
  const lengths = Array.from({ length: 100 }, (_, at) => Math.floor(data.length * (0.4 + at * 0.0059)));
  const noticed = lengths.filter((length) => inspect(data.subarray(0, length)) === "truncated");
  expect(noticed.length / lengths.length).toBeGreaterThan(0.75);
});

it("an MPEG-TS is not cut because other bytes follow its packets, or because it ends with a packet", () => {
  const data = fileOf("clip.mpegts");
  expect(inspect(join(data, new Uint8Array(50)))).toBe("video/mp2t");
  expect(inspect(data.subarray(0, 188 * 20))).toBe("video/mp2t");
});

it("a TIFF whose directory is none, and a compressed BMP, are not claimed to be cut", () => {
  expect(inspect(join(text("II*\0"), le(4, 8), filler(500)))).toBe("image/tiff");
  expect(inspect(bmp(60, 1))).toBe("image/bmp");
});

it("a still GIF is refused when it is cut within its only picture", () => {
  const data = join(...Array.from({ length: 30 }, () => join(new Uint8Array([100]), filler(100))));
  const picture = join(text(","), filler(8), new Uint8Array([0, 8]), data, new Uint8Array([0]));
  const still = join(text("GIF87a"), new Uint8Array([32, 0, 32, 0, 0, 0, 0]), picture, text(";"));
  for (const chunk of [1, 100, 65_536]) expect(inspect(still, chunk)).toBe("image/gif");
  for (const share of [0.5, 0.9]) expect(inspect(still.subarray(0, still.length * share))).toBe("truncated");
});

it("AAC is refused when it ends within a frame, and accepted with a tag behind its frames", () => {
  const whole = aac(20);
  expect(inspect(whole)).toBe("audio/aac");
  expect(inspect(join(whole, text("TAG"), new Uint8Array(125)))).toBe("audio/aac");
  expect(inspect(whole.subarray(0, whole.length - 10))).toBe("truncated");
  expect(inspect(whole.subarray(0, whole.length / 2 + 10), 13)).toBe("truncated");
});

it("an Ogg page of 255 segments is read", () => {
  const page = (flags: number, packet: Uint8Array) =>
    join(
      text("OggS"),
      new Uint8Array([0, flags]),
      filler(20),
      new Uint8Array([255]),
      new Uint8Array(255).fill(10),
      packet,
    );
  const data = join(page(2, filler(2_550)), page(0, filler(2_550)), page(4, filler(2_550)));
  for (const chunk of [1, 100, 65_536]) expect(inspect(data, chunk)).toBe("audio/ogg");
  expect(inspect(data.slice(0, -100))).toBe("truncated");
});
