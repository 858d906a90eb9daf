/** Which content types may be served from this host; and what is text and no media, by its first bytes. */
import { latin1 } from "./media-signature.ts";

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

/** True for a declared type under which text, markup or an API's response travels. */
function declaresText(type: string | null | undefined): boolean {
  const bare = essence(type);
  return bare !== null && (bare.startsWith("text/") || /^application\/(.*\+)?(json|xml|xhtml|javascript)/.test(bare));
}

/** Elements that begin a page or a feed, and the one at the start of every XML response. */
const MARKUP =
  /^<(?:!doctype|!--|\?xml|\?php|html|head|body|svg|script|style|iframe|title|meta|error|(?:h1|div|font|table|center|form|pre|br|a|b|p)[\s>])/i;
/** An element that no other markup is known by, in text without control characters. */
const ELEMENT = /^<[a-z][\w:.-]*(?:\s|\/?>)|<(?:!doctype|html|head|body|title|script)[\s>]/i;
/**
 * What a store or proxy kept around a file: a chunk's size (of a signed upload too: AWS Signature Version 4), a part of a
 * multipart body, or the head of a response.
 */
const FRAME = /^(?:[0-9a-f]{1,8}(?:;chunk-signature=|\r\n)|--[^\r\n]{1,70}\r\nContent-|HTTP\/\d)/i;
/** A file written as text: a data URI, or base64 of a PNG, JPEG, GIF or RIFF; and a playlist, which names files. */
const FILE_AS_TEXT = /^(?:data:[a-z]+\/|iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|#EXTM3U)/;
/** A JSON object or a list of values that media does not begin with. */
const JSON_BEGINNING = /^(?:\{\s*("[^"]*"\s*:|\})|\[\s*(?:[{["\]\d]|-\d|true|false|null))/;

/** No control characters but white space: what every text file has in common and hardly any binary one does. */
function isPrintable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters distinguish binary from text
  return !/[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
}

/**
 * True if a file is markup or an API's response and not media: it starts (after a byte order mark and white space) like
 * a page, XML, a JSON object, a frame around a file or a file written as text; it has nothing but white space; or it is text
 * and was declared as text, or contains a page.
 *
 * Whatever type such content was declared with, no media format starts like it.
 */
export function looksLikeText(head: Uint8Array, declaredType: string | null): boolean {
  let text = latin1(head);
  if (/^(\xff\xfe|\xfe\xff|<\0|\0<)/.test(text)) text = text.replace(/^(\xff\xfe|\xfe\xff)/, "").replaceAll("\0", "");
  text = text.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (MARKUP.test(text) || FRAME.test(text)) return true;
  if (!isPrintable(text)) return false;
  if (text === "") return head.length > 0;
  return [ELEMENT, FILE_AS_TEXT, JSON_BEGINNING].some((pattern) => pattern.test(text)) || declaresText(declaredType);
}
