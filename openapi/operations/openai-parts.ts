/** What the operations of the OpenAI-compatible surface share (contract section 8): their errors in place of the envelope, and fields. */
import * as z from "zod";
import type { RawResponse } from "../operation.ts";

const ErrorBody = () =>
  z
    .object({
      error: z
        .object({
          message: z.string().describe("What is wrong, and what is accepted."),
          type: z
            .string()
            .describe("`invalid_request_error`, `rate_limit_error`, `insufficient_quota` or `server_error`."),
          code: z.string().describe("The error: see the statuses of each operation."),
          param: z.string().nullable().describe("The wrong field, under OpenAI's name; null if it is none."),
        })
        .describe("The error."),
    })
    .meta({ id: "OpenAiError" });

/** Fields of every submission. */
export const common = () => ({
  prompt: z.string().describe("What to generate."),
  seed: z.int().optional().describe("Random seed; a field of the gateway."),
  metadata: z.record(z.string(), z.string()).optional().describe("String pairs of your own; a field of the gateway."),
});
/** An image to start from, in JSON. */
export const reference = () =>
  z.union([
    z.string().describe("A URL, a `data:` URI or a `fileId`."),
    z.object({ image_url: z.string().describe("A URL or a `data:` URI.") }),
    z.object({ file_id: z.string().describe("The `fileId` of an upload.") }),
  ]);
/** The same in a form. */
export const file = () => z.any().meta({ type: "string", format: "binary", description: "An image of up to 30 MiB." });

/** The prompt of all examples. */
export const PROMPT = "a cute orange cat sitting on a windowsill";
/** A body of JSON. */
export const json = (schema: z.ZodType, example: unknown) => ({ "application/json": { schema, example } });
/** A body of JSON or of a form. */
export const forms = (schema: z.ZodType, example: object, form: z.ZodType, formExample: object) => ({
  "application/json": { schema, example },
  "multipart/form-data": { schema: form, example: formExample },
});

/** Errors by status: the codes and their meaning. */
const ERRORS: Readonly<Record<number, string>> = {
  400: "`invalid_request`, `invalid_size`: `param` names the field",
  401: "`invalid_api_key`",
  402: "`insufficient_quota`: the tenant's credits do not cover it",
  403: "`permission_denied`",
  404: "`not_found`, `model_not_found`",
  409: "`conflict`: the video is not finished",
  413: "`invalid_request`: the body is too large",
  422: "`generation_failed`, `moderation_blocked`, `idempotency_error`",
  429: "`rate_limit_exceeded`",
  503: "`server_busy`",
  504: "`timeout`: the task goes on, and the message contains its id",
};
const ALWAYS = [401, 403, 429, 503];
/** Statuses of a submission. */
export const SUBMISSION = [400, 402, 404, 413, 422];

/** Returns the errors of an operation: those that all have, and these. */
export function errors(...statuses: number[]): RawResponse[] {
  return [...ALWAYS, ...statuses]
    .sort((a, b) => a - b)
    .map((status) => ({
      status,
      description: ERRORS[status] ?? "",
      content: { "application/json": { schema: ErrorBody() } },
      headers: status === 429 || status === 503 ? ["Retry-After"] : [],
    }));
}

/** What all submissions say of idempotency keys. */
export const IDEMPOTENCY =
  'The `openai` package sends an idempotency key only with `Object.assign(client, { idempotencyHeader: "Idempotency-Key" })`; the key is bound to the ' +
  "fields and the bytes of files. `x-should-retry: false` marks errors after which a repetition would make a second task.";

/** What all operations have. */
export const BASE = { tag: "OpenAI-compatible", ownErrors: true } as const;
