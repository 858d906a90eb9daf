/** The idempotency key of a request, in either of the headers that have one. */
import type { AppContext } from "../../context.ts";
import { fingerprint, readIdempotencyKey } from "../../domain/idempotency.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import type { Checked } from "../../schemas/check.ts";
import type { GenerateJob } from "../../tenant/api.ts";

/** @returns the key with the fingerprint of what the request means; null without a key; or what is wrong with it */
export async function readIdempotency(c: AppContext, meaning: JsonValue): Promise<Checked<GenerateJob["idempotency"]>> {
  const read = readIdempotencyKey(c.req.header("x-idempotency-key"), c.req.header("idempotency-key"));
  if (!read.ok) {
    const openAi = { code: "idempotency_error" };
    return { ok: false, error: apiError(30001, `Idempotency key: ${read.reason}`, { openAi }) };
  }
  const { key } = read;
  return { ok: true, value: key === null ? null : { key, fingerprint: await fingerprint(meaning) } };
}

/** Returns whether a client may repeat a request of unknown outcome: a submission only with an idempotency key. */
export function openAiRetry(c: AppContext): NonNullable<ApiError["openAi"]> {
  const hasKey = c.req.header("idempotency-key") !== undefined || c.req.header("x-idempotency-key") !== undefined;
  return c.req.method === "POST" && !hasKey ? { retry: false } : {};
}
