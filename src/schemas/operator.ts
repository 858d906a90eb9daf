/** Bodies and parameters of the operator API (contract section 6), one zod source for validation and OpenAPI. */
import * as z from "zod";
import { parseAllowedOrigin } from "../domain/allowed-origin.ts";
import { MODELS } from "../domain/catalogue.ts";
import { parseMarkup } from "../domain/pricing.ts";
import { once } from "../lib/once.ts";
import { SCOPES } from "../tenant/permissions.ts";
import { futureTime, plainText, whenCreating, whenPatching, wholeNumber } from "./fields.ts";
import { priceRules } from "./prices.ts";
import { idCursor, limit } from "./task-list.ts";

const credits = once(() => wholeNumber(0, Number.MAX_SAFE_INTEGER));
const name = once(() =>
  plainText(200, "is required and must be a string")
    .min(1, "must not be empty")
    .refine((text) => text === "" || text.trim() !== "", "must not be blank"),
);

const models = once(() =>
  z
    .array(
      z.enum(
        MODELS.map((model) => model.name),
        "is not a model",
      ),
    )
    .min(1, "needs at least one model; null stands for all")
    .max(20)
    .nullable(),
);

/** An origin that browsers or web views can send, in their spelling, or one with a wildcard for its first label. */
export const origin = once(() =>
  z.string().transform((text, context) => {
    const parsed = parseAllowedOrigin(text);
    if (parsed !== null) return parsed;
    const message =
      "must be an origin such as https://app.example, capacitor://localhost or https://*.preview.example: " +
      "no path, and at least two labels behind a wildcard";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }),
);

const MARKUP = "must be a number from 0 with at most 6 decimals";

const tenantSettings = once(() => ({
  status: z.enum(["active", "suspended"]),
  billing: z.enum(["unmetered", "prepaid"]),
  markup: z.number(MARKUP).refine((value) => parseMarkup(value) !== null, MARKUP),
  requestsPerMinute: wholeNumber(0, 10_000_000),
  concurrentTasks: wholeNumber(0, 1_000_000),
  monthlyCredits: credits().nullable(),
  models: models(),
  retentionDays: z.number().min(0, "must be at least 0").max(36_500, "must be at most 36500").nullable(),
  filesVisibility: z.enum(["public", "signed"]),
  lowBalance: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).nullable(),
  prices: priceRules().nullable(),
}));

/** Unknown fields are refused: a misspelt limit must not silently be no limit. */
export const CreateTenant = once(() =>
  z.strictObject({ name: name(), ...whenCreating(tenantSettings()) }).meta({ id: "CreateTenant" }),
);
/** The body of `PATCH …/tenants/{tenantId}`. */
export const PatchTenant = once(() =>
  z.strictObject(whenPatching({ name: name(), ...tenantSettings() })).meta({ id: "PatchTenant" }),
);

const keySettings = once(() => ({
  name: name(),
  scopes: z.array(z.enum(SCOPES)).min(1, "needs at least one scope").max(SCOPES.length),
  models: models(),
  allowedOrigins: z.array(origin()).max(100).nullable(),
  expiresAt: futureTime().nullable(),
  requestsPerMinute: wholeNumber(0, 10_000_000).nullable(),
  monthlyCredits: credits().nullable(),
}));

/** The body that creates a key. */
export const CreateKey = once(() =>
  z.strictObject(whenCreating({ kind: z.enum(["secret", "publishable"]), ...keySettings() })).meta({ id: "CreateKey" }),
);
/** The body that changes a key. */
export const PatchKey = once(() => z.strictObject(whenPatching(keySettings())).meta({ id: "PatchKey" }));

/** The body that rotates a key. */
export const RotateKey = once(() =>
  z
    .strictObject({
      overlapSeconds: wholeNumber(0, 31_536_000)
        .nullable()
        .default(0)
        .transform((seconds) => seconds ?? 0),
    })
    .meta({ id: "RotateKey" }),
);

/** Keys are few, so a page has them all unless there are more than 100. */
export const KeyListParameters = once(() =>
  z.strictObject({
    limit: limit().unwrap().default(100),
    cursor: z
      .string()
      .regex(/^\d{1,15}\.key_[0-9a-f]{16}$/, "is not a cursor of this list")
      .optional(),
  }),
);

/** Parameters of the list of tenants. */
export const TenantListParameters = once(() =>
  z.strictObject({ limit: limit(), cursor: idCursor().optional(), q: z.string().max(200).optional() }),
);
