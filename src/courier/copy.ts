/** Copies an upstream result file into R2: the one way by which a file becomes "mirrored". */

import { BodyTimeoutError, readChunks } from "../files/chunk-reader.ts";
import { type StoreFault, storeMedia } from "../files/store-media.ts";
import { decodeBase64 } from "../lib/bytes.ts";
import { bringsAll } from "../lib/range.ts";
import { parseRetryAfter } from "../lib/retry-after.ts";
import { DownloadError, type DownloadTimeouts, fetchFollowing } from "./download.ts";

export type DeclaredKind = "image" | "video" | "thumbnail";

/**
 * - `expired`: the URL does not lead to the file any more (400, 401, 403, 404, 410); a fresh one may
 * - `unavailable`: try again later (5xx, 429, network, time limits, R2)
 * - `corrupt`: what came is not a whole media file (truncated, empty, a page or an API's answer, failed its checksum)
 * - `too-large`: over `maxBytes`
 */
export type CopyFault = "expired" | "unavailable" | "corrupt" | "too-large";

export type CopyOutcome =
  | { ok: true; bytes: number; contentType: string; etag: string }
  /** `detail` is for the log: it names no URL, host or key. `retryAfterMs` is what the host asked for, if it did. */
  | { ok: false; reason: CopyFault; detail: string; retryAfterMs?: number | null };

export interface CopyRequest {
  url: string;
  bucket: R2Bucket;
  key: string;
  declaredKind: DeclaredKind;
  maxBytes: number;
  fetch: typeof fetch;
  timeouts: DownloadTimeouts;
  /** Custom metadata of the object; `kind` is added to it. */
  metadata?: Record<string, string>;
}

const FAULTS: Record<StoreFault, CopyFault> = {
  empty: "corrupt",
  text: "corrupt",
  truncated: "corrupt",
  unrecognised: "corrupt",
  mismatch: "corrupt",
  interrupted: "unavailable",
  storage: "unavailable",
  "too-large": "too-large",
};

/** Statuses that say "not this URL": 400 is how some object stores call an expired signature. */
const EXPIRED = new Set([400, 401, 403, 404, 410]);

/** Codings that the runtime takes off a body by itself; it leaves others on. */
const DECODED = new Set(["gzip", "br"]);

const failed = (reason: CopyFault, detail: string): CopyOutcome => ({ ok: false, reason, detail });

function statusFault({ status, headers }: Response): CopyOutcome | null {
  if (status === 200 || status === 203) return null;
  if (status === 206 && bringsAll(headers.get("content-range"))) return null;
  const detail = `upstream answered ${status}`;
  if (EXPIRED.has(status)) return failed("expired", detail);
  if (status === 204 || status === 205 || status === 206) return failed("corrupt", detail);
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), Date.now());
  return { ok: false, reason: "unavailable", detail, retryAfterMs };
}

/** The body's own length in bytes; null if it is not declared, or is that of an encoded form. */
function declaredLength(headers: Headers, encoded: boolean): number | null {
  const value = headers.get("content-length");
  return !encoded && value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** Content-MD5 (RFC 1864): base64 of 16 bytes; null if absent or not that. */
function contentMd5(headers: Headers): Uint8Array | null {
  const md5 = decodeBase64(headers.get("content-md5")?.trim() ?? "");
  return md5?.length === 16 ? md5 : null;
}

/** R2's refusal of a put whose content does not have the given checksum (Cloudflare's R2 documentation). */
function isChecksumMismatch(error: unknown): boolean {
  return error instanceof Error && error.message.includes("(10037)");
}

async function copyBody(request: CopyRequest, response: Response, encoded: boolean): Promise<CopyOutcome> {
  if (response.body === null) return failed("corrupt", "empty");
  const length = declaredLength(response.headers, encoded);
  const chunks = readChunks(response.body, request.timeouts);
  const outcome = await storeMedia({
    bucket: request.bucket,
    key: request.key,
    next: () => chunks.next(),
    length,
    declaredType: response.headers.get("content-type"),
    maxBytes: () => request.maxBytes,
    md5: length === null ? null : contentMd5(response.headers),
    customMetadata: { ...request.metadata, kind: request.declaredKind },
  });
  if (outcome.ok) return outcome;
  chunks.cancel();
  if (outcome.reason === "storage" && isChecksumMismatch(outcome.error))
    return failed("corrupt", "Content-MD5 mismatch");
  if (outcome.error instanceof BodyTimeoutError) return failed("unavailable", outcome.error.message);
  // A body that ends early without an error, or a coding that does not decode, is a broken file, not a broken line.
  if (outcome.reason === "interrupted" && (outcome.error === undefined || encoded))
    return failed("corrupt", "cut short");
  return failed(FAULTS[outcome.reason], outcome.reason);
}

/**
 * Stream the file behind `url` into `bucket` under `key`. Either a whole media file is stored and its size confirmed, or
 * nothing is. Peak memory about 11 MiB whatever the file's size.
 *
 * @returns the outcome; does not throw
 */
export async function copyToBucket(request: CopyRequest): Promise<CopyOutcome> {
  try {
    const response = await fetchFollowing(request.fetch, request.url, {}, request.timeouts.headersMs);
    const codings = (response.headers.get("content-encoding") ?? "").toLowerCase().split(",");
    const encodings = codings.map((coding) => coding.trim()).filter((coding) => coding !== "" && coding !== "identity");
    const length = declaredLength(response.headers, encodings.length > 0);
    const fault =
      statusFault(response) ??
      (encodings.every((coding) => DECODED.has(coding)) ? null : failed("corrupt", "unknown content coding")) ??
      (length === 0 ? failed("corrupt", "empty") : null) ??
      (length !== null && length > request.maxBytes ? failed("too-large", "too-large") : null);
    if (fault === null) return await copyBody(request, response, encodings.length > 0);
    // An unread body would hold one of the six connections.
    await response.body?.cancel().catch(() => {});
    return fault;
  } catch (error) {
    return failed("unavailable", error instanceof DownloadError ? error.message : "connection failed");
  }
}
