/** Reads JSON bodies: bounded and lossless, with the same errors everywhere. */
import type { AppContext } from "../../context.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { type JsonValue, parseJson } from "../../lib/json.ts";
import { discardBody, readTextBody } from "../../lib/read-body.ts";
import type { Checked } from "../../schemas/check.ts";

/** Contract section 2: JSON over 256 KiB is 413. */
export const MAX_JSON_BYTES = 256 * 1024;
/** The same for a request that has references as `data:` URIs; without their bytes it has at most 256 KiB. */
export const MAX_JSON_WITH_DATA_BYTES = 4 * 1024 * 1024;
const DATA_URI = /"data:/i;
const FORM = /^\s*(multipart\/form-data|application\/x-www-form-urlencoded)\b/i;

/** A larger limit for some bodies. */
export interface LargerBody {
  /** Limit in bytes. */
  readonly maxBytes: number;
  /** Called once for a body over 256 KiB, before it is read. @returns false to refuse it */
  readonly accept: (declared: number | null) => boolean;
  /** @returns true once a body over 256 KiB was accepted */
  readonly isUsed: () => boolean;
}

/**
 * Reads the request's body as JSON. The body is parsed whatever its Content-Type, which many clients omit or set wrong.
 *
 * @param isOptional true if an empty body counts as `{}`; otherwise it is malformed
 */
export async function readJsonBody(
  c: AppContext,
  isOptional = false,
  larger: LargerBody | null = null,
): Promise<Checked<JsonValue>> {
  const more = (declared: number | null) =>
    larger !== null && (declared ?? 0) <= larger.maxBytes && larger.accept(declared) ? larger.maxBytes : MAX_JSON_BYTES;
  const body = await readTextBody(c.req.raw, MAX_JSON_BYTES, discardBody, more);
  if (isCompressed(c)) {
    return { ok: false, error: apiError(70008, "Send the body uncompressed, without Content-Encoding") };
  }
  if (!body.ok) {
    if (body.reason === "too-large") return { ok: false, error: bodyTooLarge(larger !== null) };
    return { ok: false, error: apiError(30001, "The body is not UTF-8 text") };
  }
  if (body.text.length > MAX_JSON_BYTES && !DATA_URI.test(body.text)) return { ok: false, error: bodyTooLarge(false) };
  if (isOptional && body.text.trim() === "") return { ok: true, value: {} };
  try {
    return { ok: true, value: parseJson(body.text) };
  } catch {
    const isForm = FORM.test(c.req.header("content-type") ?? "");
    if (isForm) return { ok: false, error: apiError(70008, "Send JSON: this call does not accept a form") };
    return { ok: false, error: apiError(30001, "The body is not valid JSON") };
  }
}

/** Returns the error for JSON over its limit. @param mayHaveData true where `data:` references raise the limit */
export function bodyTooLarge(mayHaveData: boolean): ApiError {
  const limit = mayHaveData ? "256 KiB, or 4 MiB with data: references" : "256 KiB";
  return apiError(70006, `The body exceeds ${limit}`);
}

/** True for a body with a content coding other than identity (RFC 9110, section 8.4). */
export function isCompressed(c: AppContext): boolean {
  const codings = (c.req.header("content-encoding") ?? "").split(",").map((coding) => coding.trim().toLowerCase());
  return codings.some((coding) => coding !== "" && coding !== "identity");
}

/** Returns the error for an upload without memory: the tenant has taken its part, or the isolate has none left. */
export function memoryError(usedUpBy: "tenant" | "isolate"): ApiError {
  if (usedUpBy === "isolate") return apiError(10001, undefined, { retryAfterSeconds: 5 });
  return apiError(70002, "Too many uploads at once", { retryAfterSeconds: 5 });
}
