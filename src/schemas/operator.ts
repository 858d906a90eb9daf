/** Bodies and parameters of the operator API (contract section 6), one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { parseMarkup } from "../domain/pricing.ts";
import { once } from "../lib/once.ts";
import { REGIONS } from "../tenant/settings.ts";
import { modelName, pastTime, plainText, stringPairs, whenCreating, whenPatching, wholeNumber } from "./fields.ts";
import { portalEmails } from "./portal-emails.ts";
import { priceRules } from "./prices.ts";

/** A number of credits that is not negative. */
export const credits = once(() => wholeNumber(0, Number.MAX_SAFE_INTEGER));
/** Display name, in requests and responses. */
export const name = once(() =>
  plainText(200, "is required and must be a string").check(
    z.minLength(1, "must not be empty"),
    z.refine((text) => text === "" || text.trim() !== "", "must not be blank"),
    z.describe("Display name."),
  ),
);

/** Models that a tenant or key may use. */
export const models = once(() =>
  z
    .nullable(
      z.array(modelName()).check(z.minLength(1, "needs at least one model; null stands for all"), z.maxLength(20)),
    )
    .check(z.describe("Models that may be used; null: all.")),
);

/** The operator's own pairs of a tenant or key, which no tenant sees. */
export const metadata = once(() =>
  z.nullable(stringPairs()).check(
    z.meta({
      type: ["object", "null"],
      description:
        "String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none.",
    }),
  ),
);

const MARKUP = "must be a number from 0 with at most 6 decimals";

/** Settings of a tenant, in requests and responses. */
export const tenantSettings = once(() => ({
  status: z
    .enum(["active", "suspended"])
    .check(z.describe("`suspended`: no submissions and no reads; webhooks and file URLs continue.")),
  billing: z
    .enum(["unmetered", "prepaid"])
    .check(z.describe("`prepaid`: spends at most its balance. `unmetered`: may go below zero.")),
  markup: z.number(MARKUP).check(
    z.refine((value) => parseMarkup(value) !== null, MARKUP),
    z.describe("The tenant's price is `ceil(upstream credits × markup)`."),
  ),
  requestsPerMinute: wholeNumber(0, 10_000_000).check(z.describe("Maximum number of requests per minute.")),
  concurrentTasks: wholeNumber(0, 1_000_000).check(z.describe("Maximum number of tasks that run at the same time.")),
  monthlyCredits: z.nullable(credits()).check(z.describe("Maximum credits per calendar month (UTC); null: no limit.")),
  models: models(),
  retentionDays: z
    .nullable(z.number().check(z.minimum(0, "must be at least 0"), z.maximum(36_500, "must be at most 36500")))
    .check(z.describe("Age in days at which tasks and files are deleted; 0: never; null: the deployment's default.")),
  filesVisibility: z
    .enum(["public", "signed"])
    .check(
      z.describe(
        "`public`: file URLs work without a signature. `signed`: file URLs expire, and each query returns fresh ones.",
      ),
    ),
  lowBalance: z
    .nullable(wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
    .check(z.describe("A balance below this value sends `credits.low`; null: never.")),
  prices: z
    .nullable(priceRules())
    .check(z.describe("The tenant's own price list, which comes before the list for all tenants; null: none.")),
  externalId: z
    .nullable(
      plainText(200).check(
        z.minLength(1, "must not be empty"),
        z.refine((text) => text === text.trim(), "must not begin or end with a space"),
      ),
    )
    .check(z.describe("Identifier of the tenant in the operator's own system, unique among all tenants; null: none.")),
  metadata: metadata(),
  note: z
    .nullable(
      z.string("must be a string").check(
        z.maxLength(2_000, "has at most 2000 characters"),
        z.refine((text) => !/[^\P{Cc}\t\n\r]/u.test(text), "must not have control characters but line breaks and tabs"),
      ),
    )
    .check(z.describe("The operator's note about the tenant, which the tenant does not see; null: none.")),
  portalEmails: z
    .nullable(portalEmails())
    .check(
      z.describe(
        "E-mail addresses, at most 50, that may ask for a portal link at `/portal` where the gateway sends e-mail, with the role of each; null: none. " +
          "Without its address, or with another role, a person is signed out.",
      ),
    ),
}));

/** Settings of a tenant that are chosen at its creation and cannot be changed. */
export const tenantPlacement = once(() => ({
  region: z
    .nullable(z.enum(REGIONS, `must be one of ${REGIONS.join(", ")}`))
    .check(z.describe("Location hint: where the tenant's data is created; null: near the operator's call.")),
}));

/** Unknown fields are refused: a misspelt limit must not silently be no limit. */
export const CreateTenant = once(() =>
  z
    .strictObject({ name: name(), ...whenCreating({ ...tenantSettings(), ...tenantPlacement() }) })
    .check(z.meta({ id: "CreateTenant" })),
);
/** The body of `PATCH …/tenants/{tenantId}`. */
export const PatchTenant = once(() =>
  z.strictObject(whenPatching({ name: name(), ...tenantSettings() })).check(z.meta({ id: "PatchTenant" })),
);

/** The body that asks what a restore would lose. */
export const RestoreTenant = once(() =>
  z
    .strictObject({
      at: pastTime().check(z.describe("Moment in the past: ISO 8601 with an offset.")),
      dryRun: z
        .literal(true, "must be true: the gateway does not restore, see docs/recovery.md")
        .check(z.describe("Always true: nothing is changed.")),
    })
    .check(z.meta({ id: "RestoreTenant" })),
);

/** Parameters of the search over all tenants. */
export const SearchParameters = once(() =>
  z.strictObject({
    q: z
      .pipe(
        z.string(),
        z.transform((text) => text.trim()),
      )
      .check(
        z.minLength(1, "must not be empty"),
        z.maxLength(2_000),
        z.describe(
          "Part of a tenant's name, id or `externalId`, a key id or its beginning, the first 30 characters of a key, a task id or number, or a file URL.",
        ),
      ),
  }),
);
