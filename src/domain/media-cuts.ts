/**
 * Walkers for formats whose frames or blocks show a cut: GIF, WebM, Ogg, AAC and FLAC; and the length of an MP3 with an index. As conservative as those of
 * media-structure.ts: a file that ends between two frames may be whole.
 */
import { ADTS_HEADER_BYTES, adtsFrameLength, mpegFrameLength } from "./audio-frames.ts";
import { createWalker, type StructureWalker } from "./media-structure.ts";

const STOP = "stop";

/** Blocks of a picture's data after which a GIF is one beyond doubt. */
const GIF_DATA_BLOCKS = 4;

/** GIF (GIF89a specification, appendix A): once a block was whole, or a picture has begun, what follows must end too. */
export function createGifWalker(): StructureWalker {
  let state: "screen" | "block" | "label" | "image" | "code size" | "data" = "screen";
  let blocks = 0;
  let dataBlocks = 0;
  const colours = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  return createWalker(
    13,
    (bytes) => {
      const [first = 0] = bytes;
      switch (state) {
        case "screen":
          state = "block";
          return { skip: colours(bytes[10] ?? 0), header: 1 };
        case "block":
          if (first === 0x3b) return { skip: 0, header: 0 };
          if (first !== 0x21 && first !== 0x2c) return STOP;
          state = first === 0x21 ? "label" : "image";
          return { skip: 0, header: first === 0x21 ? 1 : 9 };
        case "label":
          state = "data";
          return { skip: 0, header: 1 };
        case "image":
          state = "code size";
          return { skip: colours(bytes[8] ?? 0), header: 1 };
        case "code size":
          if (first < 2 || first > 11) return STOP;
          state = "data";
          return { skip: 0, header: 1 };
        case "data":
          if (first > 0) {
            dataBlocks += 1;
            return { skip: first, header: 1 };
          }
          blocks += 1;
          state = "block";
          return { skip: 0, header: 1 };
      }
    },
    () => (blocks > 0 || dataBlocks > GIF_DATA_BLOCKS) && state !== "block",
  );
}

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
/** Elements of a segment and of a cluster (RFC 9559): tracks, clusters, blocks, index, tags, padding and the like. */
const ELEMENTS = new Set([
  ...[0x114d9b74, 0x1549a966, 0x1654ae6b, 0x1c53bb6b, 0x1254c367, 0x1043a770, 0x1941a469, CLUSTER],
  ...[0xe7, 0xa3, 0xa0, 0xab, 0xa7, 0xaf, 0x5854, 0xec, 0xbf],
]);

/**
 * WebM and Matroska: a segment or an element within it of known size must end within the file. Segments and clusters of unknown
 * size, as recorders write them, are gone through.
 */
export function createMatroskaWalker(): StructureWalker {
  let state: "id" | "size" | "rest" = "id";
  let id = 0;
  let idBytes = 0;
  let sizeBytes: number[] = [];
  let inSegment = false;
  let elements = 0;
  const next = { skip: 0, header: 1 };
  function element() {
    const [first = 0, ...rest] = sizeBytes;
    const mask = 0xff >> sizeBytes.length;
    const isUnknown = (first & mask) === mask && rest.every((byte) => byte === 0xff);
    const size = rest.reduce((sum, byte) => sum * 256 + byte, first & mask);
    state = "id";
    elements += 1;
    if (id === SEGMENT && !inSegment) {
      inSegment = true;
      return isUnknown ? next : { skip: size, header: 0 };
    }
    // Before the segment there is only the header, which was recognised.
    if (inSegment && !ELEMENTS.has(id)) return STOP;
    if (isUnknown) return inSegment && id === CLUSTER ? next : STOP;
    return { skip: size, header: 1 };
  }
  return createWalker(
    1,
    (bytes) => {
      if (state === "id") {
        const [first = 0] = bytes;
        if (idBytes === 0) {
          id = first;
          idBytes = Math.clz32(first) - 23;
          if (idBytes > 4) return STOP;
        } else id = bytes.reduce((sum, byte) => sum * 256 + byte, id);
        if (idBytes > 1) {
          const header = idBytes - 1;
          idBytes = 1;
          return { skip: 0, header };
        }
        idBytes = 0;
        state = "size";
        return next;
      }
      if (state === "size") {
        sizeBytes = [...bytes];
        const length = Math.clz32(sizeBytes[0] ?? 0) - 23;
        if (length > 8) return STOP;
        if (length === 1) return element();
        state = "rest";
        return { skip: 0, header: length - 1 };
      }
      sizeBytes.push(...bytes);
      return element();
    },
    (missing) => missing > 0 && elements > 1 && inSegment,
  );
}

/** Ogg (RFC 3533): once a page was whole, the next must end too. */
export function createOggWalker(): StructureWalker {
  let lacing = 0;
  let pages = 0;
  return createWalker(
    27,
    (bytes) => {
      if (lacing > 0) {
        lacing = 0;
        pages += 1;
        return { skip: bytes.reduce((sum, length) => sum + length, 0), header: 27 };
      }
      const [o, g, g2, s, version] = bytes;
      if (o !== 0x4f || g !== 0x67 || g2 !== 0x67 || s !== 0x53 || version !== 0) return STOP;
      lacing = bytes[26] ?? 0;
      if (lacing === 0) pages += 1;
      return { skip: 0, header: lacing === 0 ? 27 : lacing };
    },
    (missing) => pages > 1 && (missing > 0 || lacing > 0),
  );
}

