import { crc32, inflateSync } from "node:zlib";

/** Properties of a PNG whose checksums and pixel data have been checked. */
export interface PngFacts {
  readonly width: number;
  readonly height: number;
  readonly chunks: readonly string[];
}

/** Reads an 8-bit palette PNG to its last byte; throws if anything is not as the format demands. */
export function readPng(file: Buffer): PngFacts {
  if (file.subarray(0, 8).toString("latin1") !== "\x89PNG\r\n\x1a\n") throw new Error("no PNG signature");
  const chunks: string[] = [];
  const data: Buffer[] = [];
  let at = 8;
  while (at < file.length) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    if (crc32(body) !== file.readUInt32BE(at + 8 + length)) throw new Error(`bad checksum at ${at}`);
    const type = body.toString("latin1", 0, 4);
    chunks.push(type);
    if (type === "IDAT") data.push(body.subarray(4));
    at += 12 + length;
  }
  if (chunks[0] !== "IHDR" || chunks.at(-1) !== "IEND" || at !== file.length) throw new Error("bad chunk order");
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  const rows = inflateSync(Buffer.concat(data));
  if (rows.length !== (width + 1) * height) throw new Error("wrong amount of pixels");
  return { width, height, chunks };
}

/** One box of an MP4 file. */
export interface Mp4Box {
  readonly type: string;
  readonly size: number;
}

/** Walks the top-level boxes of an MP4; throws if they do not end where the file ends. */
export function readMp4(file: Buffer): Mp4Box[] {
  const boxes: Mp4Box[] = [];
  let at = 0;
  while (at < file.length) {
    const short = file.readUInt32BE(at);
    const size = short === 1 ? Number(file.readBigUInt64BE(at + 8)) : short;
    if (size < 8 || at + size > file.length) throw new Error(`box at ${at} does not fit`);
    boxes.push({ type: file.toString("latin1", at + 4, at + 8), size });
    at += size;
  }
  return boxes;
}
