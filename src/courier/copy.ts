/** Copies an upstream result file into R2: the only way a file becomes "mirrored". */
import { BodyTimeoutError } from "../files/chunk-reader.ts";
import { type StoreFault, type StoreRequest, storeMedia } from "../files/store-media.ts";
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

/**
 * The least speed of a copy.
 * - `patient`: 800 bytes a second over 20 s; a slower one is aborted within 25 s, so that others get its place
 * - `steady`: 64 KiB a second over 20 s, for large files
 * - `hurried`: 64 KiB in each second, while a tenant has many slow files
 */
export type CopyPace = "patient" | "steady" | "hurried";

/** Least bytes a second of a file that is not slow. */
const STEADY_BYTES_PER_SECOND = 64 * 1024;
const WINDOW_MS = 20_000;

/** Limits of each pace. */
export const COPY_PACES: Readonly<Record<CopyPace, DownloadLimits>> = {
  patient: { headersMs: 15_000, windowMs: WINDOW_MS, minBytes: 16_000 },
  steady: { headersMs: 15_000, windowMs: WINDOW_MS, minBytes: (WINDOW_MS / 1_000) * STEADY_BYTES_PER_SECOND },
  hurried: { headersMs: 3_000, windowMs: 1_000, minBytes: STEADY_BYTES_PER_SECOND },
};

/** The result of one attempt to copy a file. */
export type CopyOutcome =
  | { ok: true; bytes: number; contentType: string; etag: string }
  /**
   * `detail` is for the log: it contains no URL, host or key. `retryAfterMs` is the wait that the host asked for, if
   * any. `speed`: the copy ran out of time, because the host was `slow`, or because the file is `large`.
   */
  | { ok: false; reason: CopyFault; detail: string; retryAfterMs?: number | null; speed?: "slow" | "large" };

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
  /** Waits for memory of this isolate for a part; see `DestinationRequest`. */
  takePlace: NonNullable<StoreRequest["takePlace"]>;
}

const FAULTS: Record<StoreFault, CopyFault> = {
  empty: "corrupt",
  text: "corrupt",
  truncated: "corrupt",
  unrecognised: "corrupt",
  mismatch: "corrupt",
  interrupted: "unavailable",
  storage: "unavailable",
  "no-memory": "unavailable",
  "too-large": "too-large",
};

/** Statuses that mean an expired URL: some object stores return 400 for an expired signature. */
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

/**
 * @param error the error of a request or a body
 * @param received bytes of the body, and when the copy began, in ms since epoch
 */
function failedTransfer(error: unknown, received: { readonly bytes: number; readonly since: number }): CopyOutcome {
  if (error instanceof UpstreamBodyError) {
    return failed(error.fault === "too-large" ? "too-large" : "corrupt", error.message);
  }
  if (error instanceof BodyTimeoutError) {
    const wanted = ((Date.now() - received.since) / 1_000) * STEADY_BYTES_PER_SECOND;
    const isLarge = error.limit === "total" && received.bytes >= wanted;
    return { ...failed("unavailable", error.message), speed: isLarge ? "large" : "slow" };
  }
  if (!(error instanceof DownloadError)) return failed("unavailable", "connection failed");
  return { ...failed("unavailable", error.message), ...(error.isLate ? { speed: "slow" } : {}) };
}

/**
 * Streams the file at `url` into `bucket` under `key`. Either stores a whole media file and confirms its size, or
 * stores nothing. Peak memory about 11 MiB, whatever the file's size.
 *
 * @returns the outcome; does not throw
 */
export async function copyToBucket(request: CopyRequest): Promise<CopyOutcome> {
  const { bucket, key, limits, maxBytes, declaredKind, takePlace } = request;
  const received = { bytes: 0, since: Date.now() };
  try {
    const response = await fetchFollowing(request.fetch, request.url, {}, limits.headersMs);
    if (!bringsWholeFile(response)) {
      await discardBody(response);
      return failedStatus(response);
    }
    const { totalMs } = limits;
    const leftMs = totalMs === undefined ? {} : { totalMs: Math.max(1, received.since + totalMs - Date.now()) };
    const body = await openUpstreamBody(response, { pace: { ...limits, ...leftMs }, maxBytes });
    const outcome = await storeMedia({
      bucket,
      key,
      next: async () => {
        const chunk = await body.next();
        received.bytes += chunk?.length ?? 0;
        return chunk;
      },
      length: body.length,
      declaredType: response.headers.get("content-type"),
      recognisedOnly: body.recognisedOnly,
      maxBytes: () => maxBytes,
      customMetadata: { ...request.metadata, kind: declaredKind },
      takePlace,
    });
    if (outcome.ok) return outcome;
    body.cancel();
    return outcome.reason === "interrupted"
      ? failedTransfer(outcome.error, received)
      : failed(FAULTS[outcome.reason], outcome.reason);
  } catch (error) {
    return failedTransfer(error, received);
  }
}

/**
 * Reads the first 64 KiB of a file, or all of a smaller one, and stores nothing.
 *
 * @returns true if they came too slowly; false also for a request that fails, because its copy fails as soon
 */
export async function startsSlowly(url: string, fetcher: typeof fetch): Promise<boolean> {
  const pace = COPY_PACES.hurried;
  try {
    const response = await fetchFollowing(fetcher, url, {}, pace.headersMs);
    const body = await openUpstreamBody(response, { pace, maxBytes: Number.POSITIVE_INFINITY });
    try {
      let bytes = 0;
      for (let chunk = await body.next(); chunk !== null; chunk = await body.next()) {
        bytes += chunk.length;
        if (bytes >= pace.minBytes) break;
      }
    } finally {
      body.cancel();
    }
    return false;
  } catch (error) {
    return error instanceof BodyTimeoutError || (error instanceof DownloadError && error.isLate);
  }
}
