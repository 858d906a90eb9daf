/**
 * Walkers for formats whose headers declare the length of the media: chunks (WAV, AVI, AIFF, CAF, Wave64, ASF), tags (FLV), packets
 * (MPEG-TS), and a number that the first bytes determine (MP3 with an index, AU, BMP, TIFF). As conservative as those of
 * media-structure.ts: many writers leave a placeholder for a length, or count it wrongly by a header.
 */
import { dataView, fourcc } from "../lib/bytes.ts";
import { createWalker, type StructureWalker } from "./media-structure.ts";

/** Encoders that write to a pipe cannot know a size: they leave all ones, 2^31 - 1, 2,000,000,000 or the like, or 0. */
const PLACEHOLDER_SIZE = 1_000_000_000;
/** Sizes are wrong by so much at most, or by the length of the headers before the media, give or take one header. */
const TOLERANCE = 64;
const HEADER_TOLERANCE = 8;

/** How a family of formats writes its chunks. */
interface ChunkFamily {
  /** Bytes before the first chunk; 0 if the file begins with one. */
  readonly start: number;
  /** Bytes of each chunk's header; its name is in the first four. */
  readonly header: number;
  /** Returns the bytes of the payload, without padding. */
  readonly size: (header: DataView) => number;
  /** The next chunk begins at a multiple of so many bytes. */
  readonly align: 1 | 2 | 8;
}

const RIFF: ChunkFamily = { start: 12, header: 8, size: (data) => data.getUint32(4, true), align: 2 };
const IFF: ChunkFamily = { start: 12, header: 8, size: (data) => data.getUint32(4), align: 2 };
const CAF: ChunkFamily = { start: 8, header: 12, size: (data) => Number(data.getBigInt64(4)), align: 1 };
const GUIDS = { header: 24, size: (data: DataView) => Number(data.getBigUint64(16, true)) - 24 };
const WAVE64: ChunkFamily = { ...GUIDS, start: 40, align: 8 };
const ASF: ChunkFamily = { ...GUIDS, start: 0, align: 1 };
/** First bytes of the GUID of an ASF's data object. */
const ASF_DATA = "6&\xb2u";
const HUGE = 0xffffffff;

/** Goes through chunks until the one that holds the media; that one must have arrived. @param media names of chunks to check; behind `last` nothing is looked at */
function createChunkWalker(
  { start, header, size, align }: ChunkFamily,
  media: readonly string[],
  last: string,
): StructureWalker {
  let began = start === 0;
  let type = "";
  /** Payload of the `ds64` chunk that is read next, and the length of `data` in it (RF64, EBU Tech 3306). */
  let ds64 = 0;
  let dataBytes = 0;
  return createWalker(
    began ? header : start,
    (bytes) => {
      if (!began) {
        began = true;
        return { skip: 0, header };
      }
      if (ds64 > 0) {
        dataBytes = Number(dataView(bytes).getBigUint64(8, true));
        const skip = ds64 - 16;
        ds64 = 0;
        return { skip, header };
      }
      type = fourcc(bytes, 0);
      const declared = size(dataView(bytes));
      if (type === "ds64" && declared >= 24) {
        ds64 = declared + (declared % 2);
        return { skip: 0, header: 16 };
      }
      const length = declared === HUGE && dataBytes > 0 ? dataBytes : declared;
      const isPlaceholder = dataBytes === 0 && align === 2 && length >= PLACEHOLDER_SIZE;
      if (length < 0 || length > Number.MAX_SAFE_INTEGER || isPlaceholder) return "stop";
      // Chunks that may have any name are passed over, and text where a name should be ends the walk.
      if (align !== 1 && !/^[\x20-\x7e]{4}$/.test(type)) return "stop";
      const padding = type === last ? 0 : (align - (length % align)) % align;
      return { skip: length + padding, header: type === last ? 0 : header };
    },
    (missing, from) => missing > TOLERANCE && Math.abs(missing - from) > HEADER_TOLERANCE && media.includes(type),
  );
}

/** WAV, RF64 and AVI (Microsoft RIFF). The size of the whole RIFF is wrong in too many files to count. */
export function createWavWalker(head: Uint8Array): StructureWalker | null {
  return fourcc(head, 0) === "RIFX" ? null : createChunkWalker(RIFF, ["data"], "data");
}

/** AVI: its lists and its index must have arrived. */
export const createAviWalker = (): StructureWalker => createChunkWalker(RIFF, ["LIST", "idx1"], "RIFF");

/** AIFF and AIFF-C. */
export const createAiffWalker = (): StructureWalker => createChunkWalker(IFF, ["SSND"], "SSND");

/** Core Audio Format. */
export const createCafWalker = (): StructureWalker => createChunkWalker(CAF, ["data"], "data");

/** Sony Wave64. */
export const createWave64Walker = (): StructureWalker => createChunkWalker(WAVE64, ["data"], "data");

/** ASF, WMA, WMV: the data object. */
export const createAsfWalker = (): StructureWalker => createChunkWalker(ASF, [ASF_DATA], ASF_DATA);

/** FLV (Adobe Flash Video File Format, annex E): a tag that begins must end. */
export function createFlvWalker(): StructureWalker {
  let tags = 0;
  return createWalker(
    13,
    (bytes) => {
      if (bytes.length === 13) return { skip: 0, header: 11 };
      if (![8, 9, 18].includes((bytes[0] ?? 0) & 0x1f)) return "stop";
      tags += 1;
      // Each tag is followed by its length, which the last one may lack.
      return { skip: (dataView(bytes).getUint32(0) % 2 ** 24) + 4, header: 11 };
    },
    (missing) => missing > 4 && tags > 1,
  );
}

/** MPEG-TS: the last packet must be whole. */
export function createTransportWalker(head: Uint8Array): StructureWalker {
  const lead = head[0] === 0x47 && head[188] === 0x47 ? 0 : 4;
  const packet = 188 + lead;
  let arrived = 0;
  let inStep = true;
  return {
    push(chunk) {
      const first = (packet + lead - (arrived % packet)) % packet;
      for (let at = first; at < chunk.length; at += packet) inStep &&= chunk[at] === 0x47;
      arrived += chunk.length;
      return chunk.length;
    },
    cut: () => inStep && arrived % packet > lead,
  };
}

/** A file of which so many bytes must arrive; null if its header does not tell how many. */
export function createLengthWalker(bytes: number | null): StructureWalker | null {
  if (bytes === null) return null;
  let arrived = 0;
  return {
    push(chunk) {
      arrived += chunk.length;
      return chunk.length;
    },
    cut: () => arrived < bytes,
  };
}

/** @returns the bytes that an AU file must have at least (Sun audio file format) */
export function auBytes(head: Uint8Array): number | null {
  if (head.length < 24) return 24;
  const size = dataView(head).getUint32(8);
  return size >= PLACEHOLDER_SIZE ? null : dataView(head).getUint32(4) + size - TOLERANCE;
}

/** @returns the bytes that an uncompressed BMP must have at least, which its own length field often does not tell */
export function bmpBytes(head: Uint8Array): number | null {
  if (head.length < 54) return 54;
  const data = dataView(head);
  const compression = data.getUint32(30, true);
  if (data.getUint32(14, true) < 40 || ![0, 3, 6].includes(compression)) return null;
  const stride = Math.ceil((data.getInt32(18, true) * data.getUint16(28, true)) / 32) * 4;
  const bytes = data.getUint32(10, true) + stride * Math.abs(data.getInt32(22, true)) - 3;
  return stride <= 0 || bytes > PLACEHOLDER_SIZE ? null : bytes;
}
