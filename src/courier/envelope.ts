/**
 * Reads the upstream's envelope `{code, msg, ok, data}` defensively: the body may be HTML, cut, or of the wrong types.
 * Money depends on what each code proves about a submission, so this is the only place that decides it (docs/design.md,
 * rule 2).
 */
import { MAX_REASON_CHARACTERS } from "../domain/task.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson, safeInteger } from "../lib/json.ts";
import { withoutTaskNames } from "./task-names.ts";

/** The meaning of an upstream response. */
export type Verdict =
  /** Code 0; `data` is not checked yet. */
  | { readonly kind: "success"; readonly data: JsonValue }
  /** A definite error; proves that nothing was accepted. */
  | { readonly kind: "refused"; readonly code: number; readonly msg: string }
  /** The reseller's own account was refused; proves that nothing was accepted under this master key. */
  | { readonly kind: "key-refused"; readonly code: number }
  /**
   * Proves nothing: try again later under the same idempotency key. `forbidden`: a 401 or 403 without an upstream code,
   * such as a firewall's page, which may concern this one request only.
   */
  | { readonly kind: "unknown"; readonly detail: string; readonly busy: boolean; readonly forbidden?: true };

/** Wrong master key, or its account has no credits: never the tenant's fault (contract section 2). */
const ACCOUNT_CODES = new Set([20001, 20002, 20008, 60001]);
/** System busy, lock not acquired, billing lock busy. */
const BUSY_CODES = new Set([10001, 10006, 60002]);
/** Codes that the upstream documents as definite errors, under any HTTP status. */
const ERROR_CODES = new Set([
  20003, 30001, 40002, 40003, 50001, 50002, 50003, 50006, 50007, 50008, 50009, 50010, 50011, 50014, 50015,
]);

/**
 * Reads one upstream response.
 *
 * @param status HTTP status
 * @param body the whole body, or null if it could not be read (too large, cut, not UTF-8)
 */
export function readEnvelope(status: number, body: string | null): Verdict {
  const envelope = body === null ? null : parseOrNull(body);
  const code = isJsonObject(envelope) ? safeInteger(envelope.code ?? null) : null;
  if (isJsonObject(envelope) && code !== null) {
    if (ACCOUNT_CODES.has(code)) return { kind: "key-refused", code };
    if (BUSY_CODES.has(code)) return { kind: "unknown", detail: `code ${code}`, busy: true };
    if (code === 0 && status < 400) return { kind: "success", data: envelope.data ?? null };
    const clear = ERROR_CODES.has(code) || (code !== 0 && status < 500 && !repeatsHttpStatus(code));
    if (clear && status !== 429) return { kind: "refused", code, msg: messageOf(envelope) };
  }
  const meant = status < 400 && code !== null ? code : status;
  const unknown = { kind: "unknown", detail: `HTTP ${status}`, busy: meant === 429 || meant === 503 } as const;
  return meant === 401 || meant === 403 ? { ...unknown, forbidden: true } : unknown;
}

/**
 * True for an HTTP status (401, 403, 429, 5xx) that a proxy or framework puts in the place of a code: it means the same
 * as the status.
 */
function repeatsHttpStatus(code: number): boolean {
  return code === 401 || code === 403 || code === 429 || (code >= 500 && code < 600);
}

function parseOrNull(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function messageOf({ msg, data = null }: JsonObject): string {
  if (typeof msg !== "string" || msg === "") return "Refused by the upstream";
  const message = withoutTaskNames(msg, isJsonObject(data) ? [data.taskId ?? null, data.taskNo ?? null] : []);
  return message.slice(0, MAX_REASON_CHARACTERS);
}
