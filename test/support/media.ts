/** Small files that have the structure of their format; what is in them does not decode. Pure: for node and workerd. */

const bytes = (...parts: (string | number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> => {
  const lists = parts.map((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : part));
  const whole = new Uint8Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    whole.set(list, at);
    at += list.length;
  }
  return whole;
};

const u32 = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const u32le = (value: number): number[] => u32(value).reverse();

/** Bytes without a pattern but the same each time; none is FF, so that no marker arises. */
export function filler(length: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(length);
  let state = 12_345;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[at] = (state >>> 16) % 255;
  }
  return data;
}

export const text = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(value));
export const join = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => bytes(...parts);

/** IHDR of a 1 × 1 image; the checksum is a real one. */
const IHDR = bytes("IHDR", u32(1), u32(1), [8, 6, 0, 0, 0], [0x1f, 0x15, 0xc4, 0x89]);

/** A PNG of exactly `size` bytes (at least 57). */
export function png(size = 200): Uint8Array<ArrayBuffer> {
  const payload = size - 8 - 25 - 12 - 12;
  return bytes(
    "\x89PNG\r\n\x1a\n",
    u32(13),
    IHDR,
    u32(payload),
    "IDAT",
    filler(payload),
    u32(0),
    u32(0),
    "IEND",
    u32(0xae426082),
  );
}

/** A JPEG of exactly `size` bytes (at least 60): JFIF, quantisation table, frame, scan, end. */
export function jpeg(size = 200): Uint8Array<ArrayBuffer> {
  const start = bytes(
    [0xff, 0xd8, 0xff, 0xe0, 0, 16],
    "JFIF\0",
    [1, 1, 0, 0, 1, 0, 1, 0, 0],
    [0xff, 0xdb, 0, 7, 0, 1, 2, 3, 4],
    [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0],
    [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
  );
  return bytes(start, filler(size - start.length - 2), [0xff, 0xd9]);
}

/** A WebP of exactly `size` bytes (even, at least 22). */
export function webp(size = 200): Uint8Array<ArrayBuffer> {
  return bytes("RIFF", u32le(size - 8), "WEBP", "VP8L", u32le(size - 20), filler(size - 20));
}

export function wav(size = 200): Uint8Array<ArrayBuffer> {
  return bytes(
    "RIFF",
    u32le(size - 8),
    "WAVE",
    "fmt ",
    u32le(16),
    filler(16),
    "data",
    u32le(size - 44),
    filler(size - 44),
  );
}

export const box = (type: string, payload: Uint8Array | number[] = []): Uint8Array<ArrayBuffer> =>
  bytes(u32(payload.length + 8), type, payload);

export const ftyp = (brand: string, ...compatible: string[]): Uint8Array<ArrayBuffer> =>
  box("ftyp", bytes(brand, u32(0), ...compatible));

/** An MP4 of exactly `size` bytes (at least 100): ftyp, moov, mdat. */
export function mp4(size = 400, brand = "isom"): Uint8Array<ArrayBuffer> {
  const start = bytes(ftyp(brand, brand, "mp42"), box("moov", filler(40)));
  return bytes(start, box("mdat", filler(size - start.length - 8)));
}

/** An 'mdat' with its size in 64 bits. */
export const largeBox = (type: string, payload: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes(u32(1), type, u32(0), u32(payload.length + 16), payload);

export const webm = (docType: "webm" | "matroska" = "webm"): Uint8Array<ArrayBuffer> =>
  bytes([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x80 + docType.length], docType, filler(100));

/** MPEG-1 layer III at 128 kbit/s, 44.1 kHz: frames of 417 bytes. */
export function mp3(frames = 4): Uint8Array<ArrayBuffer> {
  const frame = bytes([0xff, 0xfb, 0x90, 0x00], filler(413));
  return bytes(...Array.from({ length: frames }, () => frame));
}

/** ADTS frames of 100 bytes. */
export function aac(frames = 4): Uint8Array<ArrayBuffer> {
  const frame = bytes([0xff, 0xf1, 0x50, 0x80, 100 >> 3, (100 & 7) << 5, 0xfc], filler(93));
  return bytes(...Array.from({ length: frames }, () => frame));
}

/** Cut into pieces of `size` bytes. */
export function pieces(data: Uint8Array, size: number): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += size) list.push(data.slice(at, at + size));
  return list;
}
