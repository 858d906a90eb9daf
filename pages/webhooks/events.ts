/** Events that endpoints can be sent. */
import type { Choices } from "../ui/fields.tsx";

const choices = (events: readonly string[]): Choices => events.map((event) => [event, event]);

/** Events of a tenant's endpoint. */
export const TENANT_EVENTS: Choices = choices(["task.completed", "task.failed", "task.cancelled", "credits.low"]);

/** Events of the operator's endpoint. */
export const OPERATOR_EVENTS: Choices = choices([
  "master_key.refused",
  "master_key.recovered",
  "copies.stuck",
  "copies.recovered",
  "work.overdue",
  "work.recovered",
  "storage.high",
  "storage.recovered",
  "tenant.credits_low",
  "tenant.cap",
  "tenant.webhook_disabled",
]);
