/** Operations of the operator on tenants' webhook endpoints and deliveries (contract section 6). */
import { DeliveryListParameters } from "../../src/schemas/delivery-list.ts";
import type { Operation } from "../operation.ts";
import type { Responses } from "../responses/all.ts";

/** Returns the operator's operations on a tenant's webhook endpoint and deliveries. */
export function tenantWebhookOperations(a: Responses): Operation[] {
  const shared = { tag: "Operator: tenants", audience: "operator" } as const;
  const path = "/admin/v1/tenants/{tenantId}";
  return [
    {
      ...shared,
      id: "getTenantWebhook",
      method: "get",
      path: `${path}/webhook`,
      summary: "Get a tenant's webhook endpoint",
      response: a.webhook,
      errors: [40002],
    },
    {
      ...shared,
      id: "listTenantDeliveries",
      method: "get",
      path: `${path}/deliveries`,
      summary: "List a tenant's deliveries",
      description: "Newest event first. A page may contain fewer deliveries than `limit` and still have a next one.",
      query: DeliveryListParameters(),
      response: a.deliveryList,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "getTenantDelivery",
      method: "get",
      path: `${path}/deliveries/{deliveryId}`,
      summary: "Get one delivery of a tenant",
      description: "With the body that is sent, and the responses to all attempts on record.",
      response: a.deliveryDetail,
      errors: [40002],
    },
    {
      ...shared,
      id: "redeliverFailedForTenant",
      method: "post",
      path: `${path}/deliveries/redeliver`,
      summary: "Deliver all failed webhooks of a tenant again",
      description:
        "Starts a new series of attempts for up to 500 deliveries, the oldest first; `remaining` is true if there are more.",
      response: a.redelivered,
      errors: [30001, 40002],
    },
    {
      ...shared,
      id: "redeliverForTenant",
      method: "post",
      path: `${path}/tasks/{taskId}/deliveries/redeliver`,
      summary: "Deliver the webhook of a tenant's task again",
      description: "Starts a new series of attempts under the same `webhook-id`.",
      response: a.deliveries,
      errors: [30001, 40002, 70005],
    },
  ];
}
