/** Submissions of the OpenAI-compatible surface: through the same check and admission as those of the tenant API. */
import type { AppContext } from "../../context.ts";
import { GatewayError } from "../../errors.ts";
import { type ImageFormat, mapOpenAiRequest, type OpenAiCall } from "../../schemas/openai.ts";
import type { GenerateResult } from "../../tenant/api.ts";
import type { LargerBody } from "../support/body.ts";
import { readIdempotency } from "../support/idempotency.ts";
import { requireValid } from "../support/responses.ts";
import { checkRequest, generate, withLargeBody } from "../tasks.ts";
import { discardUploads, type OpenAiBody, readOpenAiBody } from "./body.ts";

/** Headers of every response of this surface but a file. */
export const NO_STORE = { "cache-control": "no-store" };

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
  const { native, format } = await requireValid(c, mapOpenAiRequest(call, fields, isForm), "generate");
  const request = await checkRequest(c, native, { strict: false, isLarge });
  const idempotency = await requireValid(c, await readIdempotency(c, { call, meaning }), "generate");
  return { result: await generate(c, request, { idempotency, waitMs }), format };
}
