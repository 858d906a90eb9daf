/** Responses about a tenant's webhooks (contract section 4). */
import * as z from "zod";
import { ENDPOINT_EVENTS } from "../../src/domain/delivery.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of answer */
export function webhookResponses({ moment, momentOrNull }: ResponseParts) {
  const webhookFields = {
    url: z.url(),
    events: z.array(z.enum(ENDPOINT_EVENTS)).nullable().meta({ description: "Events that are sent there; null: all." }),
    enabled: z.boolean(),
    createdAt: moment,
    disabledAt: momentOrNull,
    previousSecretExpiresAt: momentOrNull,
  };
  const secret = z.string().regex(/^whsec_/);
  const webhook = z.object(webhookFields).meta({ id: "Webhook" });
  const webhookPut = z.object({ ...webhookFields, secret: secret.optional() }).meta({ id: "WebhookSet" });
  const webhookRotated = z.object({ ...webhookFields, secret }).meta({ id: "WebhookRotated" });
  const webhookDeleted = z.object({ deleted: z.literal(true) }).meta({ id: "WebhookDeleted" });
  const outcome = {
    webhookId: z.string(),
    status: z.int().nullable(),
    durationMs: z.number(),
    error: z.string().nullable(),
    response: z.string(),
  };
  const webhookTest = z.object({ delivered: z.boolean(), ...outcome }).meta({ id: "WebhookTest" });
  const attempt = z.object({ at: moment, type: z.string(), url: z.url(), ...outcome }).meta({ id: "DeliveryAttempt" });
  const deliveries = z
    .object({ attempts: z.array(attempt), delivered: z.boolean(), nextAttemptAt: momentOrNull })
    .meta({ id: "Deliveries" });

  return { webhook, webhookPut, webhookRotated, webhookDeleted, webhookTest, deliveries };
}
