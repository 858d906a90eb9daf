/**
 * Lossless JSON: what is read and written again keeps every number's source text.
 *
 * The upstream documents 64-bit integers (`long`), and unknown fields go through untouched (contract, section 3), so a
 * number that JavaScript cannot hold exactly must survive. Values made here hold such numbers as `JSON.rawJSON`
 * objects. Those do not survive structured cloning: pass JSON between objects (RPC, storage) as text.
 */

declare const rawNumber: unique symbol;

/** A number kept as its source text, because `String(Number(text))` would not give that text back. */
export interface RawNumber {
  readonly rawJSON: string;
  readonly [rawNumber]: true;
}

/** A JSON value whose numbers keep their source text. */
export type JsonValue = null | boolean | number | string | RawNumber | JsonValue[] | JsonObject;

/** A JSON object whose numbers keep their source text. */
export interface JsonObject {
  [property: string]: JsonValue;
}

/** A decimal number taken apart: (−1 if negative) × digits × 10^exponent; `digits` has no zeros at either end. */
export interface Decimal {
  readonly negative: boolean;
  /** "0" for zero. */
  readonly digits: string;
  readonly exponent: number;
}

// TypeScript's library does not describe JSON.parse source text access (ES2026) yet.
const json = JSON as unknown as {
  parse(
    text: string,
    reviver?: (key: string, value: JsonValue, context: { readonly source?: string }) => JsonValue,
  ): JsonValue;
  stringify(value: JsonValue): string;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/** How deep arrays and objects may nest; deeper text is refused so that no recursion here can overflow the stack. */
export const MAX_JSON_DEPTH = 100;

/** Longest decimal text an integer is expanded to; longer ones fit no field of any API. */
const MAX_INTEGER_DIGITS = 400;

// A number that may not survive `JSON.parse`. It also matches within strings, which only costs the slower path; what comes
// before a number is asked for so exactly that the names of models ("Seedance 2.0") do not.
const MAYBE_INEXACT = /(?:^|[[:,])\s*(?:-0|-?\d{16,}|-?\d+[.eE])/;

const JSON_NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Parses JSON without losing any number.
 *
 * @throws SyntaxError when the text is not JSON or nests deeper than {@link MAX_JSON_DEPTH}; the message quotes nothing
 *   of the text.
 */
export function parseJson(text: string): JsonValue {
  if (nestsTooDeep(text)) throw new SyntaxError(`JSON nests deeper than ${MAX_JSON_DEPTH} levels`);
  try {
    return MAYBE_INEXACT.test(text) ? json.parse(text, keepInexactNumbers) : json.parse(text);
  } catch (error) {
    // The engine's message quotes the text, which may hold anything; only the position is kept.
    const position = error instanceof SyntaxError ? /at position \d+/.exec(error.message) : null;
    throw new SyntaxError(position === null ? "malformed JSON" : `malformed JSON ${position[0]}`);
  }
}

function keepInexactNumbers(_key: string, value: JsonValue, { source }: { readonly source?: string }): JsonValue {
  return typeof value === "number" && source !== undefined && String(value) !== source ? json.rawJSON(source) : value;
}

/** Writes JSON; every number read by {@link parseJson} comes out as it came in. */
export function stringifyJson(value: JsonValue): string {
  return json.stringify(value);
}

/** True for a number kept as text. An object that merely has a property `rawJSON` is not one. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

/**
 * The same value with every number as a JavaScript number, for fields whose documented range JavaScript holds exactly:
 * `60.0` is 60. A number past that range becomes the nearest one, or infinite, which a check of the range then refuses. A
 * fraction that JavaScript would round to an integer stays as it is, which every check of a number refuses.
 */
export function withPlainNumbers(value: JsonValue): JsonValue {
  if (isRawNumber(value)) {
    const number = Number(value.rawJSON);
    return Number.isInteger(number) && !isInteger(value) ? value : number;
  }
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withPlainNumbers(item)]));
}

