/** Images that really decode, for tests of resizing; pure: for node and workerd. */
import { join } from "./media.ts";

function crc32(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = join(new TextEncoder().encode(type), data);
  const edges = new DataView(new ArrayBuffer(8));
  edges.setUint32(0, data.length);
  edges.setUint32(4, crc32(named));
  return join(new Uint8Array(edges.buffer, 0, 4), named, new Uint8Array(edges.buffer, 4, 4));
}

/** A PNG of one colour with transparency (RFC 2083), `width` × `height` pixels. */
export async function realPng(
  width: number,
  height: number,
  [red, green, blue, alpha] = [200, 80, 40, 255],
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint32(8, 0x08_06_00_00); // 8 bits a channel, RGBA
  const row = new Uint8Array(1 + width * 4);
  for (let x = 0; x < width; x++) row.set([red, green, blue, alpha] as number[], 1 + x * 4);
  const rows = new Uint8Array(row.length * height);
  for (let y = 0; y < height; y++) rows.set(row, y * row.length);
  const deflated = new Response(rows).body?.pipeThrough(new CompressionStream("deflate"));
  const pixels = await new Response(deflated).bytes();
  const signature = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const body = [chunk("IHDR", new Uint8Array(header.buffer)), chunk("IDAT", pixels), chunk("IEND", new Uint8Array(0))];
  return join(signature, ...body);
}
