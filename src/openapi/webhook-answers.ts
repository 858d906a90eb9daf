/** Answers about a tenant's webhooks (contract section 4). */
import { z } from "@hono/zod-openapi";
import type { AnswerParts } from "./answer-parts.ts";

/** @returns one schema for the `data` of each kind of answer */
export function webhookAnswers({ moment, momentOrNull }: AnswerParts) {
  const webhookFields = {
    url: z.url(),
    enabled: z.boolean(),
    createdAt: moment,
    disabledAt: momentOrNull,
    previousSecretExpiresAt: momentOrNull,
  };
  const secret = z.string().regex(/^whsec_/);
  const webhook = z.object(webhookFields).openapi("Webhook");
  const webhookPut = z.object({ ...webhookFields, secret: secret.optional() }).openapi("WebhookSet");
  const webhookRotated = z.object({ ...webhookFields, secret }).openapi("WebhookRotated");
  const webhookDeleted = z.object({ deleted: z.literal(true) }).openapi("WebhookDeleted");
  const outcome = {
    webhookId: z.string(),
    status: z.int().nullable(),
    durationMs: z.number(),
    error: z.string().nullable(),
    response: z.string(),
  };
  const webhookTest = z.object({ delivered: z.boolean(), ...outcome }).openapi("WebhookTest");
  const attempt = z.object({ at: moment, type: z.string(), url: z.url(), ...outcome }).openapi("DeliveryAttempt");
  const deliveries = z
    .object({ attempts: z.array(attempt), delivered: z.boolean(), nextAttemptAt: momentOrNull })
    .openapi("Deliveries");

  return { webhook, webhookPut, webhookRotated, webhookDeleted, webhookTest, deliveries };
}
