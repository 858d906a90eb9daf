/** Responses about a tenant's account: usage, statements, models (contract section 4). */
import * as z from "zod";
import { SCOPES } from "../../src/tenant/permissions.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function accountResponses({
  moment,
  momentOrNull,
  count,
  credits,
  countOrNull,
  nextCursor,
  modelName,
  tenantId,
  keyId,
  status,
  billing,
  limits,
  sums,
  priceFields,
}: ResponseParts) {
  const account = z
    .object({
      tenantId,
      name: z.string().describe("Display name."),
      status,
      billing,
      balance: credits.describe("Balance in credits: the sum of the ledger."),
      runningTasks: count.describe("Number of tasks that have not ended."),
      limits: z
        .object({
          ...limits,
          retentionDays: z.number().describe("Age in days at which tasks and files are deleted; 0: never."),
        })
        .describe("Limits of the tenant."),
      usage: z
        .object({
          month: z
            .string()
            .regex(/^\d{4}-\d{2}$/)
            .describe("Calendar month (UTC)."),
          tasks: count.describe("Number of tasks."),
          credits: credits.describe("Credits spent."),
        })
        .describe("Usage of this month."),
      key: z
        .object({
          keyId,
          name: z.string().describe("Display name."),
          scopes: z.array(z.enum(SCOPES)).describe("What the key may do."),
          models: z.array(modelName).nullable().describe("Models that may be used; null: all."),
          requestsPerMinute: countOrNull.describe(
            "Maximum number of requests per minute with this key; null: no limit of its own.",
          ),
          monthlyCredits: countOrNull.describe(
            "Maximum credits per calendar month with this key; null: no limit of its own.",
          ),
          monthCredits: credits.describe("Credits spent with this key this month."),
          concurrentTasks: countOrNull.describe(
            "Maximum number of tasks that run at the same time with this key; null: no limit of its own.",
          ),
          expiresAt: momentOrNull.describe("Time at which the key stops working; null: never."),
        })
        .describe("The key that sent the request."),
    })
    .meta({ id: "Account" });
  const usage = z
    .object({
      groupBy: z.enum(["day", "model", "key", "endUser"]).describe("Group of each row."),
      from: moment.describe("Start of the range, inclusive."),
      to: moment.describe("End of the range, inclusive."),
      rows: z
        .array(
          z.object({
            day: z.iso.date().optional().describe("Day (UTC)."),
            model: z.string().optional().describe("Name of the model."),
            key: z.string().optional().describe("Identifier of the key."),
            keyName: z.string().nullable().optional().describe("Display name of the key."),
            endUser: z.string().nullable().optional().describe("End user of the client token; null: none."),
            ...sums,
            running: count.describe("Number of tasks that have not ended."),
          }),
        )
        .describe("One row for each group."),
      nextCursor,
    })
    .meta({ id: "Usage" });
  const balance = z.int();
  const statement = z
    .object({
      tenantId,
      name: z.string().describe("Display name."),
      month: z
        .string()
        .regex(/^\d{4}-\d{2}$/)
        .describe("Calendar month (UTC)."),
      from: moment.describe("First moment of the month."),
      to: moment.describe("Last moment of the month; of the running month, the time of the response."),
      closed: z.boolean().describe("False for the running month, whose figures still change."),
      openingBalance: balance.describe("Balance before the month."),
      charges: z.int().describe("Sum of all charges of tasks, refunds included; negative: deducted."),
      credits: z.int().describe("Sum of all credits that the operator added or deducted."),
      closingBalance: balance.describe("Balance at `to`: opening balance + charges + credits."),
      tasks: count.describe("Number of accepted tasks."),
      lines: z
        .array(
          z
            .object({
              day: z.iso.date().describe("Day (UTC)."),
              kind: z
                .enum(["charge", "credit"])
                .describe("`charge`: the tasks of one model on one day. `credit`: an entry of the operator."),
              model: z.string().nullable().describe("Name of the model; null for a credit."),
              tasks: z.int().describe("Number of accepted tasks; 0 for a credit."),
              credits: z.int().describe("What the line adds to the balance."),
              entryId: z.int().nullable().describe("Ledger entry of a credit; null for other lines."),
              note: z.string().nullable().describe("Note of a credit; null: none."),
            })
            .meta({ id: "StatementLine" }),
        )
        .describe("Lines by day; they sum to charges + credits. At most 500 credits, earlier ones are one line."),
    })
    .meta({ id: "Statement" });
  const models = z
    .object({
      models: z
        .array(
          z.object({
            name: modelName,
            medium: z.enum(["image", "video"]).describe("`image` or `video`."),
            types: z.array(z.string()).describe("Generation methods."),
            parameters: z.record(z.string(), z.looseObject({})).describe("Parameters of a request, with their ranges."),
            prices: z
              .array(
                z.object({
                  ...priceFields,
                  final: z.boolean().describe("True for a price of a price list; false for the upstream's last price."),
                }),
              )
              .describe("Known prices; a price applies to requests that have all the values it lists."),
          }),
        )
        .describe("Models that this credential may use."),
      defaultHoldCredits: count.describe("Smallest hold for a request whose price is not known."),
    })
    .meta({ id: "Models" });

  return { account, statement, usage, models };
}
