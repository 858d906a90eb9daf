/** Responses about client tokens and end users (contract section 4). */
import * as z from "zod";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function endUsersResponses({ moment, nextCursor }: ResponseParts) {
  const tokenId = z.string().describe("Unique identifier of the token.");
  const tokenExpiresAt = moment.describe("Time at which the token stops working.");
  const clientToken = z
    .object({ token: z.string().describe("The token; safe in a browser."), tokenId, expiresAt: tokenExpiresAt })
    .meta({ id: "ClientToken" });
  const allowance = z.object({
    used: z.int().describe("Used so far."),
    max: z.int().nullable().describe("Maximum; null: no limit."),
  });
  const clientTokenView = z
    .object({
      endUser: z.string().nullable().describe("End user of the token; null: none."),
      expiresAt: tokenExpiresAt,
      tasks: allowance.describe("Tasks that were created with the token."),
      credits: allowance.describe("Credits that these tasks hold or cost."),
    })
    .meta({ id: "ClientTokenView" });
  const clientTokenEnded = z
    .object({ tokenId, ended: z.literal(true).describe("Always true.") })
    .meta({ id: "ClientTokenEnded" });

  const used = (what: string) => z.object({ used: z.int().describe("Used so far.") }).describe(what);
  const clientTokenPage = z
    .object({
      tokens: z
        .array(
          z
            .object({
              tokenId,
              endUser: z
                .string()
                .nullable()
                .describe("End user of the token; null: none, or ended before its first task."),
              expiresAt: tokenExpiresAt,
              ended: z.boolean().describe("True if the token was ended before its expiry."),
              tasks: used("Tasks that were created with the token."),
              credits: used("Credits that these tasks hold or cost."),
            })
            .meta({ id: "ListedClientToken" }),
        )
        .describe("Tokens by id."),
      nextCursor,
    })
    .meta({ id: "ClientTokenPage" });
  const endUser = z
    .object({
      endUser: z.string().describe("Name of the end user."),
      blocked: z.boolean().describe("True: none of the end user's tokens works."),
      dailyCredits: z.int().nullable().describe("Maximum credits per day (UTC); null: no limit."),
      monthlyCredits: z.int().nullable().describe("Maximum credits per calendar month (UTC); null: no limit."),
      dailyTasks: z.int().nullable().describe("Maximum number of tasks per day (UTC); null: no limit."),
      concurrentTasks: z.int().nullable().describe("Maximum number of tasks at the same time; null: no limit."),
      used: z
        .object({
          todayCredits: z.int().describe("Credits of today's tasks (UTC), holds included."),
          monthCredits: z.int().describe("Credits of this month's tasks (UTC), holds included."),
          todayTasks: z.int().describe("Tasks accepted today (UTC)."),
          running: z.int().describe("Tasks that have not ended."),
        })
        .describe("What the end user has used."),
    })
    .meta({ id: "EndUser" });
  const endUserPage = z
    .object({ endUsers: z.array(endUser).describe("End users by name."), nextCursor })
    .meta({ id: "EndUserPage" });

  return { clientToken, clientTokenView, clientTokenEnded, clientTokenPage, endUser, endUserPage };
}
