/** JSON bodies: bounded, lossless, and malformed ones refused by the same words everywhere. */
import type { AppContext } from "../../context.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { type JsonValue, parseJson } from "../../lib/json.ts";
import { readTextBody } from "../../lib/read-body.ts";

/** Contract section 2: JSON over 256 KiB is 413. */
const MAX_JSON_BYTES = 256 * 1024;

export type JsonBody =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly error: ApiError };

/** Reads the request's body as JSON; an empty body is malformed. */
export async function readJsonBody(c: AppContext): Promise<JsonBody> {
  const body = await readTextBody(c.req.raw, MAX_JSON_BYTES);
  if (!body.ok) {
    if (body.reason === "too-large") return { ok: false, error: apiError(70006, "The body is over 256 KiB") };
    return { ok: false, error: apiError(30001, "The body is not UTF-8 text") };
  }
  try {
    return { ok: true, value: parseJson(body.text) };
  } catch {
    return { ok: false, error: apiError(30001, "The body is not valid JSON") };
  }
}
