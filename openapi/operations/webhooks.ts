/** The tenant's webhook endpoint, and the events it is sent (contract section 4, Standard Webhooks). */

import type { OpenAPIRegistry } from "@asteasolutions/zod-to-openapi";
import { PutWebhook } from "../../src/schemas/webhook.ts";
import { TASK_EXAMPLE } from "../examples.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

/** Returns the operations on the webhook endpoint and deliveries. */
export function webhookOperations(a: Responses): Operation[] {
  const shared = { path: "/api/v1/webhook", tag: "Webhooks", audience: "secret", scope: "webhooks" } as const;
  return [
    {
      ...shared,
      id: "putWebhook",
      method: "put",
      summary: "Set the endpoint",
      description:
        "The answer to the first one has the signing `secret` (`whsec_…`), this once. Setting another URL keeps the " +
        "secret, and turns an endpoint on again that was turned off.",
      body: {
        schema: PutWebhook(),
        examples: { endpoint: { summary: "An endpoint", value: { url: "https://example.com/hooks/paddock" } } },
      },
      response: a.webhookPut,
      errors: [30001, 70006],
    },
    { ...shared, id: "getWebhook", method: "get", summary: "The endpoint", response: a.webhook, errors: [40002] },
    {
      ...shared,
      id: "deleteWebhook",
      method: "delete",
      summary: "Remove the endpoint and its secret",
      response: a.webhookDeleted,
      errors: [40002],
    },
    {
      ...shared,
      id: "rotateWebhookSecret",
      method: "post",
      path: "/api/v1/webhook/rotate",
      summary: "A new signing secret",
      description: "Shown this once. For 24 hours every delivery is signed with both, so receivers can change over.",
      response: a.webhookRotated,
      errors: [40002],
    },
    {
      ...shared,
      id: "testWebhook",
      method: "post",
      path: "/api/v1/webhook/test",
      summary: "Try the endpoint",
      description: "Sends one `webhook.test`, waits for the receiver, and tells what came back.",
      response: a.webhookTest,
      errors: [40002],
    },
  ];
}

const SIGNATURE =
  "Signed as the Standard Webhooks specification says (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`): " +
  "any of its client libraries verifies it. Delivered at least once; `webhook-id` is the same for every attempt. Answer " +
  "2xx within 15 seconds; a redirect is a failure, and 410 turns the endpoint off.";

/** Adds the events as the document's `webhooks`. */
export function registerEvents(registry: OpenAPIRegistry): void {
  const event = (type: string, summary: string, schema: object, example: unknown) =>
    registry.registerWebhook({
      method: "post",
      path: type,
      operationId: type,
      tags: ["Webhooks"],
      summary,
      description: SIGNATURE,
      request: {
        body: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["type", "timestamp", "data"],
                properties: {
                  type: { type: "string", enum: [type], description: "What happened." },
                  timestamp: { type: "string", format: "date-time", description: "When it happened." },
                  data: schema,
                },
              },
              example: { type, timestamp: "2026-11-22T11:02:10.000Z", data: example },
            },
          },
        },
      },
      responses: { "2XX": { description: "Received" } },
    });
  const task = { $ref: "#/components/schemas/Task" };
  event("task.completed", "A task completed", task, TASK_EXAMPLE);
  event("task.failed", "A task failed", task, { ...TASK_EXAMPLE, taskStatus: 3, failReason: "…", results: [] });
  event("task.cancelled", "A task was cancelled", task, { ...TASK_EXAMPLE, taskStatus: 5, results: [] });
  event(
    "credits.low",
    "The balance fell below its mark",
    {
      type: "object",
      required: ["balance"],
      properties: { balance: { type: "integer", description: "Credits left." } },
    },
    { balance: 42 },
  );
}
