/** Bodies and parameters of the operator API (contract section 6), one zod source for validation and OpenAPI. */
import * as z from "zod";
import { MODELS } from "../domain/catalogue.ts";
import { parseMarkup } from "../domain/pricing.ts";
import { once } from "../lib/once.ts";
import { SCOPES } from "../tenant/permissions.ts";
import { plainText, wholeNumber } from "./fields.ts";
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
    .max(20)
    .nullable(),
);

/** `https://app.example` or `http://localhost:3000`: scheme, host and port, as browsers send it. */
export const origin = once(() =>
  z
    .string()
    .max(300)
    .refine(
      (text) => URL.canParse(text) && new URL(text).origin === text,
      "must be an origin such as https://app.example",
    ),
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

/** Unknown members are refused: a misspelt limit must not silently be no limit. */
export const CreateTenant = once(() =>
  z.strictObject(tenantSettings()).partial().extend({ name: name() }).meta({ id: "CreateTenant" }),
);
export const PatchTenant = once(() =>
  z
    .strictObject({ name: name(), ...tenantSettings() })
    .partial()
    .meta({ id: "PatchTenant" }),
);

const keySettings = once(() => ({
  name: name(),
  scopes: z.array(z.enum(SCOPES)).max(SCOPES.length),
  models: models(),
  allowedOrigins: z.array(origin()).max(100).nullable(),
  expiresAt: z.iso
    .datetime({ offset: true, message: "must be an ISO 8601 date and time" })
    .transform((text) => Date.parse(text))
    .nullable(),
  requestsPerMinute: wholeNumber(0, 10_000_000).nullable(),
  monthlyCredits: credits().nullable(),
}));

export const CreateKey = once(() =>
  z
    .strictObject({ kind: z.enum(["secret", "publishable"]), ...keySettings() })
    .partial()
    .meta({ id: "CreateKey" }),
);
export const PatchKey = once(() => z.strictObject(keySettings()).partial().meta({ id: "PatchKey" }));

export const RotateKey = once(() =>
  z.strictObject({ overlapSeconds: wholeNumber(0, 31_536_000).default(0) }).meta({ id: "RotateKey" }),
);

export const TenantListParameters = once(() =>
  z.object({ limit: limit(), cursor: idCursor().optional(), q: z.string().max(200).optional() }),
);
