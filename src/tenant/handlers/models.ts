/** `GET /api/v1/models`: the models, their parameters, and their known prices for this tenant. */
import {
  IMAGE_ASPECT_RATIOS,
  IMAGE_COUNT,
  IMAGE_SIZES,
  MAX_REFERENCES,
  MODELS,
  type Model,
  QUALITY,
  SEED,
  VIDEO_RESOLUTIONS,
  VIDEO_SECONDS,
} from "../../domain/catalogue.ts";
import { namedFields, type PriceRule, ruleFields } from "../../domain/price-list.ts";
import { readShape, type ShapeParts } from "../../domain/pricing.ts";
import { type JsonObject, type JsonValue, parseJson, stringifyJson } from "../../lib/json.ts";
import type { PriceSettings } from "../rules/price-book.ts";
import type { TenantServices } from "../services.ts";

/** Most known prices shown for one model; a tenant can have priced many unusual shapes. */
const MAX_PRICES = 200;

const WHOLE_LONG = { minimum: parseJson(String(SEED.min)), maximum: parseJson(String(SEED.max)) };
const REFERENCES: JsonObject = { type: "array", maxItems: MAX_REFERENCES };

/** Fields of a request besides model, taskName, type and prompt; ranges in JSON Schema terms. */
const PARAMETERS: Readonly<Record<Model["medium"], JsonObject>> = {
  image: {
    aspectRatio: { type: "string", enum: [...IMAGE_ASPECT_RATIOS] },
    imageCount: { type: "integer", minimum: IMAGE_COUNT.min, maximum: IMAGE_COUNT.max },
    size: { type: "string", enum: [...IMAGE_SIZES] },
    quality: { type: "integer", minimum: QUALITY.min, maximum: QUALITY.max },
    seed: { type: "integer", ...WHOLE_LONG },
    refImageUrls: REFERENCES,
  },
  video: {
    resolution: { type: "string", enum: [...VIDEO_RESOLUTIONS] },
    durationSeconds: { type: "integer", minimum: VIDEO_SECONDS.min, maximum: VIDEO_SECONDS.max },
    quality: { type: "integer", minimum: QUALITY.min, maximum: QUALITY.max },
    seed: { type: "integer", ...WHOLE_LONG },
    generateAudio: { type: "boolean", default: true },
    refImageUrls: REFERENCES,
    refVideoUrls: REFERENCES,
    refAudioUrls: REFERENCES,
  },
};

/**
 * @returns JSON text of `{models, defaultHoldCredits}`. A model's `prices` are held, and those of the operator's price
 * list (`final`) are charged. A shape that matches none of them holds `defaultHoldCredits` until the upstream returns
 * its price. A field absent from a price matches any value; null matches a request without the field.
 *
 * @param allowed names of the models that are shown; null: all
 */
export function viewModels(
  services: TenantServices,
  settings: PriceSettings,
  allowed: readonly string[] | null,
): string {
  const models = MODELS.filter(({ name }) => allowed === null || allowed.includes(name)).map((model) => ({
    name: model.name,
    medium: model.medium,
    types: [...model.types],
    parameters: PARAMETERS[model.medium],
    prices: [...listPrices(services, settings, model), ...knownPrices(services, settings, model)],
  }));
  return stringifyJson({ models, defaultHoldCredits: services.config.defaultHoldCredits });
}

/** Returns the rules of the price lists, the tenant's own before those for all tenants. */
function listPrices({ prices }: TenantServices, settings: PriceSettings, model: Model): JsonObject[] {
  const rules: readonly PriceRule[] = [...(settings.prices ?? []), ...prices.shared().rules];
  return rules
    .filter((rule) => rule.model === model.name)
    .map((rule) => {
      const fields = namedFields(rule).filter((field) => field !== "model");
      return priced(
        fields.map((field) => [field, rule[field] as JsonValue]),
        rule.credits,
        true,
      );
    });
}

/** Returns the upstream's prices to this tenant × markup, for shapes without a price rule. */
function knownPrices({ learnedPrices, prices }: TenantServices, settings: PriceSettings, model: Model): JsonObject[] {
  return learnedPrices
    .learnedSince(0)
    .map(({ shape }) => ({ parts: readShape(shape), quote: prices.quote(shape, settings) }))
    .filter(({ parts, quote }) => parts.model === model.name && quote.source === "upstream" && isPlain(parts, model))
    .slice(0, MAX_PRICES)
    .map(({ parts, quote }) =>
      priced(
        ruleFields(model).map((field) => [field, parts[field] as JsonValue]),
        quote.credits,
        false,
      ),
    );
}

/** False for a shape with values in fields of the other medium, which no caller needs to see. */
function isPlain(parts: ShapeParts, model: Model): boolean {
  const own: readonly string[] = ["model", ...ruleFields(model)];
  return Object.entries(parts).every(([field, value]) => value === null || own.includes(field));
}

function priced(fields: readonly (readonly [string, JsonValue])[], credits: number, final: boolean): JsonObject {
  return { ...Object.fromEntries(fields), credits, final };
}
