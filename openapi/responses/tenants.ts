/** Responses about tenants, for the operator (contract section 6). */
import * as z from "zod";
import { tenantPlacement, tenantSettings } from "../../src/schemas/operator.ts";
import { fullFields } from "../full-schema.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function tenantsResponses({
  moment,
  momentOrNull,
  count,
  credits,
  nextCursor,
  modelName,
  tenantId,
  keyId,
  taskId,
  priceFields,
}: ResponseParts) {
  const priceRule = z.object({ model: modelName, ...priceFields }).meta({ id: "Price" });
  const endpointTrouble = z.enum(["failing", "off"]).nullable();
  const tenant = z
    .object({
      tenantId,
      name: z.string().describe("Display name."),
      ...fullFields(tenantSettings()),
      prices: z
        .array(priceRule)
        .nullable()
        .describe("The tenant's own price list, which comes before the list for all tenants; null: none."),
      portalEmails: z
        .record(z.string(), z.enum(["viewer", "admin"]))
        .nullable()
        .describe("E-mail addresses that may ask for a portal link, with the role of each; null: none."),
      ...fullFields(tenantPlacement()),
      createdAt: moment.describe("Time of creation."),
      lastActiveAt: momentOrNull.describe("Time of the latest task; null: none."),
      balance: credits.describe("Balance in credits: the sum of the ledger."),
      runningTasks: count.describe("Number of tasks that have not ended."),
      webhook: endpointTrouble.describe(
        "What is wrong with the tenant's webhook endpoint; null: nothing, or there is none.",
      ),
    })
    .meta({ id: "Tenant" });
  const unavailableTenant = z
    .object({
      tenantId,
      name: z.string().describe("Display name."),
      status: z.enum(["active", "suspended"]).describe("Status of the tenant, as the operator last set it."),
      billing: z.enum(["unmetered", "prepaid"]).describe("Billing of the tenant, as last reported."),
      balance: credits.describe("Balance in credits, as last reported."),
      runningTasks: count.describe("Number of tasks that have not ended, as last reported."),
      webhook: endpointTrouble.describe("What was wrong with the webhook endpoint when last reported; null: nothing."),
      externalId: z.string().nullable().describe("Identifier of the tenant in the operator's own system; null: none."),
      createdAt: moment.describe("Time of creation."),
      lastActiveAt: momentOrNull.describe("Time of the latest task, as last reported; null: none."),
      unavailable: z.literal(true).describe("Always true: the tenant's storage does not respond."),
    })
    .meta({ id: "UnavailableTenant" });
  const knownTenant = z.union([tenant, unavailableTenant]);
  const tenantList = z
    .object({ tenants: z.array(knownTenant).describe("Tenants of this page."), nextCursor })
    .meta({ id: "TenantList" });
  const searchResult = {
    tenantId,
    tenantName: z.string().describe("Display name of the tenant."),
  };
  const search = z
    .object({
      results: z
        .array(
          z.union([
            z.object({
              kind: z.literal("tenant").describe("What was found."),
              tenantId,
              name: z.string().describe("Display name."),
              status: z.enum(["active", "suspended"]).describe("Status as last reported."),
              createdAt: moment.describe("Time of creation."),
            }),
            z.object({
              kind: z.literal("key").describe("What was found."),
              ...searchResult,
              keyId,
              name: z.string().describe("Display name of the key."),
              status: z.enum(["active", "revoked", "expired"]).describe("Status of the key."),
            }),
            z.object({
              kind: z.literal("task").describe("What was found."),
              ...searchResult,
              taskId,
              taskNo: z.string().describe("The task's number."),
              model: modelName,
              status: z.int().min(0).max(5).describe("Status of the task, from 0 to 5."),
              createdAt: moment.describe("Time of the submission."),
            }),
            z.object({
              kind: z.literal("file").describe("What was found: a result file."),
              ...searchResult,
              taskId,
              name: z.string().describe("Last part of the URL, such as `0.png`; empty if the URL has none."),
            }),
            z.object({
              kind: z.literal("file").describe("What was found: an uploaded reference."),
              ...searchResult,
              fileId: z.string().describe("Identifier of the upload."),
              expiresAt: moment.describe("Time at which it is deleted."),
            }),
          ]),
        )
        .describe("At most 50 things of tenants, and at most 50 tenants."),
      incomplete: z
        .boolean()
        .describe("True if there may be more: a tenant did not respond, or a limit of the search was reached."),
    })
    .meta({ id: "SearchResults" });
  const deletedTenant = z
    .object({ tenantId, status: z.literal("deleted").describe("Always `deleted`.") })
    .meta({ id: "DeletedTenant" });
  const prices = z.object({ prices: z.array(priceRule).describe("All rules of the list.") }).meta({ id: "Prices" });
  const portalSessionsEnded = z
    .object({ ended: z.int().describe("Number of sessions that ended.") })
    .meta({ id: "PortalSessionsEnded" });
  const portalLink = z
    .object({
      url: z.url().describe("The link, to be opened in a browser."),
      expiresAt: moment.describe("Time at which the link stops working."),
    })
    .meta({ id: "PortalLink" });

  return { tenant, tenantList, search, deletedTenant, knownTenant, prices, portalLink, portalSessionsEnded };
}
