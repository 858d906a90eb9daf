/** Reads JSON bodies: bounded and lossless, with the same errors everywhere. */
import type { AppContext } from "../../context.ts";
import { MINUTE_MS } from "../../domain/calendar.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { BodySender } from "../../files/part-memory.ts";
import { takeUploadMemory } from "../../files/upload-memory.ts";
import { type JsonValue, parseJson } from "../../lib/json.ts";
import { type BodyResult, type DisposeOf, discardBody, readTextBody } from "../../lib/read-body.ts";
import { within } from "../../lib/time-limit.ts";
import type { Checked } from "../../schemas/check.ts";

/** Contract section 2: JSON over 256 KiB is 413. */
export const MAX_JSON_BYTES = 256 * 1024;
/** The same for a request that has references as `data:` URIs; without their bytes it has at most 256 KiB. */
export const MAX_JSON_WITH_DATA_BYTES = 4 * 1024 * 1024;
const DATA_URI = /"data:/i;
const DATA_URI_LENGTH = '"data:'.length - 1;
const FORM = /^\s*(multipart\/form-data|application\/x-www-form-urlencoded)\b/i;
/** The start of JSON, which many senders label as a form: it is curl's default. */
const JSON_START = /^\s*[[{]/;

/** A body of at most so many bytes is read without further limits, as nearly all are. */
export const SMALL_BYTES = 16 * 1024;
/** Longest time in ms for a body to arrive: of up to 256 KiB, and of a larger one. */
const ARRIVAL_MS = 30_000;
const LARGE_ARRIVAL_MS = 2 * MINUTE_MS;

/** A larger limit for some bodies. */
export interface LargerBody {
  /** Limit in bytes. */
  readonly maxBytes: number;
  /** Called once for a body over 256 KiB, before it is read. @returns false if there is no memory for it */
  readonly accept: (declared: number | null) => boolean;
  /** @returns why there was no memory, once `accept` has returned false */
  readonly refusal: () => ApiError | null;
  /** @returns true once a body over 256 KiB was accepted */
  readonly isUsed: () => boolean;
}

/**
 * Reads the request's body as JSON. The body is parsed whatever its Content-Type, which many clients omit or set wrong.
 *
 * @param isOptional true if an empty body counts as `{}`; otherwise it is malformed
 * @param maxBytes limit without `larger`
 * @param fromForm reads the text of an urlencoded form, for calls that accept one
 */
export async function readJsonBody(
  c: AppContext,
  isOptional = false,
  larger: LargerBody | null = null,
  maxBytes = MAX_JSON_BYTES,
  fromForm: ((text: string) => Checked<JsonValue>) | null = null,
): Promise<Checked<JsonValue>> {
  const more = (declared: number | null) =>
    larger !== null && (declared ?? 0) <= larger.maxBytes && larger.accept(declared) ? larger.maxBytes : maxBytes;
  const data = new DataSearch();
  const body = await readText(c, { maxBytes, more, most: larger?.maxBytes ?? maxBytes, data });
  if ("code" in body) return { ok: false, error: body };
  if (isCompressed(c)) {
    return { ok: false, error: apiError(70008, "Send the body uncompressed, without Content-Encoding") };
  }
  if (!body.ok) {
    if (body.reason === "too-large") {
      // Whether a body is too large does not depend on the memory of this isolate.
      const noMemory = data.found ? (larger?.refusal() ?? null) : null;
      return { ok: false, error: noMemory ?? bodyTooLarge(larger !== null, maxBytes) };
    }
    return { ok: false, error: apiError(30001, "The body is not UTF-8 text") };
  }
  if (body.text.length > MAX_JSON_BYTES && !DATA_URI.test(body.text)) return { ok: false, error: bodyTooLarge(false) };
  if (isOptional && body.text.trim() === "") return { ok: true, value: {} };
  try {
    return { ok: true, value: parseJson(body.text) };
  } catch {
    const isForm = FORM.test(c.req.header("content-type") ?? "");
    if (isForm && fromForm !== null && !JSON_START.test(body.text)) return fromForm(body.text);
    if (isForm && fromForm === null)
      return { ok: false, error: apiError(70008, "Send JSON: this call does not accept a form") };
    return { ok: false, error: apiError(30001, "The body is not valid JSON") };
  }
}

/**
 * Reads a body as text. One that is not small takes memory of this isolate while it arrives, and has a limited time, because a
 * sender may stop in the middle.
 */
async function readText(
  c: AppContext,
  {
    maxBytes,
    more,
    most,
    data,
  }: {
    readonly maxBytes: number;
    readonly more: (declared: number | null) => number;
    /** Limit in bytes, whatever `more` returns. */
    readonly most: number;
    readonly data: DataSearch;
  },
): Promise<BodyResult | ApiError> {
  const discard: DisposeOf = (body, chunks) => discardBody(body, chunks, (chunk) => data.see(chunk));
  const read = () => readTextBody(c.req.raw, maxBytes, discard, more);
  const declared = c.req.header("content-length");
  const isSmall = declared === undefined ? c.req.raw.body === null : Number(declared) <= SMALL_BYTES;
  // One that is too large in any case is not kept.
  if (isSmall || maxBytes <= SMALL_BYTES || Number(declared ?? 0) > most) return read();
  const memory = takeUploadMemory(senderOf(c), Math.min(Number(declared ?? maxBytes), maxBytes));
  if (typeof memory === "string") return memoryError(memory);
  const limitMs = most > maxBytes ? LARGE_ARRIVAL_MS : ARRIVAL_MS;
  const late = apiError(30001, `The body did not arrive within ${limitMs / 1_000} s`, { status: 408 });
  return within<BodyResult, ApiError>(read(), limitMs, late).finally(memory.release);
}

/** Looks for a `data:` reference in a body that is discarded. */
class DataSearch {
  found = false;
  readonly #decoder = new TextDecoder();
  #end = "";

  see(chunk: Uint8Array): void {
    if (this.found) return;
    const text = this.#end + this.#decoder.decode(chunk);
    this.found = DATA_URI.test(text);
    this.#end = text.slice(-DATA_URI_LENGTH);
  }
}

/** Returns who sends the request's body, for the limits of memory. */
export function senderOf(c: AppContext): BodySender {
  const caller = c.get("caller");
  const claims = caller?.kind === "token" ? caller.claims : null;
  return { tenantId: c.get("tenantId") ?? "", endUser: claims && (claims.endUser ?? claims.tokenId) };
}

/** Returns the error for JSON over its limit. @param mayHaveData true where `data:` references raise the limit */
function bodyTooLarge(mayHaveData: boolean, maxBytes = MAX_JSON_BYTES): ApiError {
  const limit = `${maxBytes / 1_024} KiB${mayHaveData ? ", or 4 MiB with data: references" : ""}`;
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
