/**
 * Price lists (contract section 6, "Money"; docs/money.md): credits by model and shape, set by the operator for one
 * tenant or for all. A listed price is the tenant's final price, whatever the upstream charges.
 */
import {
  findModel,
  IMAGE_COUNT,
  IMAGE_SIZES,
  type Model,
  QUALITY,
  VIDEO_RESOLUTIONS,
  VIDEO_SECONDS,
} from "./catalogue.ts";
import { PRICED_FIELDS, plainShape, readShape, SHAPE_FIELDS, type ShapeField, type ShapeParts } from "./pricing.ts";

/**
 * One rule of a price list: the price of every request whose shape has all the given values. An absent field matches
 * any value; null matches a request without the field.
 */
export interface PriceRule {
  readonly model: string;
  readonly type?: string | null;
  readonly resolution?: string | null;
  readonly durationSeconds?: number | null;
  readonly imageCount?: number | null;
  readonly size?: string | null;
  readonly quality?: number | null;
  readonly generateAudio?: boolean | null;
  /** Whole credits for the whole task. */
  readonly credits: number;
}

/** @returns the fields that a rule for this model may name. */
export function ruleFields(model: Model): readonly ShapeField[] {
  return PRICED_FIELDS[model.medium];
}

/** @returns true if the value of a shape's field is documented; null stands for an absent field */
export function isDocumentedValue(model: Model, field: ShapeField, value: unknown): boolean {
  if (field === "model") return value === model.name;
  if (!ruleFields(model).includes(field)) return value === null;
  if (field === "type") return typeof value === "string" && model.types.includes(value);
  if (value === null) return true;
  if (field === "imageCount") return isBetween(value, IMAGE_COUNT);
  if (field === "durationSeconds") return isBetween(value, VIDEO_SECONDS);
  if (field === "quality") return isBetween(value, QUALITY);
  if (field === "size") return IMAGE_SIZES.some((size) => size === value);
  if (field === "resolution") return VIDEO_RESOLUTIONS.some((resolution) => resolution === value);
  return typeof value === "boolean";
}

function isBetween(value: unknown, { min, max }: { readonly min: number; readonly max: number }): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

/**
 * @returns whether the price of a shape may be shared between tenants: every part is a documented value, and the request had
 *   no undocumented field that its price could be due to. There are some 18,000 such shapes and no more.
 */
export function isSharedShape(shape: string): boolean {
  if (plainShape(shape) !== shape) return false;
  const parts = readShape(shape);
  const model = typeof parts.model === "string" ? findModel(parts.model) : undefined;
  return model !== undefined && SHAPE_FIELDS.every((field) => isDocumentedValue(model, field, parts[field]));
}

/**
 * @returns the rule that prices this shape: of those that match, the one that names the most fields; of equals, the
 *   first in the list. Null if none matches.
 */
export function findRule(rules: readonly PriceRule[], shape: ShapeParts): PriceRule | null {
  let best: PriceRule | null = null;
  let bestNamed = -1;
  for (const rule of rules) {
    const named = namedFields(rule);
    if (named.length > bestNamed && named.every((field) => rule[field] === shape[field])) {
      best = rule;
      bestNamed = named.length;
    }
  }
  return best;
}

/** @returns the fields that a rule sets, in the order of a shape's parts. */
export function namedFields(rule: PriceRule): ShapeField[] {
  return SHAPE_FIELDS.filter((field) => rule[field] !== undefined);
}
