/**
 * Whether a container holds pictures or only sound, read from its tracks: brands and claims do not tell. Containers are
 * read as far as their first bytes are at hand.
 */
import { fourcc } from "../lib/bytes.ts";

/**
 * - `video`, `audio`: some track is video; all tracks are sound
 * - `unknown`: the bytes do not tell, and more of them would not either
 * - a number: how many bytes from the start of the file would tell
 */
export type Tracks = "video" | "audio" | "unknown" | number;

/** One box or element: where its content begins and ends, in bytes from the start of the file. */
interface Part {
  readonly type: string;
  readonly from: number;
  readonly to: number;
}

/** @returns the box at `at` (ISO/IEC 14496-12 section 4.2); null if that is none, a number if its header is not at hand */
function readBox(bytes: Uint8Array, at: number, end: number): Part | number | null {
  if (at + 8 > bytes.length) return at + 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const size = view.getUint32(at);
  const type = fourcc(bytes, at + 4);
  if (size !== 1) {
    const to = size === 0 ? end : at + size;
    return size !== 0 && size < 8 ? null : { type, from: at + 8, to };
  }
  if (at + 16 > bytes.length) return at + 16;
  return { type, from: at + 16, to: at + Number(view.getBigUint64(at + 8)) };
}

/** Returns the result of the first box or element in a range that determines it. */
function search(
  bytes: Uint8Array,
  from: number,
  to: number,
  read: (bytes: Uint8Array, at: number, end: number) => Part | number | null,
  look: (part: Part) => Tracks | null,
): Tracks | null {
  for (let at = from; at < to; ) {
    const part = read(bytes, at, to);
    if (typeof part === "number") return part;
    if (part === null || part.to <= at) return null;
    const found = look(part);
    if (found !== null) return found;
    at = part.to;
  }
  return null;
}

/** MP4, QuickTime, 3GP: the handlers of the tracks in `moov`, which may follow the media itself. */
export function isoTracks(bytes: Uint8Array): Tracks {
  let sound = false;
  const handler = ({ type, from }: Part): Tracks | null => {
    if (type !== "hdlr") return null;
    if (from + 12 > bytes.length) return from + 12;
    const kind = fourcc(bytes, from + 8);
    sound ||= kind === "soun";
    return kind === "vide" ? "video" : null;
  };
  const media = (part: Part): Tracks | null =>
    part.type === "mdia" ? search(bytes, part.from, part.to, readBox, handler) : null;
  const track = (part: Part): Tracks | null =>
    part.type === "trak" ? search(bytes, part.from, part.to, readBox, media) : null;
  const movie = (part: Part): Tracks | null => {
    if (part.type !== "moov") return null;
    return search(bytes, part.from, part.to, readBox, track) ?? (sound ? "audio" : "unknown");
  };
  return search(bytes, 0, Number.POSITIVE_INFINITY, readBox, movie) ?? "unknown";
}

const UNKNOWN_SIZE = Number.POSITIVE_INFINITY;

/** A variable-size integer (RFC 8794 section 4), or a number of bytes if it is not at hand; null if it is none. */
function readVint(bytes: Uint8Array, at: number): { value: number; length: number } | number | null {
  const first = bytes[at];
  if (first === undefined) return at + 1;
  const length = Math.clz32(first) - 23;
  if (length > 8) return null;
  if (at + length > bytes.length) return at + length;
  let value = first & (0xff >> length);
  let ones = value === 0xff >> length;
  for (const byte of bytes.subarray(at + 1, at + length)) {
    value = value * 256 + byte;
    ones &&= byte === 0xff;
  }
  return { value: ones ? UNKNOWN_SIZE : value, length };
}

/** @returns the element at `at`, its id as hexadecimal text */
function readElement(bytes: Uint8Array, at: number, end: number): Part | number | null {
  const id = readVint(bytes, at);
  if (id === null || typeof id === "number") return id;
  const size = readVint(bytes, at + id.length);
  if (size === null || typeof size === "number") return size;
  let type = "";
  for (const byte of bytes.subarray(at, at + id.length)) type += byte.toString(16).padStart(2, "0");
  const from = at + id.length + size.length;
  return { type, from, to: Math.min(end, from + size.value) };
}

const EBML = "1a45dfa3";
const DOC_TYPE = "4282";
const SEGMENT = "18538067";
const TRACKS = "1654ae6b";
const TRACK_ENTRY = "ae";
const TRACK_TYPE = "83";
const CLUSTER = "1f43b675";

/** @returns the DocType of an EBML header, such as "webm" (RFC 8794 section 11.2.6); "" if it is not at hand */
export function ebmlDocType(bytes: Uint8Array): string {
  const header = readElement(bytes, 0, UNKNOWN_SIZE);
  if (header === null || typeof header === "number" || header.type !== EBML) return "";
  let found = "";
  search(bytes, header.from, header.to, readElement, ({ type, from, to }) => {
    if (type === DOC_TYPE)
      found = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 16))).replace(/\0+$/, "");
    return null;
  });
  return found;
}

/** WebM and Matroska: the types of the entries in Tracks (RFC 9559 section 5.1.4), which come before the first cluster. */
export function matroskaTracks(bytes: Uint8Array): Tracks {
  let sound = false;
  const entry = ({ type, to }: Part): Tracks | null => {
    if (type !== TRACK_TYPE) return null;
    if (to > bytes.length) return to;
    const kind = bytes[to - 1];
    sound ||= kind === 2;
    return kind === 1 ? "video" : null;
  };
  const tracks = (part: Part): Tracks | null =>
    part.type === TRACK_ENTRY ? search(bytes, part.from, part.to, readElement, entry) : null;
  const segment = (part: Part): Tracks | null => {
    if (part.type === CLUSTER) return "unknown";
    if (part.type !== TRACKS) return null;
    return search(bytes, part.from, part.to, readElement, tracks) ?? (sound ? "audio" : "unknown");
  };
  const file = (part: Part): Tracks | null =>
    part.type === SEGMENT ? (search(bytes, part.from, part.to, readElement, segment) ?? "unknown") : null;
  return search(bytes, 0, UNKNOWN_SIZE, readElement, file) ?? "unknown";
}

/** How the first packets of the video codecs begin that Ogg carries: Theora, Dirac, VP8, Ogg Media. */
const OGG_VIDEO = ["\x80theora", "BBCD\0", "OVP80", "\x01video"];

/** Ogg: the first packet of each stream; all of them stand in pages at the beginning (RFC 3533 section 4). */
export function oggTracks(bytes: Uint8Array): "video" | "audio" {
  for (let at = 0; fourcc(bytes, at) === "OggS" && ((bytes[at + 5] ?? 0) & 2) !== 0; ) {
    const segments = bytes[at + 26] ?? 0;
    const from = at + 27 + segments;
    const packet = String.fromCharCode(...bytes.subarray(from, from + 8));
    if (OGG_VIDEO.some((codec) => packet.startsWith(codec))) return "video";
    at = from + bytes.subarray(at + 27, from).reduce((sum, length) => sum + length, 0);
  }
  return "audio";
}
