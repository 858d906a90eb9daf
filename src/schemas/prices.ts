/** Price lists, per tenant and for all: one zod source for validation and OpenAPI. What they mean: domain/price-list.ts. */
import * as z from "zod/mini";
import { findModel } from "../domain/catalogue.ts";
import { isDocumentedValue, namedFields, type PriceRule, ruleFields } from "../domain/price-list.ts";
import type { ShapeField } from "../domain/pricing.ts";
import { once } from "../lib/once.ts";
import { modelName, wholeNumber } from "./fields.ts";

const MAX_RULES = 500;
const MAX_PRICE = 1_000_000_000;

/** Every field is optional: left out, it matches anything; null matches a request that leaves it out. */
const priceRule = once(() =>
  z
    .pipe(
      z.strictObject({
        model: modelName().check(z.describe("Name of the model.")),
        type: z.optional(z.string()).check(z.describe("Generation method.")),
        resolution: z.nullish(z.string()).check(z.describe("Resolution of the video.")),
        durationSeconds: z.nullish(z.int()).check(z.describe("Duration of the video in seconds.")),
        imageCount: z.optional(z.int()).check(z.describe("Number of images.")),
        size: z.nullish(z.string().check(z.toUpperCase())).check(z.describe("Size of the image.")),
        quality: z.nullish(z.int()).check(z.describe("Quality.")),
        generateAudio: z.optional(z.boolean()).check(z.describe("True if the video has audio.")),
        credits: wholeNumber(0, MAX_PRICE).check(z.describe("Price of the whole task in credits.")),
      }),
      z.transform((given) => {
        const named = Object.entries(given).filter(([, value]) => value !== undefined);
        return Object.fromEntries(named) as unknown as PriceRule;
      }),
    )
    .check(
      z.superRefine((rule, context) => {
        const model = findModel(rule.model);
        if (!model) return;
        for (const field of namedFields(rule)) {
          if (isDocumentedValue(model, field, rule[field])) continue;
          const doesApply = isFieldOf(field, rule.model);
          const message = doesApply ? "is not a documented value" : `does not apply to ${rule.model}`;
          context.addIssue({ code: "custom", path: [field], message });
        }
      }),
      z.meta({ id: "PriceRule" }),
    ),
);

function isFieldOf(field: ShapeField, modelName: string): boolean {
  const model = findModel(modelName);
  return model !== undefined && ruleFields(model).includes(field);
}

/** A whole price list; two rules for the same requests would leave one without effect, so they are refused. */
export const priceRules = once(() =>
  z.array(priceRule()).check(
    z.maxLength(MAX_RULES, `at most ${MAX_RULES} rules`),
    z.superRefine((rules, context) => {
      const seen = new Map<string, number>();
      for (const [index, rule] of rules.entries()) {
        const condition = JSON.stringify(namedFields(rule).map((field) => [field, rule[field]]));
        const first = seen.get(condition);
        if (first === undefined) seen.set(condition, index);
        else context.addIssue({ code: "custom", path: [index], message: `is for the same requests as rule ${first}` });
      }
    }),
  ),
);

/** The body that replaces the prices for all tenants. */
export const PutPrices = once(() =>
  z
    .strictObject({ prices: priceRules().check(z.describe("All rules of the list.")) })
    .check(z.meta({ id: "PutPrices" })),
);
