/** Responses about a tenant's ledger, and its tasks with their money, for the operator (contract section 6). */
import * as z from "zod";
import type { ResponseParts } from "./parts.ts";
import type { tasksResponses } from "./tasks.ts";

/** @param task as the tenant sees it; the operator sees more @param attempts of a delivery @returns one schema for the `data` of each kind of response */
export function ledgerResponses(
  { moment, momentOrNull, count, credits, nextCursor, keyId, taskId }: ResponseParts,
  task: ReturnType<typeof tasksResponses>["task"],
  attempts: z.ZodType,
) {
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

  return { ledgerEntry, ledger, operatorTaskList, taskStory, restorePreview };
}
