/** Copies an upstream result file into R2: the only way a file becomes "mirrored". */

import { BodyTimeoutError } from "../files/chunk-reader.ts";
import { type StoreFault, storeMedia } from "../files/store-media.ts";
import { bringsWholeFile, discardBody, openUpstreamBody, UpstreamBodyError } from "../files/upstream-body.ts";
import { parseRetryAfter } from "../lib/retry-after.ts";
import { DownloadError, type DownloadLimits, fetchFollowing } from "./download.ts";

/** The kind of file that was requested. */
export type DeclaredKind = "image" | "video" | "thumbnail";

/**
 * - `expired`: the URL no longer works (400, 401, 403, 404, 410); a fresh one may
 * - `unavailable`: try again later (5xx, 429, network, time limits, R2)
 * - `corrupt`: the body is not a whole media file (truncated, empty, an HTML page or an API response, wrong checksum)
 * - `too-large`: over `maxBytes`
 */
export type CopyFault = "expired" | "unavailable" | "corrupt" | "too-large";

/** The result of one attempt to copy a file. */
export type CopyOutcome =
  | { ok: true; bytes: number; contentType: string; etag: string }
  /**
   * `detail` is for the log: it contains no URL, host or key. `retryAfterMs` is the wait that the host asked for, if
   * any. `isSlow`: the host brought too little in the time it had.
   */
  | { ok: false; reason: CopyFault; detail: string; retryAfterMs?: number | null; isSlow?: boolean };

/** The file to copy, and its destination. */
export interface CopyRequest {
  url: string;
  bucket: R2Bucket;
  key: string;
  declaredKind: DeclaredKind;
  maxBytes: number;
  fetch: typeof fetch;
  limits: DownloadLimits;
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

/** Statuses that mean an expired URL: some object stores answer 400 for an expired signature. */
const EXPIRED = new Set([400, 401, 403, 404, 410]);
/** Successful statuses without a whole file. */
const INCOMPLETE = new Set([204, 205, 206]);

const failed = (reason: CopyFault, detail: string) => ({ ok: false, reason, detail }) as const;

function failedStatus({ status, headers }: Response): CopyOutcome {
  const detail = `upstream answered ${status}`;
  if (EXPIRED.has(status)) return failed("expired", detail);
  if (INCOMPLETE.has(status)) return failed("corrupt", detail);
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), Date.now());
  return { ok: false, reason: "unavailable", detail, retryAfterMs };
}

/** @param error the error of a request or a body */
function failedTransfer(error: unknown): CopyOutcome {
  if (error instanceof UpstreamBodyError) {
    return failed(error.fault === "too-large" ? "too-large" : "corrupt", error.message);
  }
  if (error instanceof BodyTimeoutError) return { ...failed("unavailable", error.message), isSlow: true };
  return failed("unavailable", error instanceof DownloadError ? error.message : "connection failed");
}

/**
 * Streams the file at `url` into `bucket` under `key`. Either stores a whole media file and confirms its size, or
 * stores nothing. Peak memory about 11 MiB, whatever the file's size.
 *
 * @returns the outcome; does not throw
 */
export async function copyToBucket(request: CopyRequest): Promise<CopyOutcome> {
  const { bucket, key, limits, maxBytes, declaredKind } = request;
  const startedAt = Date.now();
  try {
    const response = await fetchFollowing(request.fetch, request.url, {}, limits.headersMs);
    if (!bringsWholeFile(response)) {
      await discardBody(response);
      return failedStatus(response);
    }
    const { totalMs } = limits;
    const leftMs = totalMs === undefined ? {} : { totalMs: Math.max(1, startedAt + totalMs - Date.now()) };
    const body = await openUpstreamBody(response, { pace: { ...limits, ...leftMs }, maxBytes });
    const outcome = await storeMedia({
      bucket,
      key,
      next: body.next,
      length: body.length,
      declaredType: response.headers.get("content-type"),
      maxBytes: () => maxBytes,
      customMetadata: { ...request.metadata, kind: declaredKind },
    });
    if (outcome.ok) return outcome;
    body.cancel();
    return outcome.reason === "interrupted"
      ? failedTransfer(outcome.error)
      : failed(FAULTS[outcome.reason], outcome.reason);
  } catch (error) {
    return failedTransfer(error);
  }
}
