/** Responses about all tenants together: summaries, counts, margins and prices upstream. */
import * as z from "zod";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function insightResponses({
  moment,
  momentOrNull,
  count,
  credits,
  nextCursor,
  modelName,
  tenantId,
  status,
  billing,
  priceFields,
}: ResponseParts) {
  const tenantSummaries = z
    .object({
      tenants: z
        .array(
          z
            .object({
              tenantId,
              name: z.string().describe("Display name."),
              externalId: z.string().nullable().describe("Identifier in the operator's own system; null: none."),
              status,
              billing,
              balance: credits.describe("Balance in credits, as last reported."),
              lowBalance: z.int().nullable().describe("A balance below this value is low; null: never."),
              runningTasks: count.describe("Number of tasks that have not ended, as last reported."),
              copiesWaiting: count.describe("Number of result files to be copied, as last reported."),
              deliveriesWaiting: count.describe("Number of webhook events with an attempt left, as last reported."),
              webhook: z
                .enum(["failing", "off"])
                .nullable()
                .describe("State of the tenant's endpoint; null: in order, or none."),
              note: z.string().nullable().describe("First 200 characters of the operator's note; null: none."),
              createdAt: moment.describe("Time of creation."),
              lastActiveAt: momentOrNull.describe("Time of the latest task, as last reported; null: none."),
            })
            .meta({ id: "TenantSummary" }),
        )
        .describe("Tenants of this page."),
      nextCursor,
    })
    .meta({ id: "TenantSummaries" });
  const tenantCounts = z
    .object({
      total: count.describe("Number of tenants."),
      active: count.describe("Tenants that are active."),
      suspended: count.describe("Tenants that are suspended."),
      prepaid: count.describe("Tenants with billing `prepaid`."),
      unmetered: count.describe("Tenants with billing `unmetered`."),
      lowBalance: count.describe("Tenants whose balance is below their `lowBalance`."),
      webhookFailing: count.describe("Tenants whose endpoint fails."),
      webhookOff: count.describe("Tenants whose endpoint is off."),
      inactive: count.describe("Tenants without a task for `inactiveDays`."),
    })
    .meta({ id: "TenantCounts" });
  const margins = z
    .object({
      groupBy: z.enum(["day", "tenant", "model"]).describe("Group of each row."),
      from: z.iso.date().describe("First day (UTC)."),
      to: z.iso.date().describe("Last day (UTC)."),
      rows: z
        .array(
          z.object({
            day: z.iso.date().optional().describe("Day (UTC)."),
            model: z.string().optional().describe("Name of the model."),
            tenantId: tenantId.optional(),
            name: z.string().nullable().optional().describe("Display name of the tenant; null: deleted."),
            tasks: count.describe("Number of completed tasks."),
            revenue: z.int().describe("Credits that tenants paid for them."),
            cost: z.number().describe("The upstream's price of them, in its credits."),
            margin: z.number().describe("Revenue − cost."),
          }),
        )
        .describe("One row for each group that has any, in the order of the groups."),
      nextCursor,
    })
    .meta({ id: "Margins" });
  const upstreamPrices = z
    .object({
      prices: z
        .array(
          z
            .object({
              model: modelName,
              ...priceFields,
              credits: z.number().describe("The upstream's price of the whole task, in its credits."),
              at: moment.describe("Time at which the upstream last named it."),
            })
            .meta({ id: "UpstreamPrice" }),
        )
        .describe("Prices by shape of request. Fields that the request left out have no value."),
      nextCursor,
    })
    .meta({ id: "UpstreamPrices" });
  const priceRollout = z
    .object({
      tenants: count.describe("Tenants that get the present list."),
      updated: count.describe("Tenants that have it."),
      unreachable: count.describe("Tenants whose storage did not respond; they get it with their next report."),
      startedAt: momentOrNull.describe("Time of the change; null: no list was set."),
      endedAt: momentOrNull.describe("Time at which all were sent it; null: under way."),
    })
    .meta({ id: "PriceRollout" });
  return { tenantSummaries, tenantCounts, margins, upstreamPrices, priceRollout };
}
