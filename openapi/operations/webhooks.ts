/** Operations on the tenant's webhook endpoint, and the events it receives (contract section 4, Standard Webhooks). */
import type { OpenAPIRegistry } from "@asteasolutions/zod-to-openapi";
import { ENDPOINT_EVENTS, type EndpointEvent } from "../../src/domain/delivery.ts";
import { DeliveryListParameters } from "../../src/schemas/delivery-list.ts";
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
        "The first response contains the signing `secret` (`whsec_…`), which is shown only once. Another URL keeps the secret " +
        "and turns a disabled endpoint on again.",
      body: {
        schema: PutWebhook(),
        examples: { endpoint: { summary: "An endpoint", value: { url: "https://example.com/hooks/paddock" } } },
      },
      response: a.webhookPut,
      errors: [30001, 70006],
    },
    { ...shared, id: "getWebhook", method: "get", summary: "Get the endpoint", response: a.webhook, errors: [40002] },
    {
      ...shared,
      id: "rotateWebhookSecret",
      method: "post",
      path: "/api/v1/webhook/rotate",
      summary: "Rotate the signing secret",
      description:
        "The new secret is shown only once. For 24 hours every delivery is signed with both secrets. Up to four secrets sign at the " +
        "same time; a further rotation is refused until the oldest has signed for its 24 hours.",
      response: a.webhookRotated,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "testWebhook",
      method: "post",
      path: "/api/v1/webhook/test",
      summary: "Test the endpoint",
      description: "Sends one `webhook.test`, waits for the receiver and returns its response.",
      response: a.webhookTest,
      errors: [40002],
    },
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
      id: "listAllDeliveries",
      method: "get",
      path: "/api/v1/deliveries",
      summary: "List the deliveries of all tasks",
      description:
        "Newest event first. A page may contain fewer deliveries than `limit` and still have a next one. The responses of a task's " +
        "receiver are in `GET /api/v1/tasks/{taskId}/deliveries`.",
      query: DeliveryListParameters(),
      response: a.deliveryList,
      errors: [30001],
    },
    {
      ...shared,
      id: "getDelivery",
      method: "get",
      path: "/api/v1/deliveries/{deliveryId}",
      summary: "Get one delivery",
      description: "With the body that is sent, and the responses to all attempts on record.",
      response: a.deliveryDetail,
      errors: [40002],
    },
    {
      ...shared,
      id: "redeliverFailed",
      method: "post",
      path: "/api/v1/deliveries/redeliver",
      summary: "Deliver all failed webhooks again",
      description:
        "Starts a new series of attempts for up to 500 deliveries, the oldest first; `remaining` is true if there are more.",
      response: a.redelivered,
      errors: [30001],
    },
  ];
}

const SIGNATURE =
  "Signed according to the Standard Webhooks specification (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`); " +
  "its client libraries verify the signature. Delivered at least once; `webhook-id` is the same for every attempt. Respond " +
  "with 2xx within 15 seconds; a redirect is a failure, and 410 turns the endpoint off.";

const TASK = { $ref: "#/components/schemas/Task" };
/** What the document shows of each event: the schema and an example of its `data`. */
const EVENTS: Readonly<
  Record<EndpointEvent, { readonly summary: string; readonly data: object; readonly example: object }>
> = {
  "task.completed": { summary: "A task completed", data: TASK, example: TASK_EXAMPLE },
  "task.failed": {
    summary: "A task failed",
    data: TASK,
    example: { ...TASK_EXAMPLE, taskStatus: 3, failReason: "…", results: [] },
  },
  "task.cancelled": {
    summary: "A task was cancelled",
    data: TASK,
    example: { ...TASK_EXAMPLE, taskStatus: 5, results: [] },
  },
  "credits.low": {
    summary: "The balance fell below `lowBalance`",
    data: {
      type: "object",
      required: ["balance"],
      properties: { balance: { type: "integer", description: "Balance in credits." } },
    },
    example: { balance: 42 },
  },
};

/** Adds the events as the document's `webhooks`. */
export function registerEvents(registry: OpenAPIRegistry): void {
  for (const type of ENDPOINT_EVENTS) {
    const { summary, data, example } = EVENTS[type];
    registry.registerWebhook({
      method: "post",
      path: type,
      operationId: type,
      tags: ["Webhooks"],
      summary,
      description: SIGNATURE,
      security: [],
      request: {
        body: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["type", "timestamp", "data"],
                properties: {
                  type: { type: "string", enum: [type], description: "Type of the event." },
                  timestamp: { type: "string", format: "date-time", description: "Time of the event." },
                  data,
                },
              },
              example: { type, timestamp: "2026-11-22T11:02:10.000Z", data: example },
            },
          },
        },
      },
      responses: { "2XX": { description: "Received" } },
    });
  }
}
