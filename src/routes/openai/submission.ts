/** Submissions of the OpenAI-compatible surface: through the same check and admission as those of the tenant API. */
import type { AppContext } from "../../context.ts";
import { fingerprint, readIdempotencyKey } from "../../domain/idempotency.ts";
import { apiError, GatewayError } from "../../errors.ts";
import { type ImageFormat, mapOpenAiRequest, type OpenAiCall } from "../../schemas/openai.ts";
import type { GenerateResult } from "../../tenant/api.ts";
import type { LargerBody } from "../support/body.ts";
import { checkRequest, generate, rejectAfterCheck, withLargeBody } from "../tasks.ts";
import { discardUploads, type OpenAiBody, readOpenAiBody } from "./body.ts";

/** An accepted submission, and how its response is given. */
export interface Submitted {
  readonly result: GenerateResult;
  readonly format: ImageFormat;
}

/**
 * Submits the request's body. The idempotency key is bound to the fields and the bytes of files.
 *
 * @param waitMs total time that the caller waits; null: as long as SUBMIT_TIMEOUT_MS
 * @throws GatewayError why nothing was accepted; its uploads are deleted then
 */
export async function submitOpenAi(c: AppContext, call: OpenAiCall, waitMs: number | null): Promise<Submitted> {
  return withLargeBody(c, (larger) => submitBody(c, call, larger, waitMs));
}

async function submitBody(
  c: AppContext,
  call: OpenAiCall,
  larger: LargerBody,
  waitMs: number | null,
): Promise<Submitted> {
  const body = await readOpenAiBody(c, larger);
  try {
    const submitted = await submit(c, call, body, { waitMs, isLarge: larger.isUsed() });
    // The first request's uploads are the task's references.
    if (submitted.result.replayed) {
      c.header("idempotent-replayed", "true");
      await discardUploads(c, body.uploads);
    }
    return submitted;
  } catch (error) {
    if (error instanceof GatewayError) await discardUploads(c, body.uploads);
    throw error;
  }
}

async function submit(
  c: AppContext,
  call: OpenAiCall,
  { fields, meaning, isForm }: OpenAiBody,
  { waitMs, isLarge }: { readonly waitMs: number | null; readonly isLarge: boolean },
): Promise<Submitted> {
  const mapped = mapOpenAiRequest(call, fields, isForm);
  if (!mapped.ok) return rejectAfterCheck(c, mapped.error, "generate");
  const { native, format } = mapped.value;
  const request = await checkRequest(c, native, { strict: false, isLarge });
  const key = readIdempotencyKey(c.req.header("x-idempotency-key"), c.req.header("idempotency-key"));
  if (!key.ok) {
    return rejectAfterCheck(c, apiError(30001, key.reason, { openAi: { code: "idempotency_error" } }), "generate");
  }
  const idempotency = key.key === null ? null : { key: key.key, fingerprint: await fingerprint({ call, meaning }) };
  return { result: await generate(c, request, { idempotency, waitMs }), format };
}
