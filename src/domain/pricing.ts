/** The price of a request: the shape under which prices are stored, and exact arithmetic with the markup. */
import { canonicalJson, type Decimal, decimalOf, type JsonObject, type JsonValue, parseDecimal } from "../lib/json.ts";
import { type Medium, REQUEST_FIELDS } from "./catalogue.ts";

const MARKUP_DECIMALS = 6;
const MAX_MARKUP = 1_000_000;
/** Credits. Far above any price; far below where the sum of a tenant's prices could stop being exact. */
const MAX_PRICE = 1_000_000_000_000;
/** A price with more digits, before or after the point, is no price. */
const MAX_PRICE_DIGITS = 100;
const MAX_PART = 64;
/** Last part of the shape of a request with undocumented fields. */
const UNDOCUMENTED = "+";

/**
 * The fields that a price depends on besides the model: those of the request's own medium (contract section 6,
 * "Money").
 */
export const PRICED_FIELDS = {
  image: ["type", "imageCount", "size", "quality"],
  video: ["type", "resolution", "durationSeconds", "quality", "generateAudio"],
} as const satisfies Record<Medium, readonly ShapeField[]>;

/** Documented defaults: spelling one out changes nothing. */
const DEFAULTS: Readonly<Partial<Record<ShapeField, JsonValue>>> = { imageCount: 1, generateAudio: true };

/**
 * The text under which the price of requests like this one is remembered: model, and the fields of {@link PRICED_FIELDS} for
 * its medium; null for the other medium's. One text for all spellings of a value: numbers in one form, sizes in capitals.
 *
 * Fields that the documentation does not have for the medium pass to the upstream unchecked, and may or may not change
 * its price. A request with any of them has a shape of its own, so that its price never becomes that of plain requests;
 * see {@link plainShape}.
 */
export function shapeOf(request: JsonObject, medium: Medium): string {
  const priced: readonly string[] = ["model", ...PRICED_FIELDS[medium]];
  const parts = SHAPE_FIELDS.map((field) => {
    if (!priced.includes(field)) return "null";
    const value = request[field] ?? DEFAULTS[field] ?? null;
    return shapePart(field === "size" && typeof value === "string" ? value.toUpperCase() : value);
  });
  const known: ReadonlySet<string> = REQUEST_FIELDS[medium];
  const isPlain = Object.entries(request).every(([field, value]) => value === null || known.has(field));
  return `[${parts.join(",")}${isPlain ? "" : `,"${UNDOCUMENTED}"`}]`;
}

/** Each part is cut to a bounded length, whatever a caller of this function has checked. */
function shapePart(value: JsonValue): string {
  const text = canonicalJson(value);
  return text.length <= MAX_PART ? text : JSON.stringify(`${text.slice(0, MAX_PART)}…${text.length}`);
}

/** @returns the shape of the same request without its undocumented fields; the same text if it has none */
export function plainShape(shape: string): string {
  const mark = `,"${UNDOCUMENTED}"]`;
  return shape.endsWith(mark) ? `${shape.slice(0, -mark.length)}]` : shape;
}

/** The fields that decide a price, in the order of a shape's parts. */
export const SHAPE_FIELDS = [
  "model",
  "type",
  "resolution",
  "durationSeconds",
  "imageCount",
  "size",
  "quality",
  "generateAudio",
] as const;
/** Names of the fields that a price may depend on. */
export type ShapeField = (typeof SHAPE_FIELDS)[number];

/** A shape taken apart; null for a field that the request left out and that has no documented default. */
export type ShapeParts = Readonly<Record<ShapeField, unknown>>;

/** The parts of a text that {@link shapeOf} made. */
export function readShape(shape: string): ShapeParts {
  const parts = JSON.parse(shape) as readonly unknown[];
  return Object.fromEntries(SHAPE_FIELDS.map((field, index) => [field, parts[index] ?? null])) as ShapeParts;
}

/**
 * A markup as canonical decimal text ("1.1" for 1.10), or null when it is not a number (or the text of one) from 0 to
 * 1,000,000 with at most 6 decimals.
 */
export function parseMarkup(value: unknown): string | null {
  const decimal = typeof value === "string" ? parseDecimal(value) : decimalOf(value);
  if (decimal === null || decimal.negative || decimal.exponent < -MARKUP_DECIMALS) return null;
  if (decimal.digits.length + decimal.exponent > 7) return null; // before the digits are written out
  const text = decimalText(decimal);
  return Number(text) <= MAX_MARKUP ? text : null;
}

function decimalText({ digits, exponent }: Decimal): string {
  if (exponent >= 0) return digits + "0".repeat(exponent);
  const padded = digits.padStart(1 - exponent, "0");
  return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/**
 * The upstream's price: a JSON number from 0 to 10^12 as its exact decimal text, else null. It is documented as a whole number,
 * but `ceil(credits × markup)` has a meaning for fractions too.
 */
export function parseCredits(value: JsonValue | undefined): string | null {
  const decimal = decimalOf(value);
  if (decimal === null || decimal.negative) return null;
  if (Math.max(decimal.digits.length, Math.abs(decimal.exponent)) > MAX_PRICE_DIGITS) return null;
  const text = decimalText(decimal);
  return Number(text) <= MAX_PRICE ? text : null;
}

/**
 * @param credits as {@link parseCredits} returns it
 * @returns the least JavaScript number that is not below it, for a memory of prices: a hold made from it is never too small
 */
export function creditsAtLeast(credits: string): number {
  const nearest = Number(credits);
  if (String(nearest) === credits || compare(parseDecimal(String(nearest)), parseDecimal(credits)) >= 0) return nearest;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, nearest);
  bits.setBigInt64(0, bits.getBigInt64(0) + 1n);
  return bits.getFloat64(0);
}

/** Of decimals that are not negative. */
function compare(a: Decimal | null, b: Decimal | null): number {
  if (a === null || b === null) throw new RangeError("not a number");
  const least = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent }: Decimal) => BigInt(digits) * 10n ** BigInt(exponent - least);
  const [left, right] = [scaled(a), scaled(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A whole number that JavaScript holds exactly. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/**
 * ceil(credits × markup), exact: 10 × 1.1 is 11. A product past 10^12 becomes 10^12, so that a nonsensical price can
 * stop a task but not the arithmetic.
 *
 * @param upstreamCredits what the upstream charges, ≥ 0; exact as the text that {@link parseCredits} returns
 * @param markup as {@link parseMarkup} accepts
 * @throws RangeError for negative or non-finite credits and for a bad markup
 */
export function tenantPrice(upstreamCredits: number | string, markup: string | number): number {
  // The usual case, and the only arithmetic of prices on the path of every submission.
  if ((markup === "1" || markup === 1) && WHOLE.test(String(upstreamCredits))) {
    return Math.min(Number(upstreamCredits), MAX_PRICE);
  }
  const credits = parseDecimal(String(upstreamCredits));
  const factor = parseDecimal(parseMarkup(markup) ?? "");
  if (credits === null || credits.negative || factor === null) throw new RangeError("a price is credits times markup");
  const product = BigInt(credits.digits) * BigInt(factor.digits);
  const exponent = credits.exponent + factor.exponent;
  const price = exponent >= 0 ? product * 10n ** BigInt(exponent) : ceilDivide(product, 10n ** BigInt(-exponent));
  return Number(price > BigInt(MAX_PRICE) ? MAX_PRICE : price);
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
