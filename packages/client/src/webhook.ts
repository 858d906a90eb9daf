/** Verifies webhooks (Standard Webhooks 1.0.0, https://www.standardwebhooks.com) with WebCrypto. */
import { WebhookVerificationError } from "./errors.ts";
import { parseJson } from "./json.ts";
import type { Task } from "./schema.ts";

/** Content of a webhook. */
export type WebhookEvent =
  | { type: "task.completed" | "task.failed" | "task.cancelled"; timestamp: string; data: Task }
  | { type: "credits.low"; timestamp: string; data: { balance: number } }
  | { type: "webhook.test"; timestamp: string; data: Record<string, unknown> };

/** Headers of the request: `Headers`, or an object such as Node's `request.headers`. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How strictly a webhook's time is checked. */
export interface VerifyOptions {
  /** Largest difference between the sender's clock and yours, in seconds; default 300. */
  toleranceSeconds?: number | undefined;
  /** Current time in ms since epoch; default: the clock. */
  now?: number | undefined;
}

const DEFAULT_TOLERANCE_SECONDS = 300;

/**
 * Verifies a webhook and returns its content.
 *
 * @param body the bytes or the text of the request, unchanged
 * @param secret the endpoint's secret (`whsec_…`), or several during a rotation
 * @throws WebhookVerificationError if the signature does not match the secret, or the webhook is too old
 */
export async function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, now = Date.now() }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const id = header(headers, "webhook-id");
  const timestamp = header(headers, "webhook-timestamp");
  const listed = header(headers, "webhook-signature");
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError("webhook-timestamp is not a number of seconds");
  const ageSeconds = now / 1_000 - Number(timestamp);
  if (Math.abs(ageSeconds) > toleranceSeconds) {
    throw new WebhookVerificationError(`the webhook is from ${ageSeconds > 0 ? "too long ago" : "the future"}`);
  }
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const raw = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
  const signed = join(new TextEncoder().encode(`${id}.${timestamp}.`), raw);
  const signatures = listed.split(" ").flatMap((entry) => {
    const bytes = entry.startsWith("v1,") ? decodeBase64(entry.slice(3)) : null;
    return bytes ? [bytes] : [];
  });
  for (const key of await Promise.all(secretsOf(secret).map(importSecret))) {
    for (const signature of signatures) {
      // Compares in constant time.
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return parseJson(text) as WebhookEvent;
    }
  }
  throw new WebhookVerificationError("no signature matches");
}

function secretsOf(secret: string | readonly string[]): readonly string[] {
  return typeof secret === "string" ? [secret] : secret;
}

function importSecret(secret: string): Promise<CryptoKey> {
  const bytes = decodeBase64(secret.replace(/^whsec_/, ""));
  if (!bytes || bytes.length === 0) throw new TypeError("a webhook secret is whsec_ followed by base64");
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

function header(headers: WebhookHeaders, name: string): string {
  let value: string | readonly string[] | null | undefined;
  if (typeof (headers as Headers).get === "function") value = (headers as Headers).get(name);
  else {
    const given = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
    value = given?.[1] as string | readonly string[] | undefined;
  }
  const text = typeof value === "string" ? value : value?.[0];
  if (!text) throw new WebhookVerificationError(`${name} is missing`);
  return text;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
