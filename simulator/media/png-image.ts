import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import { fillBlock, type Segment } from "./byte-source.ts";

const deflateAsync = promisify(deflate);
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHUNK_OVERHEAD = 12;
const COLOURS = 256;

/**
 * Draws a PNG: a gradient with a symmetric figure on it, colours and figure depending on `label` alone, so that no
 * two labels give the same bytes. 8 bits a pixel with a palette: a 4K image takes milliseconds, compressed off-thread.
 * @param bytes size the file is padded to with an ignored chunk; smaller than the picture means no padding
 */
export async function pngImage(label: string, width: number, height: number, bytes = 0): Promise<Segment[]> {
  const digest = createHash("sha256").update(label).digest();
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const pixels = await deflateAsync(drawRows(digest, width, height), { level: 1 });
  const note = Buffer.from(`Comment\0${digest.toString("hex")}`, "latin1");
  const picture = Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", palette(digest)),
    chunk("tEXt", note),
    chunk("IDAT", pixels),
  ]);
  const end = chunk("IEND", Buffer.alloc(0));
  const padding = bytes - picture.length - end.length - CHUNK_OVERHEAD;
  return padding < 0 ? [picture, end] : [picture, ...paddingChunk(label, padding), end];
}

function drawRows(digest: Buffer, width: number, height: number): Buffer {
  const slope = 1 + (byteAt(digest, 0) % 3);
  const period = Math.round((width + height * slope) * 0.6);
  // One long row of a triangle wave; every image row is a window on it, so drawing is copying.
  const wave = Buffer.alloc(width + height * slope);
  for (let i = 0; i < wave.length; i++) {
    const phase = ((i + byteAt(digest, 1) * 8) % period) / period;
    wave[i] = Math.round((1 - Math.abs(2 * phase - 1)) * (COLOURS - 1));
  }
  const rows = Buffer.alloc((width + 1) * height);
  const cell = Math.floor(Math.min(width, height) / 10);
  const left = Math.floor(width / 2 - cell * 2.5);
  const top = Math.floor(height / 2 - cell * 2.5);
  for (let y = 0; y < height; y++) {
    const start = y * (width + 1) + 1;
    wave.copy(rows, start, y * slope, y * slope + width);
    const figureRow = Math.floor((y - top) / cell);
    if (y < top || figureRow > 4) continue;
    for (let column = 0; column < 5; column++) {
      const lit = byteAt(digest, 8 + figureRow * 3 + Math.min(column, 4 - column)) % 2 === 1;
      const x = start + left + column * cell;
      if (lit) rows.fill(COLOURS - 1, x, x + cell);
    }
  }
  return rows;
}

function palette(digest: Buffer): Buffer {
  const colours = Buffer.alloc(COLOURS * 3);
  for (let i = 0; i < COLOURS; i++) {
    const share = i / (COLOURS - 1);
    for (let part = 0; part < 3; part++) {
      const dark = byteAt(digest, 2 + part) / 3;
      const bright = 64 + byteAt(digest, 5 + part) * 0.75;
      colours[i * 3 + part] = Math.round(dark + (bright - dark) * share);
    }
  }
  return colours;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(type, 4, "latin1");
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(data, crc32(head.subarray(4))), 0);
  return Buffer.concat([head, data, checksum]);
}

/** An ancillary, private chunk ("paDd") that every reader skips, filled without being held in memory. */
function paddingChunk(label: string, length: number): Segment[] {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(length, 0);
  head.write("paDd", 4, "latin1");
  const fill = fillBlock(label);
  let checksum = crc32(head.subarray(4));
  for (let left = length; left > 0; left -= fill.length) checksum = crc32(fill.subarray(0, left), checksum);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(checksum, 0);
  return [head, { fill, length }, tail];
}

function byteAt(buffer: Buffer, index: number): number {
  return buffer[index % buffer.length] ?? 0;
}
