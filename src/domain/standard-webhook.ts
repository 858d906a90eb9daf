/** Webhook signatures and the pace of attempts: Standard Webhooks 1.0.0 (https://www.standardwebhooks.com). */
import { decodeBase64, encodeBase64, utf8 } from "../lib/bytes.ts";

/** Every webhook secret begins with this. */
const WEBHOOK_SECRET_PREFIX = "whsec_";
/** Random bytes of a webhook secret. */
const WEBHOOK_SECRET_BYTES = 32;

const JITTER = 0.1;
const MAX_RETRY_AFTER_SECONDS = 24 * 60 * 60;

/** A new endpoint secret. @throws RangeError unless 32 random bytes are given. */
export function newWebhookSecret(random32: Uint8Array): string {
  if (random32.length !== WEBHOOK_SECRET_BYTES) throw new RangeError("a webhook secret is made of 32 random bytes");
  return WEBHOOK_SECRET_PREFIX + encodeBase64(random32);
}

/**
 * The headers of one attempt. With several secrets (rotation) the signatures are listed one after another and a receiver
 * accepts any; with none the request is unsigned.
 *
 * @param id the same for all attempts of one event; no "."
 * @param timestampSeconds of this attempt
 * @param body exactly what is sent
 * @param secrets `whsec_…`
 * @throws RangeError for a malformed secret, or an id with a "."
 */
export async function signWebhook({
  id,
  timestampSeconds,
  body,
  secrets,
}: {
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string;
  readonly secrets: readonly string[];
}): Promise<Record<string, string>> {
  // Receivers split the signed text at dots; an id with one could shift the border.
  if (id === "" || id.includes(".")) throw new RangeError("a webhook id has no dot");
  const signed = utf8(`${id}.${timestampSeconds}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => signature(secret, signed)));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    ...(signatures.length > 0 && { "webhook-signature": signatures.join(" ") }),
  };
}

async function signature(secret: string, signed: Uint8Array<ArrayBuffer>): Promise<string> {
  const raw = secret.startsWith(WEBHOOK_SECRET_PREFIX)
    ? decodeBase64(secret.slice(WEBHOOK_SECRET_PREFIX.length))
    : null;
  if (raw === null || raw.length === 0) throw new RangeError("a webhook secret is whsec_ and base64");
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `v1,${encodeBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signed)))}`;
}

/**
 * Milliseconds until the next attempt, or null when there is none left. Jitter only lengthens, by up to 10 %.
 *
 * @param retrySeconds waits between attempts (`WEBHOOK_RETRY_SECONDS`)
 * @param attempt attempts made so far, 1 after the first has failed
 * @param random from 0 to 1
 * @param retryAfterSeconds the receiver's `Retry-After`: a lower bound, honoured up to 24 h
 */
export function nextAttemptDelay(
  retrySeconds: readonly number[],
  attempt: number,
  random: number,
  retryAfterSeconds = 0,
): number | null {
  const wait = retrySeconds[attempt - 1];
  if (wait === undefined) return null;
  const seconds = Math.max(wait, Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS));
  return Math.round(seconds * 1000 * (1 + JITTER * random));
}
