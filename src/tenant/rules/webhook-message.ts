/**
 * What one attempt sends. Bodies are made from the task's row at each attempt and not stored: an ended task does not
 * change any more, and what still may (copies under way) is kept with the event. Only signed file URLs differ: they are
 * fresh in each attempt.
 */
import type { DeliveryRow, EventType } from "../../domain/delivery.ts";
import { signWebhook } from "../../domain/standard-webhook.ts";
import type { Tenancy } from "../services.ts";
import { renderTask } from "./render.ts";

/** One signed request, ready for the Courier. */
export interface WebhookMessage {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Origins of this gateway, which the URL may not have. */
  readonly ownOrigins: readonly string[];
}

/** @returns the message, or null if there is nothing to send any more: no endpoint, or the task was deleted */
export async function composeMessage(tenancy: Tenancy, row: DeliveryRow): Promise<WebhookMessage | null> {
  const url = row.url ?? enabledUrl(tenancy);
  if (url === null) return null;
  const content = row.data === null ? await taskContent(tenancy, row) : { data: row.data, baseUrl: null };
  if (content === null) return null;
  const body = envelopeOf(row.type, row.at, content.data);
  return signedMessage(tenancy, { id: row.webhook_id, url, body, baseUrl: content.baseUrl });
}

/** The body of every webhook: Standard Webhooks 1.0.0. @param data JSON text; @param at ms since epoch */
export function envelopeOf(type: EventType, at: number, data: string): string {
  return `{"type":"${type}","timestamp":"${new Date(at).toISOString()}","data":${data}}`;
}

/** Signs a body with the secrets that count now; without an endpoint there are none, and it goes unsigned. */
export async function signedMessage(
  tenancy: Tenancy,
  { id, url, body, baseUrl }: { id: string; url: string; body: string; baseUrl: string | null },
): Promise<WebhookMessage> {
  const now = tenancy.chance.now();
  const headers = await signWebhook({
    id,
    timestampSeconds: Math.floor(now / 1_000),
    body,
    secrets: tenancy.endpoint.signingSecrets(now),
  });
  const bases = [tenancy.config.publicBaseUrl, baseUrl].filter((base) => base !== null);
  return { url, body, headers, ownOrigins: bases.map((base) => new URL(base).origin) };
}

function enabledUrl(tenancy: Tenancy): string | null {
  const endpoint = tenancy.endpoint.get();
  return endpoint && endpoint.disabledAt === null ? endpoint.url : null;
}

/** The query's `data` of the task, as it was when it ended. */
async function taskContent(tenancy: Tenancy, row: DeliveryRow): Promise<{ data: string; baseUrl: string } | null> {
  const task = tenancy.tasks.get(row.event_id);
  const tenantId = tenancy.meta.tenant()?.tenantId;
  if (!task || task.deleted_at !== null || tenantId === undefined) return null;
  const baseUrl = tenancy.config.publicBaseUrl ?? task.base_url;
  const atTheEnd = { ...task, files: row.files ?? task.files };
  return { data: await renderTask(tenantId, atTheEnd, tenancy.linker(baseUrl)), baseUrl: task.base_url };
}
