/** Uploads a file in parts, for files that are larger than one request may be. */

import { stringifyJson } from "./json.ts";
import type { Operations, UploadedFile } from "./schema.ts";
import type { CallOptions, Transport } from "./transport.ts";

/** A file of known size. `fs.openAsBlob(path)` in Node and a `File` in a browser are read part by part. */
export type SizedFile = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** Options of `files.uploadLarge`. */
export interface LargeUploadOptions extends CallOptions {
  /** Media type such as `video/mp4`; default: the type of the `Blob`. The gateway checks the content. */
  contentType?: string | undefined;
  /** Number of parts that are sent at the same time; default 3. */
  concurrency?: number | undefined;
  /** Called after each part. */
  onProgress?: ((progress: { uploadedBytes: number; bytes: number }) => void) | undefined;
}

/** Most bytes that are sent in one request: Cloudflare accepts 100 MB on most plans. */
const ONE_REQUEST_BYTES = 90 * 1024 * 1024;
/** The media type of files that need parts: only videos may be as large, and the content decides. */
export const LARGE_TYPE = "video/mp4";

/** True for a file that one request cannot send. */
export function isLarge(file: SizedFile | ReadableStream<Uint8Array>): file is SizedFile {
  if (file instanceof ReadableStream) return false;
  return (file instanceof Blob ? file.size : file.byteLength) > ONE_REQUEST_BYTES;
}

const BEGIN = "/api/v1/files/uploads";
const DEFAULT_CONCURRENCY = 3;

type Begun = Operations["POST /api/v1/files/uploads"]["data"];

/**
 * Begins an upload, sends its parts and completes it. A part that fails is sent again; if the upload cannot be completed, it is
 * deleted.
 *
 * @throws PaddockError, TypeError without a media type, or the signal's reason
 */
export async function uploadLarge(
  transport: Transport,
  file: SizedFile,
  { contentType, concurrency = DEFAULT_CONCURRENCY, onProgress, signal }: LargeUploadOptions,
): Promise<UploadedFile> {
  const blob = file instanceof Blob ? file : new Blob([file]);
  const type = contentType ?? blob.type;
  if (type === "") throw new TypeError("contentType is missing: for example video/mp4");
  const { data: upload } = await transport.call<Begun>({
    method: "POST",
    path: BEGIN,
    headers: { "content-type": "application/json" },
    body: stringifyJson({ bytes: blob.size, contentType: type }),
    signal,
  });
  try {
    await sendParts(transport, blob, upload, { concurrency, onProgress, signal });
    // A repetition returns the same file.
    const { data } = await transport.call<UploadedFile>({
      method: "POST",
      path: upload.completeUrl,
      timeoutMs: null,
      signal,
    });
    return data;
  } catch (error) {
    const path = `/api/v1/files/${encodeURIComponent(upload.uploadId)}`;
    await transport.attempt({ method: "DELETE", path, maxRetries: 0 });
    throw error;
  }
}

async function sendParts(
  transport: Transport,
  blob: Blob,
  { parts, partBytes }: Begun,
  { concurrency, onProgress, signal }: LargeUploadOptions,
): Promise<void> {
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  const waiting = [...parts];
  let uploadedBytes = 0;
  const send = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const start = (part.partNumber - 1) * partBytes;
      const body = blob.slice(start, start + partBytes);
      await transport.call({ method: "PUT", path: part.url, body, timeoutMs: null, signal: stop.signal });
      uploadedBytes += body.size;
      onProgress?.({ uploadedBytes, bytes: blob.size });
    }
  };
  const lanes = Array.from({ length: Math.max(1, Math.floor(concurrency ?? DEFAULT_CONCURRENCY)) }, () =>
    send().catch((error: unknown) => {
      // The first failure ends the other lanes.
      stop.abort(error);
      throw error;
    }),
  );
  try {
    await Promise.all(lanes);
  } finally {
    await Promise.allSettled(lanes);
    signal?.removeEventListener("abort", abort);
  }
}
