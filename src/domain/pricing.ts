/** What a request costs a tenant: the shape its price is remembered under, and exact arithmetic with the markup. */
import { canonicalJson, type Decimal, decimalOf, type JsonObject, type JsonValue, parseDecimal } from "../lib/json.ts";
import type { MediaKind } from "./file-link.ts";

const MARKUP_DECIMALS = 6;
const MAX_MARKUP = 1_000_000;
/** Credits. Far above any price; far below where the sum of a tenant's prices could stop being exact. */
const MAX_PRICE = 1_000_000_000_000;
const MAX_PART = 64;

/**
 * The text under which the price of requests like this one is remembered (contract, section 6): model, type, resolution,
 * duration, image count, size, quality and audio. At most about 600 characters, whatever a field holds.
 *
 * A field that is absent or null has its documented default where there is one (audio: true for video; an image task
 * makes one image), so that spelling a default out changes nothing. Size is compared without regard to case.
 */
export function shapeOf(request: JsonObject, kind: MediaKind): string {
  const { model, type, resolution, durationSeconds, imageCount, size, quality, generateAudio } = request;
  const parts: JsonValue[] = [
    model ?? null,
    type ?? null,
    resolution ?? null,
    durationSeconds ?? null,
    imageCount ?? (kind === "image" ? 1 : null),
    typeof size === "string" ? size.toUpperCase() : (size ?? null),
    quality ?? null,
    generateAudio ?? (kind === "video" ? true : null),
  ];
  return `[${parts.map(shapePart).join(",")}]`;
}

/** Fields of the other medium go through unchecked and may hold anything, so each part is cut to a bounded length. */
function shapePart(value: JsonValue): string {
  const text = canonicalJson(value);
  return text.length <= MAX_PART ? text : JSON.stringify(`${text.slice(0, MAX_PART)}…${text.length}`);
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
 * The upstream's word for a price: a JSON number from 0 to 10^12, else null: it has said nothing usable. It is documented as
 * whole, but what the contract does with it, `ceil(credits × markup)`, has a meaning for fractions too.
 */
export function parseCredits(value: JsonValue | undefined): number | null {
  const decimal = decimalOf(value);
  if (decimal === null || decimal.negative) return null;
  const credits = Number(`${decimal.digits}e${decimal.exponent}`);
  return credits <= MAX_PRICE ? credits : null;
}

/**
 * ceil(credits × markup), exact: 10 × 1.1 is 11. A product past 10^12 becomes 10^12, so that a nonsensical price can
 * stop a task but not the arithmetic.
 *
 * @param upstreamCredits what the upstream charges, ≥ 0
 * @param markup as {@link parseMarkup} accepts
 * @throws RangeError for negative or non-finite credits and for a bad markup
 */
export function tenantPrice(upstreamCredits: number, markup: string | number): number {
  // The usual case, and the only arithmetic of prices on the path of every submission.
  if ((markup === "1" || markup === 1) && Number.isSafeInteger(upstreamCredits) && upstreamCredits >= 0) {
    return Math.min(upstreamCredits, MAX_PRICE);
  }
  const credits = decimalOf(upstreamCredits);
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