/** AAC in ADTS frames: a frame that begins must end. */
export function createAdtsWalker(): StructureWalker {
  let frames = 0;
  return createWalker(
    ADTS_HEADER_BYTES,
    (bytes) => {
      const length = adtsFrameLength(bytes, 0);
      if (length < ADTS_HEADER_BYTES) return STOP;
      frames += 1;
      return { skip: length - ADTS_HEADER_BYTES, header: ADTS_HEADER_BYTES };
    },
    (missing) => missing > 0 && frames > 3,
  );
}

/** What ID3v1, APE and other tags and a wrong count by one frame may take from the end. */
const MP3_TOLERANCE = 4_096;

/**
 * Returns the bytes that an MP3 must have at least whose first frame has an index with their number (Xing, LAME).
 *
 * @param head the first bytes of the file
 * @param start where the first frame begins
 */
export function mp3Bytes(head: Uint8Array, start: number): number | null {
  const frame = head.subarray(start, start + mpegFrameLength(head, start));
  const isMono = (frame[3] ?? 0) >> 6 === 3;
  const isFirst = (((frame[1] ?? 0) >> 3) & 3) === 3;
  const at = 4 + (isFirst ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  const name = String.fromCharCode(...frame.subarray(at, at + 4));
  const data = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const hasIndex = (name === "Xing" || name === "Info") && at + 16 <= frame.length;
  const flags = hasIndex ? data.getUint32(at + 4) : 0;
  const expected = (flags & 2) === 0 ? 0 : data.getUint32(at + ((flags & 1) === 0 ? 8 : 12));
  return expected > 0 ? start + expected - MP3_TOLERANCE : null;
}

/** CRC-8 of a FLAC frame header (polynomial x^8 + x^2 + x + 1). */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return crc;
}

const FLAC_BLOCKS = [0, 192, 576, 1152, 2304, 4608, -1, -2, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768];
/** Longest header of a FLAC frame. */
const FLAC_FRAME_HEADER = 16;

/** @returns the sample after the frame whose header is at `at`, 0 if there is none (RFC 9639 section 9.1) */
function flacFrameEnd(bytes: Uint8Array, at: number, blockSize: number): number {
  const [, sync = 0, sizes = 0, , lead = 0] = bytes.subarray(at, at + 5);
  if ((sync & 0xfe) !== 0xf8) return 0;
  const more = lead < 0x80 ? 0 : Math.clz32(~lead << 24) - 1;
  if (lead >= 0x80 && (more < 1 || more > 6)) return 0;
  let number = more === 0 ? lead : lead & (0x3f >> more);
  for (const byte of bytes.subarray(at + 5, at + 5 + more)) number = number * 64 + (byte & 0x3f);
  const block = FLAC_BLOCKS[sizes >> 4] ?? 0;
  let end = at + 5 + more;
  const ownSize =
    block === -1 ? (bytes[end] ?? 0) + 1 : block === -2 ? (bytes[end] ?? 0) * 256 + (bytes[end + 1] ?? 0) + 1 : block;
  end += block < 0 ? -block : 0;
  const rate = sizes & 15;
  end += rate === 12 ? 1 : rate === 13 || rate === 14 ? 2 : 0;
  if (ownSize === 0 || rate === 15 || crc8(bytes.subarray(at, end)) !== bytes[end]) return 0;
  return (sync & 1) === 1 ? number + ownSize : number * blockSize + ownSize;
}

/** FLAC: metadata must end, and the frames must reach the number of samples that the first block declares. */
export function createFlacWalker(): StructureWalker {
  let total = 0;
  let blockSize = 0;
  let blocks = 0;
  let reached = 0;
  let inFrames = false;
  let isLast = false;
  let left = new Uint8Array(0);
  const metadata = createWalker(
    8 + 34,
    (bytes) => {
      if (blocks === 0) {
        const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        if ((bytes[4] ?? 0) % 128 !== 0 || data.getUint32(4) % 2 ** 24 !== 34) return STOP;
        blockSize = data.getUint16(10);
        total = (data.getUint8(21) % 16) * 2 ** 32 + data.getUint32(22);
        isLast = data.getUint8(4) >= 128;
      } else isLast = (bytes[0] ?? 0) >= 128;
      const size = blocks === 0 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % 2 ** 24;
      blocks += 1;
      inFrames = isLast;
      return { skip: size, header: isLast ? 0 : 4 };
    },
    (missing) => missing > 0,
  );
  function scan(chunk: Uint8Array): void {
    const bytes = new Uint8Array(left.length + chunk.length);
    bytes.set(left);
    bytes.set(chunk, left.length);
    for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
      reached = Math.max(reached, flacFrameEnd(bytes, at, blockSize));
    }
    left = bytes.slice(Math.max(0, bytes.length - FLAC_FRAME_HEADER));
  }
  return {
    push(chunk) {
      const walked = metadata.push(chunk);
      if (inFrames && walked < chunk.length) scan(chunk.subarray(walked));
      return chunk.length;
    },
    cut: () => metadata.cut() || (inFrames && reached > 0 && reached < total),
  };
}
