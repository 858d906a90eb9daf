/** What a file is, by its first bytes. */
import { fourcc } from "../lib/bytes.ts";
import { endOfId3, findFrames, identifyFrames } from "./audio-frames.ts";
import { asfTracks, aviTracks, flvTracks, transportTracks } from "./media-streams.ts";
import { ebmlDocType, isoTracks, matroskaTracks, oggTracks, type Tracks } from "./media-tracks.ts";

/** How many leading bytes `identify` wants to see at first (fewer if the file is shorter). */
export const HEAD_BYTES = 4096;
/** How many leading bytes it wants to see at most: some formats tell what they are behind a picture or an index. */
export const MAX_HEAD_BYTES = 1024 * 1024;

/** A type detected from content. */
export interface Identified {
  readonly contentType: string;
  /** So short a signature that a declared type outweighs it. */
  readonly weak?: true;
  /** A container whose tracks are not in sight: the type if it was declared as sound. */
  readonly ifDeclaredAudio?: string;
}

/** One character per byte (ISO 8859-1), so that signatures can be written as strings. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Texts by their offsets in bytes, all of which a file has that begins so. */
type Signature = Readonly<Record<number, string>>;

const SIGNATURES: readonly (readonly [string, ...Signature[]])[] = [
  ["image/png", { 0: "\x89PNG\r\n\x1a\n" }],
  ["image/jpeg", { 0: "\xff\xd8\xff" }],
  ["image/gif", { 0: "GIF87a" }, { 0: "GIF89a" }],
  ["image/tiff", { 0: "II*\0" }, { 0: "MM\0*" }, { 0: "II+\0" }, { 0: "MM\0+" }],
  ["image/webp", { 0: "RIFF", 8: "WEBP" }],
  ["image/jxl", { 0: "\xff\x0a" }, { 0: "\0\0\0\x0cJXL \r\n\x87\n" }],
  ["image/jp2", { 0: "\0\0\0\x0cjP  \r\n\x87\n" }],
  ["audio/wav", ...["RIFF", "RIFX", "RF64", "BW64"].map((form) => ({ 0: form, 8: "WAVE" }))],
  ["audio/x-w64", { 0: "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb" }],
  ["audio/aiff", { 0: "FORM", 8: "AIFF" }, { 0: "FORM", 8: "AIFC" }],
  ["audio/x-caf", { 0: "caff\0\x01" }, { 0: "caff\0\x02" }],
  ["audio/flac", { 0: "fLaC" }],
  ["audio/amr-wb", { 0: "#!AMR-WB" }],
  ["audio/amr", { 0: "#!AMR" }],
  ["audio/basic", { 0: ".snd\0\0" }],
  ["video/x-msvideo", { 0: "RIFF", 8: "AVI " }],
  ["video/x-flv", { 0: "FLV\x01" }],
  ["video/x-ms-asf", { 0: "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9" }],
  ["video/mpeg", { 0: "\0\0\x01\xb3" }, { 0: "\0\0\x01\xba" }],
  // Packets of 188 bytes, or of 192 with a time before each.
  ["video/mp2t", { 0: "G", 188: "G", 376: "G" }, { 4: "G", 196: "G", 388: "G" }],
];

/** Containers of these signatures that may hold sound alone: how to tell, and the type of the sound. */
const CONTAINERS: Readonly<Record<string, { readonly tracks: (head: Uint8Array) => Tracks; readonly sound: string }>> =
  {
    "video/x-msvideo": { tracks: aviTracks, sound: "audio/x-msvideo" },
    "video/x-flv": { tracks: flvTracks, sound: "audio/x-flv" },
    "video/x-ms-asf": { tracks: asfTracks, sound: "audio/x-ms-wma" },
    "video/mp2t": { tracks: transportTracks, sound: "audio/mp2t" },
  };

