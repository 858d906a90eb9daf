/** Sound without a container: MPEG audio and ADTS frames, and the ID3 tags before them. */

const V1 = {
  I: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0],
  II: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0],
  III: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
};
const V2 = {
  I: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0],
  II: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
};
const MPEG_HZ = [44_100, 48_000, 32_000, 0] as const;

type FrameLength = (bytes: Uint8Array, at: number) => number;

/** Length in bytes of the MPEG audio frame at `at`, any layer (ISO/IEC 11172-3 section 2.4.1.3, 13818-3), or 0. */
export function mpegFrameLength(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
  const version = (b >> 3) & 3;
  const layer = 4 - ((b >> 1) & 3);
  if (a !== 0xff || (b & 0xe0) !== 0xe0 || version === 1 || layer === 4) return 0;
  const first = version === 3;
  const rates = layer === 1 ? (first ? V1 : V2).I : first ? (layer === 2 ? V1.II : V1.III) : V2.II;
  const kbps = rates[c >> 4] ?? 0;
  const hz = (MPEG_HZ[(c >> 2) & 3] ?? 0) / (first ? 1 : version === 2 ? 2 : 4);
  if (kbps === 0 || hz === 0) return 0;
  const padding = (c >> 1) & 1;
  if (layer === 1) return (Math.floor((12_000 * kbps) / hz) + padding) * 4;
  return Math.floor(((layer === 3 && !first ? 72_000 : 144_000) * kbps) / hz) + padding;
}

/** Shortest header of an ADTS frame. */
export const ADTS_HEADER_BYTES = 7;

/** Length in bytes of the ADTS frame at `at` (ISO/IEC 13818-7 section 6.2), or 0. */
export function adtsFrameLength(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes.subarray(at, at + 6);
  if (a !== 0xff || (b & 0xf6) !== 0xf0 || ((c >> 2) & 15) > 12) return 0;
  return ((d & 3) << 11) | (e << 3) | (f >> 5);
}

/** Of how many frames that follow each other the bytes show the beginning; at most three are looked for. */
function countFrames(bytes: Uint8Array, start: number, frameLength: FrameLength): number {
  let count = 0;
  for (let at = start; count < 3; count += 1) {
    const length = at + 7 <= bytes.length ? frameLength(bytes, at) : 0;
    if (length < 7) return count;
    at += length;
    if (at >= bytes.length) return count + 1;
  }
  return count;
}

/** Frames that must follow each other where a file does not begin with one. */
const FRAMES_WITHIN = 3;
/** Bits of a header that all frames of a file share: sync word, version, layer and sample rate. */
const SHARED_BITS = [0xff, 0xfe, 0x0c] as const;

/** True if three like frames follow each other at `at`. */
function framesWithin(bytes: Uint8Array, at: number, frameLength: FrameLength): boolean {
  let next = at;
  for (let count = 0; count < FRAMES_WITHIN; count += 1) {
    const length = next + 7 <= bytes.length ? frameLength(bytes, next) : 0;
    const isLike = SHARED_BITS.every(
      (mask, byte) => ((bytes[at + byte] ?? 0) & mask) === ((bytes[next + byte] ?? 0) & mask),
    );
    if (length < 7 || !isLike) return false;
    next += length;
  }
  return true;
}

/**
 * @returns the type of frames that follow each other behind padding or the rest of an earlier frame, as in recordings of a stream;
 *   null if there are none
 */
export function findFrames(bytes: Uint8Array): string | null {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (framesWithin(bytes, at, mpegFrameLength)) return "audio/mpeg";
    if (framesWithin(bytes, at, adtsFrameLength)) return "audio/aac";
  }
  return null;
}

/**
 * @returns the type of the frames at `start`; `weak` for a single one, whose sync word of 11 or 12 bits other data has by
 *   chance. Null if there are none, or if the second does not follow where the first ends.
 */
export function identifyFrames(bytes: Uint8Array, start = 0): { contentType: string; weak: boolean } | null {
  const formats = [
    ["audio/mpeg", mpegFrameLength],
    ["audio/aac", adtsFrameLength],
  ] as const;
  for (const [contentType, frameLength] of formats) {
    const count = countFrames(bytes, start, frameLength);
    const next = start + frameLength(bytes, start) + 7;
    if (count > 1) return { contentType, weak: false };
    if (count === 1 && next > bytes.length) return { contentType, weak: true };
  }
  return null;
}

/** Where ID3v2 tags end that begin the file (id3.org, ID3v2.4.0 section 3.1), in bytes; 0 if there are none. */
export function endOfId3(bytes: Uint8Array): number {
  let end = 0;
  for (;;) {
    const [i, d, three, version = 9, , flags = 0, ...size] = bytes.subarray(end, end + 10);
    if (i !== 0x49 || d !== 0x44 || three !== 0x33 || version > 4) return end;
    if (size.length < 4 || size.some((byte) => byte > 0x7f)) return end;
    end += 10 + size.reduce((sum, byte) => sum * 128 + byte, 0) + (flags & 0x10 ? 10 : 0);
  }
}
