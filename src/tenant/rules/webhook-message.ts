/**
 * Composes the request of one delivery attempt. The body is made from the task's row at each attempt and not stored: an
 * ended task does not change, and the fields that still may (copies under way) are stored with the event. Only signed
 * file URLs differ: each attempt has new ones.
 */
import type { DeliveryRow } from "../../domain/delivery.ts";
import type { WebhookEndpoint } from "../../webhooks/endpoint.ts";
import { envelopeOf, signedMessage, type WebhookMessage } from "../../webhooks/signed-message.ts";
import type { TenantContext } from "../context.ts";
import { linkerOf, renderTask } from "./render.ts";
import type { SentUrls } from "./sent-urls.ts";

/** Dependencies of composing a message. */
export type MessageParts = TenantContext & { readonly endpoint: WebhookEndpoint; readonly sentUrls: SentUrls };

/** @returns the message, or null if there is no endpoint any more or the task was deleted */
export async function composeMessage(parts: MessageParts, row: DeliveryRow): Promise<WebhookMessage | null> {
  const url = row.url ?? enabledUrl(parts);
  if (url === null) return null;
  const content = row.data === null ? await taskContent(parts, row) : { data: row.data, baseUrl: null };
  if (content === null) return null;
  const body = envelopeOf(row.type, row.at, content.data);
  return signedByTenant(parts, { id: row.webhook_id, url, body, baseUrl: content.baseUrl });
}

/** Signs a body with the tenant's present secrets. Without an endpoint there are none, and the message is unsigned. */
export function signedByTenant(
  parts: MessageParts,
  { id, url, body, baseUrl }: { id: string; url: string; body: string; baseUrl: string | null },
): Promise<WebhookMessage> {
  const now = parts.clock.now();
  const secrets = parts.endpoint.signingSecrets(now);
  const ownUrls = [parts.config.publicBaseUrl, parts.meta.tenant()?.origin, baseUrl];
  return signedMessage({ id, url, body, secrets, ownUrls }, now);
}

function enabledUrl(parts: MessageParts): string | null {
  const endpoint = parts.endpoint.get();
  return endpoint && endpoint.disabledAt === null ? endpoint.url : null;
}

/** Returns the query's `data` of the task as it was when the task ended. */
async function taskContent(parts: MessageParts, row: DeliveryRow): Promise<{ data: string; baseUrl: string } | null> {
  const task = parts.tasks.get(row.event_id);
  const tenantId = parts.meta.tenant()?.tenantId;
  if (!task || task.deleted_at !== null || tenantId === undefined) return null;
  // For a tenant of release 0.1, before the operator's first call after the upgrade, only the origin of the submission
  // is known.
  const baseUrl = (await parts.sentUrls.base()) ?? task.base_url;
  const atTheEnd = { ...task, files: row.files ?? task.files };
  return { data: await renderTask(tenantId, atTheEnd, linkerOf(parts, baseUrl)), baseUrl };
}
