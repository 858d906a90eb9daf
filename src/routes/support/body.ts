/** Reads JSON bodies: bounded and lossless, with the same errors everywhere. */
import type { AppContext } from "../../context.ts";
import { apiError } from "../../errors.ts";
import { type JsonValue, parseJson } from "../../lib/json.ts";
import { discardBody, readTextBody } from "../../lib/read-body.ts";
import type { Checked } from "../../schemas/check.ts";

/** Contract section 2: JSON over 256 KiB is 413. */
const MAX_JSON_BYTES = 256 * 1024;
const FORM = /^\s*(multipart\/form-data|application\/x-www-form-urlencoded)\b/i;

/**
 * Reads the request's body as JSON. The body is parsed whatever its Content-Type, which many clients omit or set wrong.
 *
 * @param isOptional true if an empty body counts as `{}`; otherwise it is malformed
 */
export async function readJsonBody(c: AppContext, isOptional = false): Promise<Checked<JsonValue>> {
  const body = await readTextBody(c.req.raw, MAX_JSON_BYTES, discardBody);
  if (isCompressed(c)) {
    return { ok: false, error: apiError(70008, "Send the body uncompressed, without Content-Encoding") };
  }
  if (!body.ok) {
    if (body.reason === "too-large") return { ok: false, error: apiError(70006, "The body exceeds 256 KiB") };
    return { ok: false, error: apiError(30001, "The body is not UTF-8 text") };
  }
  if (isOptional && body.text.trim() === "") return { ok: true, value: {} };
  try {
    return { ok: true, value: parseJson(body.text) };
  } catch {
    const isForm = FORM.test(c.req.header("content-type") ?? "");
    if (isForm) return { ok: false, error: apiError(70008, "Send JSON: this call does not accept a form") };
    return { ok: false, error: apiError(30001, "The body is not valid JSON") };
  }
}

/** True for a body with a content coding other than identity (RFC 9110, section 8.4). */
export function isCompressed(c: AppContext): boolean {
  const codings = (c.req.header("content-encoding") ?? "").split(",").map((coding) => coding.trim().toLowerCase());
  return codings.some((coding) => coding !== "" && coding !== "identity");
}
