/** The signed request of one delivery attempt. */
import { signWebhook } from "../domain/standard-webhook.ts";
import { isoTime } from "../lib/iso-time.ts";

/** One signed request, ready for the Courier. */
export interface WebhookMessage {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Origins of this gateway; the URL must have none of them. */
  readonly ownOrigins: readonly string[];
}

/** Parts of a message. */
export interface MessageContent {
  /** The same for all attempts of one event. */
  readonly id: string;
  readonly url: string;
  readonly body: string;
  /** `whsec_…`; the message is unsigned without any. */
  readonly secrets: readonly string[];
  /** Starts of this gateway's URLs; null and undefined are left out. */
  readonly ownUrls: readonly (string | null | undefined)[];
}

/** The body of every webhook: Standard Webhooks 1.0.0. @param data JSON text; @param at ms since epoch */
export function envelopeOf(type: string, at: number, data: string): string {
  return `{"type":"${type}","timestamp":"${isoTime(at)}","data":${data}}`;
}

/** Returns the body of a `webhook.test`. @param at ms since epoch */
export function testBody(at: number): string {
  return envelopeOf("webhook.test", at, '{"message":"This is a test of your webhook endpoint."}');
}

/** Signs a body. @param now ms since epoch */
export async function signedMessage(
  { id, url, body, secrets, ownUrls }: MessageContent,
  now: number,
): Promise<WebhookMessage> {
  const headers = await signWebhook({ id, timestampSeconds: Math.floor(now / 1_000), body, secrets });
  return { url, body, headers, ownOrigins: ownUrls.filter((own) => own != null).map((own) => new URL(own).origin) };
}