/** Compressed data, archives, documents and programs: whatever type they were declared with, they are no media. */
const OTHER: readonly string[] = [
  ...["\x1f\x8b", "\x1f\x9d", "\x1f\xa0", "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "\xfd7zXZ\0", "BZh"],
  ...["x\x01", "x\x5e", "x\x9c", "x\xda"],
  ...["PK\x03\x04", "PK\x05\x06", "7z\xbc\xaf\x27\x1c", "Rar!\x1a\x07", "%PDF-", "\x7fELF"],
];

/** True for content that is certainly neither image nor video nor sound, such as compressed data. */
export function isOtherContent(head: Uint8Array): boolean {
  const start = latin1(head.subarray(0, 8));
  return OTHER.some((signature) => start.startsWith(signature));
}

function matches(start: string, signature: Signature): boolean {
  return Object.entries(signature).every(([at, text]) => start.startsWith(text, Number(at)));
}

/** Lengths of the header after a BMP's file header, one for each version (Windows and OS/2). */
const BMP_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124]);

/** "BM" alone begins many a text: the reserved bytes and the length of the second header make it a bitmap. */
function isBitmap(start: string, head: Uint8Array): boolean {
  return start.startsWith("BM") && start.slice(6, 10) === "\0\0\0\0" && BMP_HEADERS.has(head[14] ?? 0);
}

/** Boxes that begin a QuickTime file from before `ftyp` (QuickTime File Format, "Atoms"). */
const FIRST_ATOMS = new Set(["moov", "mdat", "wide", "free", "skip", "pnot"]);
const FIRST_IN_MOVIE = new Set(["mvhd", "cmov", "rmra", "trak", "udta", "iods"]);
/** Boxes that may stand before `ftyp` or the first of these, and boxes of a segment of a stream (ISO/IEC 14496-12 section 8.16). */
const LEADING = new Set(["wide", "free", "skip", "pnot", "udta", "uuid", "styp", "sidx", "emsg", "prft"]);
const AFTER_LEADING = new Set([...FIRST_ATOMS, ...LEADING, "ftyp", "moof"]);

const sizeAt = (head: Uint8Array, at: number): number => new DataView(head.buffer, head.byteOffset).getUint32(at);

/** @returns where the first box begins that is not only padding or a note, in bytes */
function endOfLeadingBoxes(head: Uint8Array): number {
  let at = 0;
  while (at + 8 <= head.length && LEADING.has(fourcc(head, at + 4))) {
    const size = sizeAt(head, at);
    const next = at + size;
    if (size < 8 || next + 8 > head.length || !AFTER_LEADING.has(fourcc(head, next + 4))) break;
    at = next;
  }
  return at;
}

/** True for a file of boxes: MP4, QuickTime, 3GP, HEIC, AVIF, also a segment of a stream. */
export function isBoxFile(head: Uint8Array): boolean {
  if (head.length < 8) return false;
  const at = endOfLeadingBoxes(head);
  const type = fourcc(head, at + 4);
  if (type === "ftyp" || (at > 0 && AFTER_LEADING.has(type))) return true;
  if (type === "moov") return FIRST_IN_MOVIE.has(latin1(head.subarray(12, 16)));
  const size = sizeAt(head, at);
  if (type === "moof") return size < head.length && fourcc(head, 12) === "mfhd";
  return type === "mdat" && (size === 0 || size === 1 || size >= 8);
}

