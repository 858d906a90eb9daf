/** Operations on the operator's webhook endpoint, and the events it receives (contract sections 6 and 9). */
import { PutOperatorWebhook } from "../../src/schemas/webhook.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

/** Returns the operations on the operator's webhook endpoint. */
export function operatorWebhookOperations(a: Responses): Operation[] {
  const shared = { path: "/admin/v1/webhook", tag: "Operator: insight", audience: "operator" } as const;
  return [
    {
      ...shared,
      id: "putOperatorWebhook",
      method: "put",
      summary: "Set the operator's endpoint",
      description:
        "Receives events about the whole deployment. Each incident is sent once when it begins and once when it is over: " +
        "`master_key.refused` and `master_key.recovered`; `copies.stuck` and `copies.recovered` (a file has waited more than 15 " +
        "minutes for its copy); `work.overdue` and `work.recovered` (work is due for more than 5 minutes, or a tenant's storage " +
        "does not respond); `storage.high` and `storage.recovered` (80 % of `TENANT_STORAGE_MB`). Once per crossing: " +
        "`tenant.credits_low`, `tenant.cap` (80 and 100 % of the tenant's month), `tenant.webhook_disabled`. Signatures, retries, " +
        "410 and `Retry-After` are as for tenants' webhooks. The first response contains the signing `secret`. With " +
        "`format: slack` the body is `{text}`, as incoming webhooks of Slack and compatible services expect.",
      body: {
        schema: PutOperatorWebhook(),
        examples: {
          standard: { summary: "All events", value: { url: "https://example.com/hooks/on-call" } },
          slack: {
            summary: "A chat channel",
            value: {
              url: "https://hooks.slack.com/services/T000/B000/XXXX",
              format: "slack",
              events: ["master_key.refused", "work.overdue"],
            },
          },
        },
      },
      response: a.operatorWebhookPut,
      errors: [30001, 70006],
    },
    {
      ...shared,
      id: "getOperatorWebhook",
      method: "get",
      summary: "Get the operator's endpoint",
      response: a.operatorWebhook,
      errors: [40002],
    },
    {
      ...shared,
      id: "rotateOperatorWebhookSecret",
      method: "post",
      path: "/admin/v1/webhook/rotate",
      summary: "Rotate the operator's signing secret",
      description:
        "The new secret is shown only once. For 24 hours every delivery is signed with both secrets. Up to four secrets sign at the " +
        "same time; a further rotation is refused until the oldest has signed for its 24 hours.",
      response: a.operatorWebhookRotated,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "testOperatorWebhook",
      method: "post",
      path: "/admin/v1/webhook/test",
      summary: "Test the operator's endpoint",
      description: "Sends one `webhook.test`, waits for the receiver and returns its response.",
      response: a.webhookTest,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "deleteOperatorWebhook",
      method: "delete",
      summary: "Remove the operator's endpoint, its secret and what waits for it",
      response: a.webhookDeleted,
      errors: [40002],
    },
  ];
}
