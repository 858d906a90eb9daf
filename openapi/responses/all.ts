/**
 * Shapes of the responses, as zod: the `data` of each envelope. The Worker imports only their types; routes write
 * responses by hand, for speed, and tests compare live responses with these schemas.
 */
import { once } from "../../src/lib/once.ts";
import { brandingResponses } from "./branding.ts";
import { insightResponses } from "./insight.ts";
import { operatorResponses } from "./operator.ts";
import { operatorsResponses } from "./operators.ts";
import { responseParts } from "./parts.ts";
import { tenantResponses } from "./tenant.ts";
import { webhookResponses } from "./webhooks.ts";

function build() {
  const parts = responseParts();
  const tenant = tenantResponses(parts);
  const webhooks = webhookResponses(parts);
  return {
    ...tenant,
    ...webhooks,
    ...operatorResponses(parts, tenant.task, webhooks.deliveries.shape.attempts),
    ...operatorsResponses(parts),
    ...brandingResponses(),
    ...insightResponses(parts),
  };
}

/** One zod schema for the `data` of each kind of response. */
export type Responses = ReturnType<typeof build>;

/** @returns the schemas, built once */
export const responses = once(build);
