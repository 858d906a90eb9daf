/** One attempt to deliver a webhook over HTTP (contract section 4). Each outcome is a plain value. */
import type { WebhookResponse } from "../domain/delivery.ts";
import { checkTenantUrl, type TenantUrlRule } from "../domain/public-url.ts";
import { concatBytes } from "../lib/bytes.ts";
import { parseRetryAfter } from "../lib/retry-after.ts";

/** Time limit of one attempt: it covers the response's headers and body. */
export const WEBHOOK_TIMEOUT_MS = 15_000;
/** Most bytes of a response that are kept. */
const MAX_RESPONSE_BYTES = 1_024;

/** One delivery attempt: URL, headers and body. */
export interface WebhookRequest {
  readonly url: string;
  readonly body: string;
  /** `webhook-id`, `webhook-timestamp` and, if there is a secret, `webhook-signature`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Dependencies of a delivery attempt besides its request. */
export interface WebhookDependencies {
  /** The URL was validated when it was set; it is validated again at each use. */
  readonly rule: TenantUrlRule;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

/**
 * Sends one webhook: POST, no redirects followed, at most a KB of the response read.
 *
 * @returns the response, or the reason why there is none; does not throw. A receiver that sends headers and then
 * nothing has responded with that status.
 */
export async function deliverWebhook(
  request: WebhookRequest,
  { rule, fetch, timeoutMs }: WebhookDependencies,
): Promise<WebhookResponse> {
  const startedAt = Date.now();
  const none = { status: null, response: "", retryAfterMs: null };
  const checked = checkTenantUrl(request.url, rule);
  if (!checked.ok) return { ...none, durationMs: 0, error: `the URL ${checked.reason}` };
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await fetch(checked.url, {
      method: "POST",
      headers: { ...request.headers, "content-type": "application/json", "user-agent": "Paddock-Webhooks/1" },
      body: request.body,
      redirect: "manual",
      signal: abort.signal,
    });
    const text = await readStart(response.body);
    return {
      status: response.status,
      durationMs: Date.now() - startedAt,
      response: text,
      retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
      error: null,
    };
  } catch {
    const error = abort.signal.aborted ? "no response in time" : "connection failed";
    return { ...none, durationMs: Date.now() - startedAt, error };
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the first KB of a body as text; less if the body breaks off or the time is over. */
async function readStart(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (!body) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  try {
    while (size < MAX_RESPONSE_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      size += value.byteLength;
    }
  } catch {
    // The status has arrived, which is the outcome.
  }
  // An unread body would hold its connection.
  await reader.cancel().catch(() => {});
  return new TextDecoder().decode(concatBytes(...chunks).subarray(0, MAX_RESPONSE_BYTES));
}
