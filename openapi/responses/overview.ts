/** The response with totals over all tenants (contract section 6). */
import * as z from "zod";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function overviewResponses({ moment, momentOrNull, count, credits, tenantId, sums }: ResponseParts) {
  const overview = z
    .object({
      tenants: z
        .object({
          total: count.describe("All tenants."),
          active: count.describe("Active tenants."),
          suspended: count.describe("Suspended tenants."),
        })
        .describe("Number of tenants."),
      runningTasks: count.describe("Number of tasks that have not ended."),
      creditsHeld: credits.describe("Credits held for running tasks."),
      balance: z
        .object({
          prepaid: credits.describe("Sum over prepaid tenants."),
          unmetered: credits.describe("Sum over unmetered tenants."),
        })
        .describe("Sum of the tenants' balances in credits."),
      copiesWaiting: count.describe("Number of result files that are not copied yet."),
      deliveriesWaiting: count.describe("Number of webhook deliveries with an attempt left."),
      webhooksDisabled: count.describe("Number of endpoints that a 410 turned off."),
      webhooksFailing: count.describe("Number of endpoints whose last three attempts or more failed."),
      storage: z
        .object({
          largestBytes: count.describe("Size of the largest tenant's database in bytes."),
          above80Percent: count.describe("Number of tenants whose database is above 80 % of `TENANT_STORAGE_MB`."),
        })
        .describe("Databases of the tenants."),
      cost: z.number().describe("The upstream's price of the tasks that completed in these days, in its credits."),
      revenue: credits.describe("Credits charged to tenants for tasks of these days, without holds."),
      secondsToFinish: z
        .object({
          p50: z.number().nullable().describe("Median in seconds; null: no task completed."),
          p95: z.number().nullable().describe("95th percentile in seconds; null: no task completed."),
        })
        .describe("Time from submission to completion of the tasks that completed in these days, interpolated."),
      failures: z
        .array(
          z.object({
            reason: z.string().describe("Reason as the tenant sees it, at most 120 characters."),
            count: count.describe("Number of failed tasks."),
          }),
        )
        .describe("Most frequent reasons of failed tasks in these days, at most 20."),
      totals: z.object(sums).describe("Totals of all time, deleted tenants included."),
      days: z
        .array(z.object({ day: z.iso.date().describe("Day (UTC)."), ...sums }))
        .describe("One entry for each day, oldest first; days without tasks contain zeros."),
      topTenants: z
        .array(
          z.object({
            tenantId,
            name: z.string().describe("Display name."),
            tasks: count.describe("Number of tasks."),
            credits: credits.describe("Credits spent."),
          }),
        )
        .describe("Tenants that spent most in these days."),
      masterKeys: z
        .array(
          z.object({
            id: z.string().describe("Name of the key, which reveals nothing of it."),
            ok: z.boolean().describe("True if the upstream accepts the key."),
            code: z.int().nullable().describe("Error code with which the upstream rejects the key; null: accepted."),
            retryAt: momentOrNull.describe("Time of the next attempt with the key; null: now."),
          }),
        )
        .describe("Master keys, in order of preference."),
      problems: z
        .array(
          z.object({
            kind: z.string().describe("Name of the event in the log."),
            lastAt: moment.describe("Time of the last occurrence."),
          }),
        )
        .describe("Problems in background work."),
    })
    .meta({ id: "Overview" });

  return { overview };
}
