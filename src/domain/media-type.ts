/** What a file is, by its first bytes; and which content types may be served from this host. */

/** How many leading bytes `identify` and `looksLikeText` want to see (fewer if the file is shorter). */
export const HEAD_BYTES = 4096;

/** A type told by content. `weak` marks formats with so short a signature that a declared type outweighs it. */
export interface Identified {
  contentType: string;
  weak: boolean;
}

const OCTET_STREAM = "application/octet-stream";

/** `type/subtype` in lower case, without parameters; null if it is not one (RFC 9110 section 8.3.1). */
function essence(type: string | null | undefined): string | null {
  const bare = (type ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(bare) ? bare : null;
}

/**
 * The content type a file may be served with: images (but not SVG, which can run scripts), video and audio;
 * everything else is `application/octet-stream`. Contract section 5: nothing that could run as a page on this host
 * is served as one.
 */
export function safeContentType(type: string | null | undefined): string {
  const bare = essence(type);
  if (bare === null || !/^(image|video|audio)\//.test(bare)) return OCTET_STREAM;
  return bare.startsWith("image/svg") || bare.endsWith("xml") ? OCTET_STREAM : bare;
}

/** True for a declared type under which text, markup or an API's answer travels. */
export function declaresText(type: string | null | undefined): boolean {
  const bare = essence(type);
  return bare !== null && (bare.startsWith("text/") || /^application\/(.*\+)?(json|xml|xhtml|javascript)/.test(bare));
}

/** One character per byte (ISO 8859-1), so that signatures can be written as strings. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** ISO base media "ftyp" brands (ISO/IEC 14496-12, MP4RA registry) that are not MP4 video. */
function fromBrands(head: string, size: number): string {
  const major = head.slice(8, 12);
  const brands = head.slice(8, Math.min(size, 256));
  if (/^avi[fs]/.test(major) || (/^mif1|^msf1/.test(major) && /avi[fs]/.test(brands))) return "image/avif";
  if (/^hei[cxms]|^hev[cxms]|^mif1|^msf1/.test(major)) return "image/heic";
  if (major === "qt  ") return "video/quicktime";
  return /^M4[ABP] /.test(major) ? "audio/mp4" : "video/mp4";
}

const MP3_KBPS = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
] as const;
const MP3_HZ = [44_100, 48_000, 32_000, 0] as const;

/** Length in bytes of the MPEG layer III frame starting at `at` (ISO/IEC 11172-3 section 2.4.1.3), or 0. */
function mp3FrameLength(head: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0] = head.subarray(at, at + 3);
  const version = (b >> 3) & 3;
  if (a !== 0xff || (b & 0xe6) !== 0xe2 || version === 1) return 0;
  const kbps = MP3_KBPS[version === 3 ? 0 : 1][c >> 4] ?? 0;
  const hz = (MP3_HZ[(c >> 2) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  if (kbps === 0 || hz === 0) return 0;
  return Math.floor(((version === 3 ? 144_000 : 72_000) * kbps) / hz) + ((c >> 1) & 1);
}

/** Length in bytes of the ADTS frame at `at` (ISO/IEC 13818-7 section 6.2), or 0. */
function adtsFrameLength(head: Uint8Array, at: number): number {
  const [a = 0, b = 0, , d = 0, e = 0, f = 0] = head.subarray(at, at + 6);
  return a === 0xff && (b & 0xf6) === 0xf0 ? ((d & 3) << 11) | (e << 3) | (f >> 5) : 0;
}

/** A sync word is only 11 bits; a second frame where the first ends (if that is in view) makes it a format. */
function hasFrames(head: Uint8Array, frameLength: (head: Uint8Array, at: number) => number): boolean {
  const length = frameLength(head, 0);
  if (length < 7) return false;
  return length + 7 > head.length || frameLength(head, length) > 0;
}

/** Lengths of the header after a BMP's file header, one for each version (Windows and OS/2). */
const BMP_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124]);

/** "BM" alone begins many a text: the reserved bytes and the length of the second header make it a bitmap. */
function isBitmap(start: string, head: Uint8Array): boolean {
  return start.startsWith("BM") && start.slice(6, 10) === "\0\0\0\0" && BMP_HEADERS.has(head[14] ?? 0);
}

/**
 * Identify image, video and audio formats by magic bytes.
 *
 * @param head - the first bytes of the file, `HEAD_BYTES` of them if there are as many
 * @returns the content type, or null when the content is not recognised
 */
export function identify(head: Uint8Array): Identified | null {
  const start = latin1(head.subarray(0, 256));
  const known = (contentType: string): Identified => ({ contentType, weak: false });
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return known("image/png");
  if (start.startsWith("\xff\xd8\xff")) return known("image/jpeg");
  if (/^GIF8[79]a/.test(start)) return known("image/gif");
  if (/^(II\*\0|MM\0\*)/.test(start)) return known("image/tiff");
  if (isBitmap(start, head)) return known("image/bmp");
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return known("image/webp");
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WAVE") return known("audio/wav");
  if (start.slice(4, 8) === "ftyp") return known(fromBrands(start, ((head[2] ?? 0) << 8) | (head[3] ?? 0)));
  if (start.startsWith("\x1aE\xdf\xa3")) {
    if (start.includes("webm")) return known("video/webm");
    return start.includes("matroska") ? known("video/x-matroska") : null;
  }
  if (start.startsWith("OggS")) return known(/theora/.test(start) ? "video/ogg" : "audio/ogg");
  if (start.startsWith("fLaC")) return known("audio/flac");
  if (start.startsWith("ID3") && (head[3] ?? 0) <= 4) return known("audio/mpeg");
  if (hasFrames(head, mp3FrameLength)) return { contentType: "audio/mpeg", weak: true };
  if (hasFrames(head, adtsFrameLength)) return { contentType: "audio/aac", weak: true };
  return null;
}

/** Elements that begin a page or a feed, and the one that begins every XML answer. */
const MARKUP = /^<(!doctype|!--|\?xml|\?php|html|head|body|svg|script|style|iframe|title|meta|error)/i;
const JSON_OBJECT = /^\{\s*("[^"]*"\s*:|\})/;

/** No control characters but white space: what every text file has in common and hardly any binary one does. */
function isPrintable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells binary from text
  return !/[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
}

/**
 * True if a file is markup or an API's answer and not media: it starts (after a byte order mark and white space) like
 * a page, XML or a JSON object, or it is text and was declared as text.
 *
 * Whatever type a page or an object was declared with, no media format starts like one.
 */
export function looksLikeText(head: Uint8Array, declaredType: string | null): boolean {
  let text = latin1(head);
  if (/^(\xff\xfe|\xfe\xff)/.test(text)) text = text.slice(2).replaceAll("\0", "");
  text = text.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (MARKUP.test(text)) return true;
  return isPrintable(text) && (JSON_OBJECT.test(text) || declaresText(declaredType));
}
