/** The query of a list of deliveries: one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { DELIVERY_STATES } from "../domain/delivery.ts";
import { once } from "../lib/once.ts";
import type { DeliveryListQuery } from "../tenant/api.ts";
import { idCursor } from "./cursors.ts";
import { limit } from "./task-list.ts";

/** Parameters of the list of deliveries. */
export const DeliveryListParameters = once(() =>
  z.strictObject({
    state: z
      .optional(z.enum(DELIVERY_STATES, "must be pending, delivered or failed"))
      .check(z.describe("Only deliveries in this state.")),
    limit: limit(),
    cursor: z.optional(idCursor()),
  }),
);

/** Returns checked parameters as a query of the tenant's object. */
export function deliveryListQuery(given: z.output<ReturnType<typeof DeliveryListParameters>>): DeliveryListQuery {
  return { state: given.state ?? null, limit: given.limit, before: given.cursor ?? null };
}
