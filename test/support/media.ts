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

/** A WAV with `size` bytes, whose headers give the two sizes (by default the right ones). */
export function wav(size = 200, riffSize = size - 8, dataSize = size - 44): Uint8Array<ArrayBuffer> {
  const start = bytes("RIFF", u32le(riffSize), "WAVE", "fmt ", u32le(16), filler(16), "data", u32le(dataSize));
  return bytes(start, filler(size - 44));
}

export const box = (type: string, payload: Uint8Array | number[] = []): Uint8Array<ArrayBuffer> =>
  bytes(u32(payload.length + 8), type, payload);

export const ftyp = (brand: string, ...compatible: string[]): Uint8Array<ArrayBuffer> =>
  box("ftyp", bytes(brand, u32(0), ...compatible));

/** A `moov` with one track for each handler, such as "vide" or "soun". */
export function movie(...handlers: string[]): Uint8Array<ArrayBuffer> {
  const tracks = handlers.map((handler) =>
    box("trak", box("mdia", join(box("mdhd", filler(24)), box("hdlr", bytes(u32(0), u32(0), handler, u32(0)))))),
  );
  return box("moov", join(box("mvhd", filler(20)), ...tracks));
}

/** An MP4 of exactly `size` bytes (at least 180): ftyp, moov with a video track, mdat. */
export function mp4(size = 400, brand = "isom"): Uint8Array<ArrayBuffer> {
  const start = bytes(ftyp(brand, brand, "mp42"), movie("vide"));
  return bytes(start, box("mdat", filler(size - start.length - 8)));
}

/** An 'mdat' with its size in 64 bits. */
export const largeBox = (type: string, payload: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes(u32(1), type, u32(0), u32(payload.length + 16), payload);

/** An EBML element with a size of one byte, or of eight (`long`). */
export function element(id: number[], payload: Uint8Array | number[], long = false): Uint8Array<ArrayBuffer> {
  const size = long ? [1, 0, 0, 0, ...u32(payload.length)] : [0x80 + payload.length];
  return bytes(id, size, payload);
}

/** Header, then a segment of unknown size: Info, Tracks with one entry for each type (1 video, 2 sound), a cluster. */
export function webm(docType: "webm" | "matroska" = "webm", ...types: number[]): Uint8Array<ArrayBuffer> {
  const entries = (types.length === 0 ? [1] : types).map((type) =>
    element([0xae], join(element([0xd7], [1]), element([0x83], [type]))),
  );
  return join(
    element([0x1a, 0x45, 0xdf, 0xa3], join(element([0x42, 0x86], [1]), element([0x42, 0x82], text(docType)))),
    bytes([0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255]),
    element([0x15, 0x49, 0xa9, 0x66], filler(20)),
    element([0x16, 0x54, 0xae, 0x6b], join(...entries), true),
    element([0x1f, 0x43, 0xb6, 0x75], filler(100), true),
  );
}

/** An ID3v2.4 tag of `size` bytes after its header. */
export function id3(size = 50): Uint8Array<ArrayBuffer> {
  const syncsafe = [21, 14, 7, 0].map((shift) => (size >> shift) & 127);
  return bytes("ID3", [4, 0, 0], syncsafe, filler(size));
}

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
