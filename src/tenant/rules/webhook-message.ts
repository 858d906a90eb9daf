/**
 * Composes the request of one delivery attempt. The body is made from the task's row at each attempt and not stored: an
 * ended task does not change, and the fields that still may (copies under way) are stored with the event. Only signed
 * file URLs differ: each attempt has new ones.
 */
import type { DeliveryRow, EventType } from "../../domain/delivery.ts";
import { signWebhook } from "../../domain/standard-webhook.ts";
import type { TenantContext } from "../context.ts";
import { linkerOf, renderTask } from "./render.ts";
import type { SentUrls } from "./sent-urls.ts";
import type { WebhookEndpoint } from "./webhook-endpoint.ts";

/** One signed request, ready for the Courier. */
export interface WebhookMessage {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Origins of this gateway; the URL must have none of them. */
  readonly ownOrigins: readonly string[];
}

/** Dependencies of composing a message. */
export type MessageParts = TenantContext & { readonly endpoint: WebhookEndpoint; readonly sentUrls: SentUrls };

/** @returns the message, or null if there is no endpoint any more or the task was deleted */
export async function composeMessage(parts: MessageParts, row: DeliveryRow): Promise<WebhookMessage | null> {
  const url = row.url ?? enabledUrl(parts);
  if (url === null) return null;
  const content = row.data === null ? await taskContent(parts, row) : { data: row.data, baseUrl: null };
  if (content === null) return null;
  const body = envelopeOf(row.type, row.at, content.data);
  return signedMessage(parts, { id: row.webhook_id, url, body, baseUrl: content.baseUrl });
}

/** The body of every webhook: Standard Webhooks 1.0.0. @param data JSON text; @param at ms since epoch */
export function envelopeOf(type: EventType, at: number, data: string): string {
  return `{"type":"${type}","timestamp":"${new Date(at).toISOString()}","data":${data}}`;
}

/** Signs a body with the present secrets. Without an endpoint there are none, and the message is unsigned. */
export async function signedMessage(
  parts: MessageParts,
  { id, url, body, baseUrl }: { id: string; url: string; body: string; baseUrl: string | null },
): Promise<WebhookMessage> {
  const now = parts.clock.now();
  const headers = await signWebhook({
    id,
    timestampSeconds: Math.floor(now / 1_000),
    body,
    secrets: parts.endpoint.signingSecrets(now),
  });
  const bases = [parts.config.publicBaseUrl, parts.meta.tenant()?.origin, baseUrl].filter((base) => base != null);
  return { url, body, headers, ownOrigins: bases.map((base) => new URL(base).origin) };
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
