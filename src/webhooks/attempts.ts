/** One attempt of a delivery, the same for the events of tenants and of the operator: sends, and records the outcome. */
import type { CourierPort } from "../courier/port.ts";
import {
  type AttemptContext,
  afterAttempt,
  type DeliveryRow,
  isDelivered,
  isGone,
  type WebhookResponse,
} from "../domain/delivery.ts";
import { countAttempt } from "../metrics/isolate-counters.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import type { WebhookMessage } from "./signed-message.ts";

/** Sends a message. Never throws. */
export async function sendWebhook(
  courier: Pick<CourierPort, "deliver">,
  message: WebhookMessage,
): Promise<WebhookResponse> {
  try {
    return await courier.deliver(message);
  } catch {
    // The call to the Courier failed: whether it had sent anything is unknown.
    return { status: null, durationMs: 0, response: "", retryAfterMs: null, error: "the attempt broke off" };
  }
}

/** Dependencies of recording an attempt. */
export interface AttemptRecorder {
  readonly store: DeliveryStore;
  readonly endpoint: Pick<WebhookEndpoint<never>, "disable" | "attempted">;
  readonly log: (level: "warn", event: string, fields: Record<string, unknown>) => void;
}

/**
 * Writes the outcome of one attempt, inside a transaction. A finished event of no task is removed.
 *
 * @param before the delivery when the attempt began
 * @returns the delivery afterwards, whether its 410 turned the endpoint off, and whether the endpoint began or ceased to be
 *   failing; null if the delivery was removed meanwhile
 */
export function recordAttempt(
  { store, endpoint, log }: AttemptRecorder,
  before: DeliveryRow,
  response: WebhookResponse,
  context: AttemptContext,
): { readonly row: DeliveryRow; readonly turnedOff: boolean; readonly changedState: boolean } | null {
  const delivered = isDelivered(response.status);
  const changedState = before.url === null && endpoint.attempted(context.url, delivered, context.now);
  countAttempt(delivered ? "delivered" : isGone(response.status) ? "gone" : "failed");
  const known = store.get(before.event_id);
  if (!known) return null;
  const row = { ...known, ...afterAttempt(known, before, response, context) };
  const fields = { webhookId: row.webhook_id, ...(row.event_id > 0 && row.data === null && { taskId: row.event_id }) };
  const turnedOff = row.url === null && isGone(response.status) && endpoint.disable(context.url, context.now);
  if (turnedOff) log("warn", "webhook-endpoint-disabled", fields);
  if (row.due_at === null && !delivered) {
    log("warn", "webhook-given-up", { ...fields, type: row.type, status: response.status });
  }
  if (row.due_at === null && row.data !== null) store.remove(row.event_id);
  else store.update(row.event_id, { due_at: row.due_at, attempts: row.attempts, log: row.log });
  return { row, turnedOff, changedState };
}
