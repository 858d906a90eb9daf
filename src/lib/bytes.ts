/** Bytes and their text forms. Decoders accept one spelling only, so that text compares equal when bytes do. */

/** What WebCrypto accepts in every runtime's typings. */
export type Bytes = Uint8Array<ArrayBuffer>;

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64_VALUES = valuesOf(BASE64);
const BASE64URL_VALUES = valuesOf(BASE64URL);
const HEX = "0123456789abcdef";
const HEX_VALUES = valuesOf(HEX);

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let value = 0; value < alphabet.length; value += 1) values[alphabet.charCodeAt(value)] = value;
  return values;
}

/** The value of the character at `at`, or −1 when it is not of the alphabet. */
function valueAt(values: Int8Array, text: string, at: number): number {
  return values[text.charCodeAt(at)] ?? -1;
}

function encode64(bytes: Uint8Array, alphabet: string): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63);
    if (left > 1) text += alphabet.charAt((group >> 6) & 63);
    if (left > 2) text += alphabet.charAt(group & 63);
  }
  return text;
}

function decode64(text: string, values: Int8Array): Bytes | null {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const value = valueAt(values, text, at);
    if (value < 0) return null;
    bits = ((bits << 6) | value) & 0xfff;
    pending += 6;
    if (pending >= 8) {
      pending -= 8;
      bytes[length] = (bits >> pending) & 0xff;
      length += 1;
    }
  }
  // Bits beyond the last byte must be zero, else several texts would mean the same bytes.
  return (bits & ((1 << pending) - 1)) === 0 ? bytes : null;
}

/** Base64 with the URL-safe alphabet and no padding (RFC 4648, section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode64(bytes, BASE64URL);
}

/** Null for anything that {@link encodeBase64Url} does not produce. */
export function decodeBase64Url(text: string): Bytes | null {
  return decode64(text, BASE64URL_VALUES);
}

/** Base64 with padding (RFC 4648, section 4). */
export function encodeBase64(bytes: Uint8Array & { toBase64?: () => string }): string {
  // The platform's own is far faster; not every runtime of the tests has it.
  if (bytes.toBase64) return bytes.toBase64();
  const text = encode64(bytes, BASE64);
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

/** Null for anything that {@link encodeBase64} does not produce, missing padding included. */
export function decodeBase64(text: string): Bytes | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return decode64(text.slice(0, text.length - padding), BASE64_VALUES);
}

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return text;
}

/** Null for odd lengths and for anything but lower-case hexadecimal digits. */
export function decodeHex(text: string): Bytes | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    const high = valueAt(HEX_VALUES, text, at * 2);
    const low = valueAt(HEX_VALUES, text, at * 2 + 1);
    if (high < 0 || low < 0) return null;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

/** All parts one after another, in a new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A view of the same bytes as numbers. */
export function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Returns the four bytes at `at` as characters, which name a box or chunk in many formats. */
export function fourcc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/** UTF-8 of a text; lone surrogates become U+FFFD. */
export function utf8(text: string): Bytes {
  return encoder.encode(text) as Bytes;
}

/** The text of UTF-8 bytes (a byte order mark is kept), or null when they are not valid UTF-8. */
export function decodeUtf8Strict(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Compares in time that depends on the length only; the length itself is not kept secret (false at once when they
 * differ). Written out because `crypto.subtle.timingSafeEqual` exists in workerd only.
 */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at += 1) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}

/** Compares two secrets of any lengths through their SHA-256, so that not even the length shows. */
export async function constantTimeEqualText(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([sha256(utf8(a)), sha256(utf8(b))]);
  return constantTimeEqual(left, right);
}

/** SHA-256, 32 bytes. */
export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Bytes));
}

/** A whole number from 0 to 2^53 − 1 as 7 bytes, big-endian. @throws RangeError for any other number. */
export function encodeUint56(value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("not a whole number of at most 53 bits");
  const bytes = new Uint8Array(7);
  let rest = value;
  for (let at = 6; at >= 0; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/** The reverse of {@link encodeUint56}; null when not 7 bytes or past 2^53 − 1. */
export function decodeUint56(bytes: Uint8Array): number | null {
  if (bytes.length !== 7) return null;
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : null;
}
