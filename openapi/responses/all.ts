/**
 * Shapes of the responses, as zod: the `data` of each envelope. The Worker imports only their types; routes write
 * responses by hand, for speed, and tests compare live responses with these schemas.
 */
import { once } from "../../src/lib/once.ts";
import { accountResponses } from "./account.ts";
import { brandingResponses } from "./branding.ts";
import { endUsersResponses } from "./end-users.ts";
import { errorResponse } from "./error.ts";
import { filesResponses } from "./files.ts";
import { insightResponses } from "./insight.ts";
import { keysResponses } from "./keys.ts";
import { ledgerResponses } from "./ledger.ts";
import { operatorsResponses } from "./operators.ts";
import { overviewResponses } from "./overview.ts";
import { responseParts } from "./parts.ts";
import { tasksResponses } from "./tasks.ts";
import { tenantsResponses } from "./tenants.ts";
import { webhookResponses } from "./webhooks.ts";

function build() {
  const parts = responseParts();
  const tasks = tasksResponses(parts);
  const webhooks = webhookResponses(parts);
  return {
    error: errorResponse(),
    ...tasks,
    ...filesResponses(parts),
    ...endUsersResponses(parts),
    ...accountResponses(parts),
    ...webhooks,
    ...tenantsResponses(parts),
    ...keysResponses(parts),
    ...ledgerResponses(parts, tasks.task, webhooks.deliveries.shape.attempts),
    ...overviewResponses(parts),
    ...operatorsResponses(parts),
    ...brandingResponses(),
    ...insightResponses(parts),
  };
}

/** One zod schema for the `data` of each kind of response. */
export type Responses = ReturnType<typeof build>;

/** @returns the schemas, built once */
export const responses = once(build);
