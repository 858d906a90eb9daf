/** Bodies and parameters of the operator's calls for keys, one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { parseAllowedOrigin } from "../domain/allowed-origin.ts";
import { parseAddressRange } from "../domain/client-network.ts";
import { once } from "../lib/once.ts";
import { SCOPES } from "../tenant/permissions.ts";
import { NO_CURSOR, nextPage } from "./cursors.ts";
import { futureTime, parsedText, whenCreating, whenPatching, wholeNumber } from "./fields.ts";
import { credits, metadata, models, name } from "./operator.ts";
import { pageSize, queryDefault } from "./task-list.ts";

/** An origin that browsers or web views can send, in their spelling, or one with a wildcard for its first label. */
export const origin = once(() =>
  parsedText(
    parseAllowedOrigin,
    "must be an origin such as https://app.example, capacitor://localhost or https://*.preview.example: " +
      "no path, and at least two labels behind a wildcard",
  ),
);

/** Settings of a key, in requests and responses. */
export const keySettings = once(() => ({
  name: name(),
  scopes: z
    .array(z.enum(SCOPES))
    .check(z.minLength(1, "needs at least one scope"), z.maxLength(SCOPES.length), z.describe("What the key may do.")),
  models: models(),
  allowedOrigins: z
    .nullable(z.array(origin()).check(z.maxLength(100)))
    .check(
      z.describe(
        "Origins from which browsers may use the key, such as `https://app.example`; null: none for secret keys.",
      ),
    ),
  expiresAt: z.nullable(futureTime()).check(z.describe("Time at which the key stops working; null: never.")),
  requestsPerMinute: z
    .nullable(wholeNumber(0, 10_000_000))
    .check(
      z.describe(
        "Maximum number of requests per minute with this key, within the tenant's limit; null: no limit of its own.",
      ),
    ),
  monthlyCredits: z
    .nullable(credits())
    .check(z.describe("Maximum credits per calendar month (UTC) with this key; null: no limit of its own.")),
  concurrentTasks: z
    .nullable(wholeNumber(0, 1_000_000))
    .check(
      z.describe(
        "Maximum number of tasks that run at the same time with this key and its client tokens, within the tenant's limit; null: no limit of its own.",
      ),
    ),
  allowedIps: z
    .nullable(
      z
        .array(parsedText(parseAddressRange, "must be an IPv4 or IPv6 address, or a range such as 192.0.2.0/24"))
        .check(z.minLength(1, "needs at least one address; null stands for any"), z.maxLength(100)),
    )
    .check(
      z.describe(
        "Addresses and CIDR ranges, IPv4 or IPv6, from which the key itself works, not the client tokens that it mints; null: any.",
      ),
    ),
  metadata: metadata(),
}));

/** Kind of a key, in requests and responses. */
export const keyKind = once(() =>
  z.enum(["secret", "publishable"]).check(z.describe("`secret` for servers, `publishable` for browsers.")),
);

/** The body that creates a key. */
export const CreateKey = once(() =>
  z.strictObject(whenCreating({ kind: keyKind(), ...keySettings() })).check(z.meta({ id: "CreateKey" })),
);
/** The body that changes a key. */
export const PatchKey = once(() => z.strictObject(whenPatching(keySettings())).check(z.meta({ id: "PatchKey" })));

/** The body that rotates a key. */
export const RotateKey = once(() =>
  z
    .strictObject({
      overlapSeconds: z
        .pipe(
          z._default(z.nullable(wholeNumber(0, 31_536_000)), 0),
          z.transform((seconds) => seconds ?? 0),
        )
        .check(z.describe("Seconds for which the old text of the key keeps working.")),
    })
    .check(z.meta({ id: "RotateKey" })),
);

/** Keys are few, so a page has them all unless there are more than 100. */
export const KeyListParameters = once(() =>
  z.strictObject({
    limit: queryDefault(pageSize(), 100),
    cursor: nextPage(z.string().check(z.regex(/^\d{1,15}\.key_[0-9a-f]{16}$/, NO_CURSOR))),
  }),
);
