/** Bodies and parameters of the calls about end users and their tokens (contract section 4). */
import * as z from "zod/mini";
import { isTokenId } from "../domain/client-token.ts";
import { once } from "../lib/once.ts";
import type { EndUserQuery, TokenQuery } from "../tenant/api.ts";
import { NO_CURSOR, nextPage, valueCursor } from "./cursors.ts";
import { nullByDefault, plainText, wholeNumber } from "./fields.ts";
import { limit } from "./task-list.ts";

/** The name of an end user. Dots alone are parts of a path, so that nobody could name this end user in a URL to block it. */
export const endUserName = once(() =>
  plainText(200).check(
    z.minLength(1, "must not be empty"),
    z.refine((text) => text !== "." && text !== "..", 'must not be "." or ".."'),
  ),
);

/** The end user in a path. */
export const EndUserPath = once(() => z.strictObject({ endUser: endUserName() }));

const cap = (most: number) => nullByDefault(wholeNumber(0, most));

/** The body of `PUT …/end-users/{endUser}`: it replaces all limits. */
export const PutEndUser = once(() =>
  z
    .strictObject({
      blocked: z
        ._default(z.boolean("must be true or false"), false)
        .check(z.describe("True: none of the end user's tokens works, and none can be created.")),
      dailyCredits: cap(Number.MAX_SAFE_INTEGER).check(z.describe("Maximum credits per day (UTC); null: no limit.")),
      monthlyCredits: cap(Number.MAX_SAFE_INTEGER).check(
        z.describe("Maximum credits per calendar month (UTC); null: no limit."),
      ),
      dailyTasks: cap(1_000_000_000).check(z.describe("Maximum number of tasks per day (UTC); null: no limit.")),
      concurrentTasks: cap(1_000_000).check(
        z.describe("Maximum number of tasks at the same time; null: only the limits of its tokens."),
      ),
    })
    .check(z.meta({ id: "PutEndUser" })),
);

/** Parameters of the list of end users. */
export const EndUserParameters = once(() =>
  z.strictObject({
    limit: limit(),
    cursor: nextPage(valueCursor()),
  }),
);

/** Returns checked parameters as a query of the tenant's object. */
export function endUserQuery(given: z.output<ReturnType<typeof EndUserParameters>>): EndUserQuery {
  return { limit: given.limit, after: given.cursor ?? null };
}

/** Parameters of the list of client tokens. */
export const ClientTokenParameters = once(() =>
  z.strictObject({
    endUser: z.optional(endUserName()).check(z.describe("Only tokens of this end user.")),
    limit: limit(),
    cursor: nextPage(z.string().check(z.refine(isTokenId, NO_CURSOR))),
  }),
);

/** Returns checked parameters as a query of the tenant's object. */
export function tokenQuery(given: z.output<ReturnType<typeof ClientTokenParameters>>): TokenQuery {
  return { endUser: given.endUser ?? null, limit: given.limit, after: given.cursor ?? null };
}
