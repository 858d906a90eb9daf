/** Responses of the operator API (contract section 6). */
import * as z from "zod";
import { keyKind, keySettings } from "../../src/schemas/keys.ts";
import { tenantPlacement, tenantSettings } from "../../src/schemas/operator.ts";
import { fullFields, fullSchema } from "../full-schema.ts";
import type { ResponseParts } from "./parts.ts";
import type { tenantResponses } from "./tenant.ts";

type TenantResponses = ReturnType<typeof tenantResponses>;

/** @param task as the tenant sees it; the operator sees more @param attempts of a delivery @returns one schema for the `data` of each kind of response */
export function operatorResponses(
  {
    moment,
    momentOrNull,
    count,
    credits,
    nextCursor,
    modelName,
    tenantId,
    keyId,
    taskId,
    sums,
    priceFields,
  }: ResponseParts,
  task: TenantResponses["task"],
  attempts: z.ZodType,
) {
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
  const signedWith = z
    .enum(["first", "later", "removed"])
    .describe("Signing secret of the deployment that made the key; `removed`: the key has stopped working.");
  const keyFields = {
    keyId,
    kind: fullSchema(keyKind()),
    ...fullFields(keySettings()),
    allowedOrigins: z
      .array(z.string())
      .nullable()
      .describe("Origins from which browsers may use the key; null: none for secret keys."),
    allowedIps: z
      .array(z.string())
      .nullable()
      .describe("Addresses and CIDR ranges from which the key itself works; null: any."),
    expiresAt: momentOrNull.describe("Time at which the key stops working; null: never."),
    status: z.enum(["active", "revoked", "expired"]).describe("Status of the key."),
    createdAt: moment.describe("Time of creation."),
    revokedAt: momentOrNull.describe("Time of revocation; null: not revoked."),
    lastUsedAt: momentOrNull.describe("Time of the last use, up to some minutes late; null: never used."),
    signedWith,
    previous: z
      .object({ expiresAt: moment.describe("Time at which the last of them stops working."), signedWith })
      .nullable()
      .describe("Earlier texts of the key that still work after a rotation; null: none."),
  };
  const key = z.object(keyFields).meta({ id: "Key" });
  const newKey = z
    .object({ ...keyFields, key: z.string().regex(/^pdk_/).describe("The key itself; shown only in this response.") })
    .meta({ id: "NewKey" });
  const keyList = z
    .object({ keys: z.array(key).describe("Keys, oldest first, revoked ones included."), nextCursor })
    .meta({ id: "KeyList" });
  const deletedTenant = z
    .object({ tenantId, status: z.literal("deleted").describe("Always `deleted`.") })
    .meta({ id: "DeletedTenant" });
  const entryFields = {
    entryId: z
      .int()
      .meta({ type: "integer", format: "int64", description: "Unique identifier; later entries have greater ones." }),
    at: moment.describe("Time of the entry."),
    kind: z
      .enum(["hold", "correct", "capture", "release", "credit"])
      .describe(
        "`hold` at admission, `correct` when the upstream returns its price, then `capture` or `release`; `credit` by the operator.",
      ),
    credits: credits.describe("Change of the balance."),
    balance: credits.describe("Balance after the entry."),
    taskId: taskId
      .nullable()
      .meta({ type: ["integer", "null"], format: "int64", minimum: 1, description: "Task of the entry; null: none." }),
    keyId: z.string().nullable().describe("Key of the task; null: none."),
    model: z.string().nullable().describe("Model of the task; null: none."),
    endUser: z.string().nullable().describe("End user of the task; null: none."),
    note: z.string().nullable().describe("Reason; null: none."),
  };
  const ledgerEntry = z.object(entryFields).meta({ id: "LedgerEntry" });
  const ledger = z
    .object({
      entries: z.array(ledgerEntry).describe("Entries, newest first."),
      groups: z
        .array(
          z
            .object({
              taskId: entryFields.taskId,
              at: moment.describe("Time of the newest entry of the group on this page."),
              credits: credits.describe("Sum of the entries of the group on this page."),
              balance: credits.describe("Balance after the newest of them."),
              keyId: keyId.nullable().describe("Key of the task; null: none."),
              model: z.string().nullable().describe("Model of the task; null: none."),
              endUser: z.string().nullable().describe("End user of the task; null: none."),
              note: z.string().nullable().describe("Note of the newest entry that has one; null: none."),
              kinds: z
                .array(entryFields.kind)
                .describe("Kinds of the entries of the group on this page, oldest first."),
            })
            .meta({ id: "LedgerGroup" }),
        )
        .optional()
        .describe("With `groupBy=task`: tasks and entries of no task, the one with the newest entry first."),
      openingBalance: z
        .int()
        .nullable()
        .optional()
        .describe(
          "With `groupBy=task`: balance before the page's oldest entry; null if `kind` or `taskId` leaves entries out.",
        ),
      closingBalance: z
        .int()
        .nullable()
        .optional()
        .describe(
          "With `groupBy=task`: balance after the page's newest entry, which is the opening balance plus all groups.",
        ),
      nextCursor,
    })
    .meta({ id: "Ledger" });
  const taskMoney = {
    keyId,
    endUser: z.string().nullable().describe("End user of the task; null: none."),
    tokenId: z.string().nullable().describe("Client token that submitted the task; null: none."),
    credits: credits.describe("Credits held or charged."),
    settlement: z.enum(["open", "captured", "released"]).describe("State of the hold."),
    createdAt: moment.describe("Time of the submission."),
    endedAt: momentOrNull.describe("Time of the end; null: still running."),
  };
  const operatorTask = task.and(z.looseObject(taskMoney)).meta({ id: "OperatorTask" });
  const taskStory = z
    .object({
      task,
      request: z.looseObject({}).describe("The request as it was sent to the upstream."),
      ...taskMoney,
      ledger: z.array(ledgerEntry).describe("The task's ledger entries, oldest first."),
      deliveries: z
        .array(
          z.object({
            deliveryId: z.string().describe("Identifier of the delivery, sent as `webhook-id`."),
            taskId,
            type: z.string().describe("Type of the event."),
            state: z.enum(["pending", "delivered", "failed"]).describe("State of the delivery."),
            attempts: count.describe("Number of attempts on record."),
            nextAttemptAt: momentOrNull.describe("Time of the next attempt; null: there is none."),
            url: z.string().nullable().describe("The task's own `webhookUrl`; null: the tenant's endpoint."),
            log: attempts,
          }),
        )
        .describe("Deliveries of the task's event."),
      timeline: z
        .array(
          z.object({
            at: moment.describe("Time of the event."),
            event: z
              .enum(["accepted", "submitted", "polls", "copied", "ended", "delivered"])
              .describe("What happened."),
            count: count.optional().describe("Number of `polls`."),
            file: z.string().optional().describe("File that was `copied`: `0` is result 0, `t0` its thumbnail."),
            status: z.enum(["completed", "failed", "cancelled"]).optional().describe("How the task `ended`."),
            url: z.string().optional().describe("Receiver to which the event was `delivered`."),
          }),
        )
        .describe("What happened when, oldest first."),
    })
    .meta({ id: "TaskStory" });
  const restorePreview = z
    .object({
      at: moment.describe("The moment that was asked about."),
      dryRun: z.literal(true).describe("Always true."),
      tasks: count.describe("Number of tasks accepted since."),
      entries: count.describe("Number of ledger entries since."),
      credits: credits.describe("Sum of these entries: how much the balance has moved."),
      byKind: z
        .array(
          z.object({
            kind: entryFields.kind,
            entries: count.describe("Number of entries of this kind."),
            credits: credits.describe("Sum of their credits."),
          }),
        )
        .describe("The same by kind of entry."),
      keysCreated: count.describe("Number of keys created since."),
      keysRevoked: count.describe("Number of keys revoked since."),
      complete: z.boolean().describe("False if only the first 100,000 entries were counted."),
    })
    .meta({ id: "RestorePreview" });
  const operatorTaskList = z
    .object({ tasks: z.array(operatorTask).describe("Tasks, newest first."), nextCursor })
    .meta({ id: "OperatorTaskList" });
  const prices = z.object({ prices: z.array(priceRule).describe("All rules of the list.") }).meta({ id: "Prices" });
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
  const portalSessionsEnded = z
    .object({ ended: z.int().describe("Number of sessions that ended.") })
    .meta({ id: "PortalSessionsEnded" });
  const portalLink = z
    .object({
      url: z.url().describe("The link, to be opened in a browser."),
      expiresAt: moment.describe("Time at which the link stops working."),
    })
    .meta({ id: "PortalLink" });

  return {
    tenant,
    tenantList,
    search,
    deletedTenant,
    knownTenant,
    key,
    newKey,
    keyList,
    ledgerEntry,
    ledger,
    operatorTaskList,
    taskStory,
    restorePreview,
    prices,
    overview,
    portalLink,
    portalSessionsEnded,
  };
}