/** True for a JSON object (not null, not an array, not a raw number). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/**
 * One text for all spellings of the same JSON value: properties sorted by UTF-16 code unit, no white space, numbers in
 * one form (`5`, `5.0` and `5e0` are equal). For fingerprints; numbers are exact, so two different values never
 * collide.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === "string") return PLAIN_TEXT.test(value) ? `"${value}"` : json.stringify(value);
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value === "number" || isRawNumber(value)) return canonicalNumber(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let properties = "";
  for (const name of Object.keys(value).sort(byCodeUnit)) {
    properties += `${properties === "" ? "" : ","}${canonicalJson(name)}:${canonicalJson(value[name] ?? null)}`;
  }
  return `{${properties}}`;
}

/** Text that JSON writes as it is. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalNumber(value: number | RawNumber): string {
  const decimal = decimalOf(value);
  if (decimal === null) return "null"; // NaN and infinities, which no JSON text has
  return integerDigits(decimal) ?? `${decimal.negative ? "-" : ""}${decimal.digits}e${decimal.exponent}`;
}

/** True if the value is a JSON number without a fractional part, however it is spelled (5, 5.0, 1e1, 1e400). */
export function isInteger(value: JsonValue | undefined): boolean {
  const decimal = decimalOf(value);
  return decimal !== null && decimal.exponent >= 0;
}

/**
 * The decimal text ("10" for `1e1`, "0" for `-0`) of a number that {@link isInteger}; null for anything else, and for
 * integers of more than 400 digits.
 */
export function integerText(value: JsonValue | undefined): string | null {
  if (Number.isSafeInteger(value)) return String(value);
  const decimal = decimalOf(value);
  return decimal === null ? null : integerDigits(decimal);
}

/** True if the value is a JSON integer between `min` and `max`, both included. */
export function integerInRange(value: JsonValue | undefined, min: bigint, max: bigint): boolean {
  const text = integerText(value);
  if (text === null) return false;
  const integer = BigInt(text);
  return integer >= min && integer <= max;
}

/** The value as a JavaScript number if it is a JSON integer within ±(2^53 − 1), else null. */
export function safeInteger(value: JsonValue | undefined): number | null {
  if (Number.isSafeInteger(value)) return (value as number) + 0;
  const text = integerText(value);
  if (text === null) return null;
  const integer = Number(text);
  return Number.isSafeInteger(integer) ? integer : null;
}

/** Takes a JSON number apart; null for anything else, a text that looks like one (`"5"`) included. */
export function decimalOf(value: unknown): Decimal | null {
  if (typeof value === "number") return parseDecimal(String(value));
  return isRawNumber(value) ? parseDecimal(value.rawJSON) : null;
}

/** Takes the text of a JSON number apart; null for any other text. */
export function parseDecimal(text: string): Decimal | null {
  const match = JSON_NUMBER.exec(text);
  if (match === null) return null;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  const significant = (whole + fraction).replace(/^0+/, "");
  // A loop, because /0+$/ takes quadratic time on long runs of zeros.
  let end = significant.length;
  while (end > 0 && significant[end - 1] === "0") end -= 1;
  if (end === 0) return { negative: false, digits: "0", exponent: 0 };
  return {
    negative: sign === "-",
    digits: significant.slice(0, end),
    exponent: Number(power) - fraction.length + (significant.length - end),
  };
}

function integerDigits({ negative, digits, exponent }: Decimal): string | null {
  if (exponent < 0 || digits.length + exponent > MAX_INTEGER_DIGITS) return null;
  return `${negative ? "-" : ""}${digits}${"0".repeat(exponent)}`;
}

/** Counts brackets outside strings, without recursion; malformed text is left to the parser. */
function nestsTooDeep(text: string): boolean {
  if (text.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      at = endOfString(text, at);
    } else if (char === 0x5b || char === 0x7b) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if (char === 0x5d || char === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

/** Index of the quote that closes the string opened at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}
