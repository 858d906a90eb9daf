/** Operator API: a tenant's webhook endpoint and deliveries. */
import type { AppContext, AppRoutes } from "../context.ts";
import { parseTaskId } from "../domain/task-id.ts";
import { DeliveryListParameters, deliveryListQuery } from "../schemas/delivery-list.ts";
import { NoFields } from "../schemas/fields.ts";
import { actorOf, found, namedTenant, readBody, readParameters } from "./operator.ts";
import { respond } from "./support/responses.ts";

/** Adds the operator's routes of a tenant's webhook endpoint and deliveries. */
export function addTenantWebhookRoutes(routes: AppRoutes): void {
  routes.get("/tenants/:tenantId/webhook", async (c) => respondFound(c, await namedTenant(c).tenant.operatorWebhook()));
  routes.get("/tenants/:tenantId/deliveries", async (c) => {
    const query = deliveryListQuery(readParameters(c, DeliveryListParameters()));
    return respondFound(c, await namedTenant(c).tenant.operatorDeliveries(query));
  });
  routes.get("/tenants/:tenantId/deliveries/:deliveryId", async (c) =>
    respondFound(c, await namedTenant(c).tenant.operatorDelivery(c.req.param("deliveryId") ?? "")),
  );
  routes.post("/tenants/:tenantId/deliveries/redeliver", async (c) => {
    const { tenant } = namedTenant(c);
    await readBody(c, NoFields(), true);
    return respondFound(c, await tenant.operatorRedeliverFailed(actorOf(c)));
  });
  routes.post("/tenants/:tenantId/tasks/:taskId/deliveries/redeliver", async (c) => {
    const { tenant } = namedTenant(c);
    await readBody(c, NoFields(), true);
    const taskId = parseTaskId(c.req.param("taskId") ?? "");
    return respondFound(c, await tenant.operatorRedeliver(taskId, actorOf(c)));
  });
}

/** @throws GatewayError for an error, and 404 if there is no such tenant */
function respondFound(c: AppContext, result: object | null): Response {
  return respond(c, found(result, "Tenant"));
}
