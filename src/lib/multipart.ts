/**
 * A streaming multipart/form-data reader (RFC 7578, RFC 2046 section 5.1): hands out the content of each part chunk by
 * chunk. `Request.formData()` would hold the whole body in memory.
 */
import { concatBytes, utf8 } from "./bytes.ts";

/** Returns the body's next chunk, or null at its end. */
export type NextChunk = () => Promise<Uint8Array | null>;

/** The body is not multipart/form-data, or ends too early. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
}

/** The body has a second file, or its field twice, where only one is stored. */
export class SecondFileError extends Error {
  override readonly name = "SecondFileError";
}

/** One part of a multipart body. */
export interface FormPart {
  /** Name of the field; null if the part has none. */
  name: string | null;
  /** True if the part has a file name, as files have and texts do not. */
  isFile: boolean;
  /** The part's own Content-Type, or null. */
  contentType: string | null;
  /**
   * The content's next chunk, never empty; null at its end. A chunk stays valid however long it is kept.
   *
   * @throws MultipartError if the body ends before the part does, or what the body's source throws
   */
  next: NextChunk;
}

/** All header lines of a part together. */
const MAX_HEADER_BYTES = 8 * 1024;
/** Browsers send a handful; each costs a search. */
const MAX_PARTS = 64;

const CR = 0x0d;
const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/**
 * The parameters after the first semicolon of a header value, names in lower case (RFC 9110 section 5.6.6). Read one
 * after another, because a quoted value may contain what looks like the next one.
 */
function parameters(value: string): Map<string, string> {
  const found = new Map<string, string>();
  const parameter = /\s*;\s*(?:([^\s;="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*)))?/gy;
  parameter.lastIndex = Math.max(0, value.indexOf(";"));
  for (let match = parameter.exec(value); match !== null; match = parameter.exec(value)) {
    const [, name, quoted, token] = match;
    if (name !== undefined) found.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? token ?? "");
  }
  return found;
}

/**
 * The boundary named by a Content-Type header.
 *
 * @returns null if the type is not multipart/form-data or names no valid boundary (1 to 70 characters)
 */
export function multipartBoundary(contentType: string | null): string | null {
  if (contentType === null || !/^\s*multipart\/form-data\s*;/i.test(contentType)) return null;
  const boundary = parameters(contentType).get("boundary") ?? "";
  return /^[\x20-\x7e]{0,69}[\x21-\x7e]$/.test(boundary) ? boundary : null;
}

/** Where `pattern` (which begins with CR) begins in `bytes` at or after `from`; or -1. */
function find(bytes: Uint8Array, pattern: Uint8Array, from = 0): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (at + pattern.length > bytes.length) return -1;
    let same = 1;
    while (same < pattern.length && bytes[at + same] === pattern[same]) same++;
    if (same === pattern.length) return at;
  }
  return -1;
}

/** A body seen through a window: some bytes at hand, more on request. */
class Window {
  #bytes: Uint8Array;
  readonly #next: NextChunk;

  constructor(start: Uint8Array, next: NextChunk) {
    this.#bytes = start;
    this.#next = next;
  }

