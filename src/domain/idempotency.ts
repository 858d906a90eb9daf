/**
 * Idempotency keys of submissions (contract, section 3): scoped to the tenant, kept 24 h, bound to the body's meaning.
 */
import { encodeHex, sha256, utf8 } from "../lib/bytes.ts";
import { canonicalJson, type JsonValue } from "../lib/json.ts";

/** How long a key is kept, in ms. */
export const IDEMPOTENCY_TTL_MS = 24 * 60 * 60 * 1000;

/** The idempotency key of a request, or why its header is refused. */
export type IdempotencyKey =
  /** `key` is null when the request has none. */
  { readonly ok: true; readonly key: string | null } | { readonly ok: false; readonly reason: string };

/** Printable ASCII without the comma, which joins the values of a header that was sent twice. */
const KEY_PATTERN = /^[\x20-\x2b\x2d-\x7e]{1,255}$/;

/**
 * The key of a request: from `X-Idempotency-Key` (the upstream's header) or `Idempotency-Key` (the IETF draft's). Either may
 * be sent more than once if all values are equal: proxies and libraries repeat headers. A key is 1–255 printable ASCII
 * characters without a comma; spaces at its ends do not count. An empty key is an error, because its sender relies on it.
 */
export function readIdempotencyKey(
  xIdempotencyKey: string | null | undefined,
  idempotencyKey: string | null | undefined,
): IdempotencyKey {
  const keys = [xIdempotencyKey, idempotencyKey].flatMap((header) =>
    typeof header === "string" ? header.split(",").map((value) => value.trim()) : [],
  );
  if (!keys.every((key) => KEY_PATTERN.test(key))) {
    return { ok: false, reason: "an idempotency key is 1 to 255 printable ASCII characters without a comma" };
  }
  const [key = null] = keys;
  if (keys.some((other) => other !== key)) return { ok: false, reason: "the request has different idempotency keys" };
  return { ok: true, key };
}

/**
 * Returns the hex SHA-256 of a body's meaning, independent of the order of properties, white space and the spelling of
 * numbers. Two requests with one key and different fingerprints are a mistake of the caller (422).
 */
export async function fingerprint(body: JsonValue): Promise<string> {
  return encodeHex(await sha256(utf8(canonicalJson(body))));
}