/** The families of files of boxes, by `ftyp` brands (ISO/IEC 14496-12, MP4RA registry); a still image's type. */
function boxFamily(file: Uint8Array): "mp4" | "quicktime" | "3gpp" | "3gpp2" | Identified {
  const first = fourcc(file, 4);
  if (/^(?:styp|sidx|emsg|prft|moof)$/.test(first)) return "mp4";
  const head = file.subarray(endOfLeadingBoxes(file));
  const start = latin1(head.subarray(0, 256));
  if (start.slice(4, 8) !== "ftyp") return "quicktime";
  const size = ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  const major = start.slice(8, 12);
  const brands = start.slice(8, Math.min(size, 256));
  if (/^avi[fs]/.test(major) || (/^mif1|^msf1|^miaf/.test(major) && /avi[fs]/.test(brands))) {
    return { contentType: "image/avif" };
  }
  if (/^hei[cxms]|^hev[cxms]|^mif1|^msf1|^miaf/.test(major)) return { contentType: "image/heic" };
  if (major === "qt  ") return "quicktime";
  return /^3g2/.test(major) ? "3gpp2" : /^3g/.test(major) ? "3gpp" : "mp4";
}

/** The verdict on a container whose tracks were looked at; "more" while they may come into sight. */
function fromTracks(tracks: Tracks, family: string, atEnd: boolean): Identified | "more" {
  if (typeof tracks === "number" && !atEnd && tracks <= MAX_HEAD_BYTES) return "more";
  if (tracks === "video" || tracks === "audio") return { contentType: `${tracks}/${family}` };
  return { contentType: `video/${family}`, ifDeclaredAudio: `audio/${family}` };
}

function identifyBoxes(head: Uint8Array, atEnd: boolean): Identified | "more" {
  const family = boxFamily(head);
  if (typeof family !== "string") return family;
  const found = fromTracks(isoTracks(head), family, atEnd);
  // Where no track is in sight, the brand is all that there is.
  const isSound =
    found !== "more" && found.ifDeclaredAudio !== undefined && /^M4[ABP] /.test(latin1(head.subarray(8, 12)));
  return isSound ? { contentType: "audio/mp4" } : found;
}

function identifyBehindId3(head: Uint8Array, end: number, atEnd: boolean): Identified | "more" {
  if (end + HEAD_BYTES > head.length && !atEnd && end + HEAD_BYTES <= MAX_HEAD_BYTES) return "more";
  const found = identify(head.subarray(end), atEnd);
  if (found === "more") return found;
  // Pictures have no such tag: what looks like one is a coincidence.
  return found === null || found.contentType.startsWith("image/")
    ? { contentType: "audio/mpeg" }
    : { contentType: found.contentType };
}

/**
 * Identifies image, video and audio formats by content.
 *
 * @param head the first bytes of the file: `HEAD_BYTES`, and more as long as the result is "more"
 * @param atEnd no more bytes come, or `MAX_HEAD_BYTES` are there
 * @returns the content type; null when the content is not recognised
 */
export function identify(head: Uint8Array, atEnd: boolean): Identified | "more" | null {
  const start = latin1(head.subarray(0, 400));
  const [contentType] = SIGNATURES.find(([, ...any]) => any.some((one) => matches(start, one))) ?? [];
  const container = CONTAINERS[contentType ?? ""];
  const tracks = container?.tracks(head);
  if (typeof tracks === "number" && !atEnd && tracks <= MAX_HEAD_BYTES) return "more";
  if (container && tracks === "audio") return { contentType: container.sound };
  if (contentType !== undefined) return { contentType };
  if (isBitmap(start, head)) return { contentType: "image/bmp" };
  if (isBoxFile(head)) return identifyBoxes(head, atEnd);
  if (start.startsWith("\x1aE\xdf\xa3")) {
    const family = { webm: "webm", matroska: "x-matroska" }[ebmlDocType(head)];
    return family === undefined ? null : fromTracks(matroskaTracks(head), family, atEnd);
  }
  if (start.startsWith("OggS")) return { contentType: `${oggTracks(head)}/ogg` };
  const id3 = endOfId3(head);
  if (id3 > 0) return identifyBehindId3(head, id3, atEnd);
  const frames = identifyFrames(head);
  if (frames !== null)
    return frames.weak ? { contentType: frames.contentType, weak: true } : { contentType: frames.contentType };
  const within = findFrames(head);
  return within === null ? null : { contentType: within };
}
