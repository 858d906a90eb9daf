/** Responses about webhooks of tenants and of the operator (contract sections 4 and 6). */
import * as z from "zod";
import { ENDPOINT_EVENTS } from "../../src/domain/delivery.ts";
import { OPERATOR_EVENTS, WEBHOOK_FORMATS } from "../../src/domain/operator-event.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function webhookResponses({ moment, momentOrNull, nextCursor }: ResponseParts) {
  const webhookFields = {
    url: z.url().describe("URL that receives the events."),
    events: z
      .array(z.enum(ENDPOINT_EVENTS))
      .nullable()
      .meta({ description: "Event types that are sent to the endpoint; null: all." }),
    enabled: z.boolean().describe("True if events are sent to the endpoint."),
    createdAt: moment.describe("Time of creation."),
    disabledAt: momentOrNull.describe("Time at which a 410 turned the endpoint off; null: the endpoint is on."),
    failing: z.boolean().describe("True after three failed attempts in a row, until the first success."),
    failingSince: momentOrNull.describe("Time of the first of those attempts; null: the endpoint is not failing."),
    previousSecretExpiresAt: momentOrNull.describe(
      "Time until which the previous secret also signs, after a rotation; null: only one secret signs.",
    ),
  };
  const secret = z
    .string()
    .regex(/^whsec_/)
    .describe("Signing secret; shown only in this response.");
  const webhook = z.object(webhookFields).meta({ id: "Webhook" });
  const webhookPut = z.object({ ...webhookFields, secret: secret.optional() }).meta({ id: "WebhookSet" });
  const webhookRotated = z.object({ ...webhookFields, secret }).meta({ id: "WebhookRotated" });
  const operatorFields = {
    ...webhookFields,
    events: z
      .array(z.enum(OPERATOR_EVENTS))
      .nullable()
      .meta({ description: "Event types that are sent to the endpoint; null: all." }),
    format: z.enum(WEBHOOK_FORMATS).describe("Form of the body."),
  };
  const operatorWebhook = z.object(operatorFields).meta({ id: "OperatorWebhook" });
  const operatorWebhookPut = z
    .object({ ...operatorFields, secret: secret.optional() })
    .meta({ id: "OperatorWebhookSet" });
  const operatorWebhookRotated = z.object({ ...operatorFields, secret }).meta({ id: "OperatorWebhookRotated" });
  const webhookDeleted = z.object({ deleted: z.literal(true).describe("Always true.") }).meta({ id: "WebhookDeleted" });
  const outcome = {
    webhookId: z.string().describe("`webhook-id` of the message, the same for every attempt."),
    status: z.int().nullable().describe("HTTP status of the response; null if there was none."),
    durationMs: z.number().describe("Duration of the attempt in milliseconds."),
    error: z.string().nullable().describe("Reason why there was no response; null if there was one."),
    response: z.string().describe("First KB of the response's body."),
  };
  const webhookTest = z
    .object({ delivered: z.boolean().describe("True if the response was 2xx."), ...outcome })
    .meta({ id: "WebhookTest" });
  const attempt = z
    .object({
      at: moment.describe("Time of the attempt."),
      type: z.string().describe("Type of the event."),
      url: z.url().describe("URL that the event was sent to."),
      ...outcome,
    })
    .meta({ id: "DeliveryAttempt" });
  const deliveries = z
    .object({
      attempts: z.array(attempt).describe("Attempts, oldest first."),
      delivered: z.boolean().describe("True if one of the attempts got a 2xx response."),
      nextAttemptAt: momentOrNull.describe("Time of the next attempt; null: there is none."),
    })
    .meta({ id: "Deliveries" });
  const delivery = z
    .object({
      deliveryId: z.string().describe("Unique identifier, the same as `webhook-id`."),
      taskId: z
        .int()
        .nullable()
        .meta({ type: ["integer", "null"], format: "int64", description: "Task of the event; null: none." }),
      type: z.string().describe("Type of the event."),
      state: z
        .enum(["pending", "delivered", "failed"])
        .describe("`pending`: an attempt is left; otherwise how the last attempt ended."),
      attempts: z.int().describe("Number of attempts on record, at most 30."),
      createdAt: moment.describe("Time of the event."),
      nextAttemptAt: momentOrNull.describe("Time of the next attempt; null: there is none."),
      url: z.string().nullable().describe("URL that the event is sent to; null: its endpoint was removed."),
      lastAttempt: z
        .object({
          at: moment.describe("Time of the attempt."),
          type: z.string().describe("Type of the event."),
          url: z.string().describe("URL that the event was sent to."),
          webhookId: outcome.webhookId,
          status: outcome.status,
          durationMs: outcome.durationMs,
          error: outcome.error,
        })
        .nullable()
        .describe("The last attempt, without the response's body; null: none was made."),
    })
    .meta({ id: "Delivery" });
  const deliveryList = z
    .object({ deliveries: z.array(delivery).describe("Deliveries, newest event first."), nextCursor })
    .meta({ id: "DeliveryList" });

  const redelivered = z
    .object({
      redelivered: z.int().describe("Number of deliveries that are sent again."),
      remaining: z.boolean().describe("True if failed deliveries are left: call again."),
    })
    .meta({ id: "Redelivered" });
  const deliveryDetail = z
    .object({
      ...delivery.shape,
      log: z.array(attempt).describe("Attempts on record with the responses, oldest first."),
      body: z
        .string()
        .nullable()
        .describe("The body as an attempt now sends it; null: the task was deleted, or there is no receiver any more."),
    })
    .meta({ id: "DeliveryDetail" });

  return {
    redelivered,
    deliveryDetail,
    deliveryList,
    webhook,
    webhookPut,
    webhookRotated,
    webhookDeleted,
    webhookTest,
    operatorWebhook,
    operatorWebhookPut,
    operatorWebhookRotated,
    deliveries,
  };
}
