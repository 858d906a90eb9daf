/**
 * Walkers over file structures, to tell a file that was cut short. They count over payloads and keep a few bytes.
 *
 * They are conservative: upstream files may be anything, and calling a good file corrupt is as bad as serving half of
 * one. So a walker speaks up only while what it sees is beyond doubt the format; at the first thing that is not, it
 * makes no claim any more.
 */
import { dataView, fourcc } from "../lib/bytes.ts";

/** Fed with a whole file in chunks of any size. `cut()`, asked at the end, is true if the file is surely truncated. */
export interface StructureWalker {
  /** @returns how many bytes of the chunk were walked over; fewer than it has once the walker has stopped */
  push(chunk: Uint8Array): number;
  cut(): boolean;
}

/**
 * Result of a format's step function after a header: skip `skip` payload bytes, then read a header of `header` bytes
 * (0: the structure is complete there); or stop, because the format is not as expected.
 */
type Step = { skip: number; header: number } | "stop";

/**
 * The loop all box and chunk formats share: read a header of known length, skip a payload, again.
 *
 * @param header - length of the first header in bytes (at most 255, as every later one)
 * @param step - reads one header
 * @param cut - the verdict if the data ended before the structure did, with `missing` bytes of a payload to come, which began at
 *   `from`
 */
export function createWalker(
  header: number,
  step: (bytes: Uint8Array) => Step,
  cut: (missing: number, from: number) => boolean,
): StructureWalker {
  const held = new Uint8Array(255);
  /** Bytes before the chunk, and before the payload that is skipped. */
  let passedBefore = 0;
  let from = 0;
  let have = 0;
  let want = header;
  let skip = 0;
  let stopped = false;
  return {
    push(chunk) {
      let at = 0;
      while (!stopped && at < chunk.length) {
        const passed = Math.min(skip, chunk.length - at);
        skip -= passed;
        at += passed;
        if (skip > 0) break;
        const taken = chunk.subarray(at, at + want - have);
        held.set(taken, have);
        have += taken.length;
        at += taken.length;
        if (have === want && want > 0) {
          const next = step(held.subarray(0, have));
          have = 0;
          want = next === "stop" ? 0 : next.header;
          skip = next === "stop" ? 0 : next.skip;
          from = passedBefore + at;
        }
        stopped = want === 0 && skip === 0;
      }
      passedBefore += at;
      return at;
    },
    cut: () => !stopped && cut(skip, from),
  };
}

/** CRC-32 as in PNG (ISO 3309; W3C PNG annex D), of the 17 bytes of an IHDR chunk. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/**
 * PNG (W3C PNG section 5): a genuine IHDR obliges the file to have a chain of chunks up to IEND. Bytes after IEND are
 * ignored, as every decoder does.
 */
export function createPngWalker(): StructureWalker {
  const firstHeader = 33;
  const chunkHeader = 8;
  let genuine = false;
  return createWalker(
    firstHeader,
    (bytes) => {
      if (!genuine) {
        const isHeader = dataView(bytes).getUint32(8) === 13 && fourcc(bytes, 12) === "IHDR";
        genuine = isHeader && crc32(bytes.subarray(12, 29)) === dataView(bytes).getUint32(29);
        return genuine ? { skip: 0, header: chunkHeader } : "stop";
      }
      const length = dataView(bytes).getUint32(0);
      const type = fourcc(bytes, 4);
      if (!/^[A-Za-z]{4}$/.test(type) || length > 0x7fffffff) return "stop";
      return { skip: length + 4, header: type === "IEND" ? 0 : chunkHeader };
    },
    () => genuine,
  );
}

/** Top-level boxes (ISO/IEC 14496-12, QuickTime). Others are passed over, but nothing is concluded from them. */
const BOXES = new Set(
  "ftyp styp moov moof mdat mfra meta free skip wide uuid sidx ssix pdin udta prft emsg pnot idat jp2h jp2c jxlc jxlp".split(
    " ",
  ),
);

/** ISO base media (MP4, QuickTime, HEIC, AVIF), JPEG 2000 and JPEG XL in boxes: the last box declared must end within the file. */
export function createBoxWalker(): StructureWalker {
  let boxes = 0;
  let type = "";
  let large = false;
  return createWalker(
    8,
    (bytes) => {
      if (large) {
        large = false;
        const size = Number(dataView(bytes).getBigUint64(0));
        return size < 16 ? "stop" : { skip: size - 16, header: 8 };
      }
      const size = dataView(bytes).getUint32(0);
      type = fourcc(bytes, 4);
      boxes += 1;
      if (!/^[\x20-\x7e\xa9]{4}$/.test(type)) return "stop";
      // 1: the size stands in the eight bytes that follow. 0: the box goes on to the end of the file.
      large = size === 1;
      if (large) return { skip: 0, header: 8 };
      return size < 8 ? "stop" : { skip: size - 8, header: 8 };
    },
    // A stump of a header is as likely to be padding; and a file cut in its very first box is no format beyond doubt.
    (missing) => missing > 0 && boxes > 1 && BOXES.has(type),
  );
}

/** WebP (WebP container specification): the declared size of the RIFF must have arrived. */
export function createWebpWalker(): StructureWalker {
  let declared = false;
  return createWalker(
    20,
    (bytes) => {
      const size = dataView(bytes).getUint32(4, true);
      if (!/^VP8[ LX]$/.test(fourcc(bytes, 12)) || size < 12 || size >= 0xfffffff0) return "stop";
      declared = true;
      return { skip: size - 12, header: 0 };
    },
    () => declared,
  );
}

/** Markers with a segment that may stand before the first scan (ITU-T T.81 table B.1): all but RSTn, SOI, EOI, TEM. */
const isSegment = (marker: number): boolean => marker >= 0xc0 && marker <= 0xfe && (marker < 0xd0 || marker > 0xd9);
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/**
 * JPEG (ITU-T T.81 annex B): once a frame and a scan have begun, an end-of-image marker must come; and a segment
 * after the first must end within the file. What follows the end of the image is ignored.
 */
export function createJpegWalker(): StructureWalker {
  let segments = 0;
  let frame = false;
  let scanning = false;
  let ended = false;
  let afterFF = false;

  const headers = createWalker(
    2,
    (bytes) => {
      if (bytes.length === 2) return { skip: 0, header: 4 };
      const marker = bytes[1] ?? 0;
      const length = dataView(bytes).getUint16(2);
      if (bytes[0] !== 0xff || !isSegment(marker) || length < 2) return "stop";
      segments += 1;
      frame ||= isFrameHeader(marker);
      scanning = marker === START_OF_SCAN && frame;
      return marker === START_OF_SCAN ? "stop" : { skip: length - 2, header: 4 };
    },
    (missing) => missing > 0 && segments > 1,
  );

  /** In a scan a literal FF is followed by 00, so FF D9 is the marker. `indexOf` is native: FF is one byte in 256. */
  function scan(data: Uint8Array): void {
    if (data.length === 0) return;
    ended = afterFF && data[0] === END_OF_IMAGE;
    for (let at = data.indexOf(0xff); at >= 0 && !ended; at = data.indexOf(0xff, at + 1)) {
      ended = data[at + 1] === END_OF_IMAGE;
    }
    afterFF = data.at(-1) === 0xff;
  }

  return {
    push(chunk) {
      const walked = scanning ? 0 : headers.push(chunk);
      if (scanning && !ended) scan(chunk.subarray(walked));
      return chunk.length;
    },
    cut: () => (scanning ? !ended : headers.cut()),
  };
}
