/** Real files (test/fixtures/media): sound is told from video by its streams, and a cut is noticed where the format shows it. */
import { readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { describe, expect, it } from "vitest";
import { createMediaInspector } from "../../src/domain/media-inspector.ts";
import { id3, join, mp3, pieces, text } from "../support/media.ts";

const FOLDER = joinPath(import.meta.dirname, "../fixtures/media");
const fileOf = (name: string) => new Uint8Array(readFileSync(joinPath(FOLDER, name)));

function inspect(data: Uint8Array, chunk = 65_536, declaredType: string | null = null): string {
  const inspector = createMediaInspector({ declaredType });
  for (const piece of pieces(data, chunk)) inspector.push(piece);
  const verdict = inspector.finish();
  return verdict.ok ? verdict.contentType : verdict.reason;
}

/** Of how many cuts behind the first third one is noticed, from 0 to 1. */
function noticed(data: Uint8Array): number {
  const lengths = Array.from({ length: 150 }, (_, at) => Math.floor(data.length * (1 / 3 + (at / 150) * (2 / 3))));
  const cut = lengths.filter((length) => inspect(data.subarray(0, length)) === "truncated");
  return cut.length / lengths.length;
}

describe("a container", () => {
  it.each([
    ["sound.wma", "audio/x-ms-wma"],
    ["clip.wmv", "video/x-ms-asf"],
    ["sound.avi", "audio/x-msvideo"],
    ["clip.avi", "video/x-msvideo"],
    ["sound.flv", "audio/x-flv"],
    ["clip.flv", "video/x-flv"],
    ["sound.mpegts", "audio/mp2t"],
    ["sound.m2ts", "audio/mp2t"],
    ["clip.mpegts", "video/mp2t"],
    ["live.webm", "video/webm"],
  ])("%s is %s by its streams, whatever was declared and however it is chunked", (name, expected) => {
    const data = fileOf(name);
    for (const declaredType of [null, "video/mp4", "audio/mpeg"]) {
      expect(inspect(data, 65_536, declaredType)).toBe(expected);
      expect(inspect(data, 1, declaredType)).toBe(expected);
    }
  });
});

describe("a cut", () => {
  it.each([
    ["clip.gif", 0.6],
    ["clip.webm", 0.95],
    ["live.webm", 0.9],
    ["sound.ogg", 0.9],
    ["sound.flac", 0.9],
  ])("of %s is noticed, and the whole file is accepted in chunks of any size", (name, share) => {
    const data = fileOf(name);
    const type = inspect(data);
    expect(type).not.toBe("truncated");
    for (const chunk of [1, 13, 4_096]) expect(inspect(data, chunk)).toBe(type);
    expect(inspect(join(data, new Uint8Array(200)))).toBe(type);
    expect(noticed(data)).toBeGreaterThan(share);
  });

  it("of an MP3 is noticed if its first frame has an index, but for what tags may take from the end", () => {
    const frames = 200;
    const whole = mp3(frames);
    const frameLength = whole.length / frames;
    const indexed = (bytes: number) => {
      const data = whole.slice();
      data.set(text("Info"), 36);
      new DataView(data.buffer).setUint32(40, 3);
      new DataView(data.buffer).setUint32(44, frames);
      new DataView(data.buffer).setUint32(48, bytes);
      return data;
    };
    for (const start of [new Uint8Array(0), id3(3_000)]) {
      const data = join(start, indexed(whole.length));
      expect(inspect(data, 100)).toBe("audio/mpeg");
      expect(inspect(data.slice(0, -frameLength))).toBe("audio/mpeg");
      expect(inspect(data.slice(0, data.length / 2), 1)).toBe("truncated");
      expect(inspect(data.slice(0, -5_000))).toBe("truncated");
      expect(inspect(join(start, indexed(0)).slice(0, 20_000))).toBe("audio/mpeg");
      expect(inspect(join(start, whole).slice(0, 20_000))).toBe("audio/mpeg");
    }
  });

  it("is not claimed of a GIF without its last byte, as sloppy writers leave it", () => {
    expect(inspect(fileOf("clip.gif").slice(0, -1))).toBe("image/gif");
  });

  it("is not claimed of an Ogg or WebM recording that ends between two pages or blocks", () => {
    const ogg = fileOf("sound.ogg");
    const lastPage = Buffer.from(ogg).lastIndexOf("OggS");
    expect(inspect(ogg.slice(0, lastPage))).toBe("audio/ogg");
  });
});