  async more(): Promise<void> {
    const chunk = await this.#next();
    if (chunk === null) throw new MultipartError("the body ends before its closing boundary");
    this.#bytes = concatBytes(this.#bytes, chunk);
  }

  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /** Take exactly `length` bytes, waiting for them. */
  async exactly(length: number): Promise<Uint8Array> {
    while (this.#bytes.length < length) await this.more();
    return this.take(length);
  }

  /**
   * The next bytes before `pattern`, as many as are certain not to belong to it.
   *
   * @returns null when `pattern` comes next (it has then been taken)
   */
  async before(pattern: Uint8Array): Promise<Uint8Array | null> {
    for (;;) {
      const at = find(this.#bytes, pattern);
      if (at === 0) {
        this.take(pattern.length);
        return null;
      }
      // Without a match the pattern may still begin in the last bytes.
      const certain = at > 0 ? at : this.#bytes.length - pattern.length + 1;
      if (certain > 0) return this.take(certain);
      await this.more();
    }
  }
}

/** Everything up to `pattern`, if that is not more than `limit` bytes; null if it is. */
async function upTo(window: Window, pattern: Uint8Array, limit: number): Promise<Uint8Array | null> {
  let all: Uint8Array = new Uint8Array(0);
  for (;;) {
    const bytes = await window.before(pattern);
    if (bytes === null) return all;
    all = concatBytes(all, bytes);
    if (all.length > limit) return null;
  }
}

/** Unfold and split header lines; names in lower case. */
function parseHeaders(block: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of block.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

/** The parameters of a form-data disposition; none for another kind. */
function formData(disposition: string): Map<string, string> {
  return /^form-data\b/i.test(disposition) ? parameters(disposition) : new Map();
}

/**
 * Reads a body part by part.
 *
 * @param next - the body; its chunks are copied, so their buffers may be reused
 * @param boundary - as by {@link multipartBoundary}
 * @returns a function that returns the next part, after it has passed over the rest of the one before; null at the end
 * @throws MultipartError, or what `next` throws
 */
export function readParts(next: NextChunk, boundary: string): () => Promise<FormPart | null> {
  const delimiter = utf8(`\r\n--${boundary}`);
  // The first delimiter may stand at the very beginning: then its line break is the one added here.
  const window = new Window(utf8("\r\n"), next);
  let parts = 0;
  let isOpen = false;
  const nextOfPart: NextChunk = async () => {
    const bytes = isOpen ? await window.before(delimiter) : null;
    isOpen = bytes !== null;
    return bytes;
  };
  return async () => {
    if (parts === 0 && (await upTo(window, delimiter, MAX_HEADER_BYTES)) === null)
      throw new MultipartError("no boundary");
    while ((await nextOfPart()) !== null);
    if (parts === MAX_PARTS) throw new MultipartError("too many parts");
    parts += 1;
    // After a delimiter: "--" closes the body; else white space up to the line's end, then headers and an empty line.
    const mark = latin1(await window.exactly(2));
    if (mark === "--") return null;
    const padding = mark === "\r\n" ? "" : mark + latin1((await upTo(window, utf8("\r\n"), 80)) ?? utf8("?"));
    if (!/^[ \t]*$/.test(padding)) throw new MultipartError("malformed boundary line");
    const headers = await readHeaders(window);
    isOpen = true;
    const disposition = formData(headers.get("content-disposition") ?? "");
    const isFile = disposition.has("filename") || disposition.has("filename*");
    const contentType = headers.get("content-type") ?? null;
    return { name: disposition.get("name") ?? null, isFile, contentType, next: nextOfPart };
  };
}

/**
 * Advances to the first part whose field name is `field`. The end of its content is reported only once the rest of the body has
 * been read: a second file would be dropped without a word.
 *
 * @param next - see {@link readParts}
 * @returns the part, or null if the body is well-formed and has no such part; its `next` also throws SecondFileError
 * @throws MultipartError, or what `next` throws
 */
export async function openFilePart(next: NextChunk, boundary: string, field: string): Promise<FormPart | null> {
  const nextPart = readParts(next, boundary);
  // Pages send a file without bytes for an input in which nothing was chosen.
  const isOther = async (part: FormPart) => (part.isFile || part.name === field) && (await part.next()) !== null;
  let others = false;
  for (;;) {
    const part = await nextPart();
    if (part === null) return null;
    if (part.name === field) return { ...part, next: () => untilEnd(part) };
    others ||= await isOther(part);
  }

  async function untilEnd(file: FormPart): Promise<Uint8Array | null> {
    const chunk = await file.next();
    if (chunk !== null) return chunk;
    for (let part = await nextPart(); part !== null; part = await nextPart()) others ||= await isOther(part);
    if (others) throw new SecondFileError();
    return null;
  }
}

async function readHeaders(window: Window): Promise<Map<string, string>> {
  let block = "";
  for (;;) {
    const line = await upTo(window, utf8("\r\n"), MAX_HEADER_BYTES);
    if (line === null || block.length + line.length > MAX_HEADER_BYTES)
      throw new MultipartError("part headers too large");
    if (line.length === 0) return parseHeaders(block);
    block += `${latin1(line)}\r\n`;
  }
}
