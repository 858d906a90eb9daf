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
    .refine((text) => text === "" || text.trim() !== "", "must not be blank")
    .describe("Display name."),
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
    .nullable()
    .describe("Models that may be used; null: all."),
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

/** Settings of a tenant, in requests and responses. */
export const tenantSettings = once(() => ({
  status: z
    .enum(["active", "suspended"])
    .describe("`suspended`: no submissions and no reads; webhooks and file URLs continue."),
  billing: z
    .enum(["unmetered", "prepaid"])
    .describe("`prepaid`: spends at most its balance. `unmetered`: may go below zero."),
  markup: z
    .number(MARKUP)
    .refine((value) => parseMarkup(value) !== null, MARKUP)
    .describe("The tenant's price is `ceil(upstream credits × markup)`."),
  requestsPerMinute: wholeNumber(0, 10_000_000).describe("Maximum number of requests per minute."),
  concurrentTasks: wholeNumber(0, 1_000_000).describe("Maximum number of tasks that run at the same time."),
  monthlyCredits: credits().nullable().describe("Maximum credits per calendar month (UTC); null: no limit."),
  models: models(),
  retentionDays: z
    .number()
    .min(0, "must be at least 0")
    .max(36_500, "must be at most 36500")
    .nullable()
    .describe("Age in days at which tasks and files are deleted; 0: never; null: the deployment's default."),
  filesVisibility: z
    .enum(["public", "signed"])
    .describe(
      "`public`: file URLs work without a signature. `signed`: file URLs expire, and each query returns fresh ones.",
    ),
  lowBalance: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    .nullable()
    .describe("A balance below this value sends `credits.low`; null: never."),
  prices: priceRules()
    .nullable()
    .describe("The tenant's own price list, which comes before the list for all tenants; null: none."),
}));

/** Unknown fields are refused: a misspelt limit must not silently be no limit. */
export const CreateTenant = once(() =>
  z.strictObject({ name: name(), ...whenCreating(tenantSettings()) }).meta({ id: "CreateTenant" }),
);
/** The body of `PATCH …/tenants/{tenantId}`. */
export const PatchTenant = once(() =>
  z.strictObject(whenPatching({ name: name(), ...tenantSettings() })).meta({ id: "PatchTenant" }),
);

/** Settings of a key, in requests and responses. */
export const keySettings = once(() => ({
  name: name(),
  scopes: z
    .array(z.enum(SCOPES))
    .min(1, "needs at least one scope")
    .max(SCOPES.length)
    .describe("What the key may do."),
  models: models(),
  allowedOrigins: z
    .array(origin())
    .max(100)
    .nullable()
    .describe(
      "Origins from which browsers may use the key, such as `https://app.example`; null: none for secret keys.",
    ),
  expiresAt: futureTime().nullable().describe("Time at which the key stops working; null: never."),
  requestsPerMinute: wholeNumber(0, 10_000_000)
    .nullable()
    .describe(
      "Maximum number of requests per minute with this key, within the tenant's limit; null: no limit of its own.",
    ),
  monthlyCredits: credits()
    .nullable()
    .describe("Maximum credits per calendar month (UTC) with this key; null: no limit of its own."),
}));

/** Kind of a key, in requests and responses. */
export const keyKind = once(() =>
  z.enum(["secret", "publishable"]).describe("`secret` for servers, `publishable` for browsers."),
);

/** The body that creates a key. */
export const CreateKey = once(() =>
  z.strictObject(whenCreating({ kind: keyKind(), ...keySettings() })).meta({ id: "CreateKey" }),
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
        .transform((seconds) => seconds ?? 0)
        .describe("Seconds for which the old text of the key keeps working."),
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
      .optional()
      .describe("`nextCursor` of the previous page."),
  }),
);

/** Parameters of the list of tenants. */
export const TenantListParameters = once(() =>
  z.strictObject({
    limit: limit(),
    cursor: idCursor().optional(),
    q: z.string().max(200).optional().describe("Part of a name or of an id; ignores case."),
  }),
);
