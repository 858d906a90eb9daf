/**
 * Reads the body of an upstream response, for the copy, the pass-through and JSON alike. The bytes are decoded and
 * bounded, and their length and checksum are verified.
 */
import { concatBytes, decodeBase64, decodeUtf8Strict } from "../lib/bytes.ts";
import { contentLength } from "../lib/content-length.ts";
import { bringsAll } from "../lib/range.ts";
import { type BodyResult, readTextBody } from "../lib/read-body.ts";
import { type BodyPace, BodyTimeoutError, readChunks } from "./chunk-reader.ts";
import { decodeChunks, type NextChunk, readContentCoding } from "./content-coding.ts";

/** Largest results in bytes: far above any video of 15 s, far below the output of a faulty upstream. */
export const MAX_RESULT_BYTES = { image: 512 * 2 ** 20, thumbnail: 64 * 2 ** 20, video: 4 * 2 ** 30 } as const;

/**
 * The reason why a body is unusable, whatever its content: no bytes; fewer or more bytes than declared; bytes that do
 * not match Content-Encoding; bytes that do not match a declared checksum; over the limit.
 */
export type BodyFault = "empty" | "cut" | "coding" | "checksum" | "too-large";

/** An unusable body. The message is safe to log. */
export class UpstreamBodyError extends Error {
  override readonly name = "UpstreamBodyError";
  readonly fault: BodyFault;
  constructor(fault: BodyFault) {
    super(FAULT_MESSAGES[fault]);
    this.fault = fault;
  }
}

const FAULT_MESSAGES: Record<BodyFault, string> = {
  empty: "empty",
  cut: "not of the declared length",
  coding: "content coding that does not decode",
  checksum: "checksum mismatch",
  "too-large": "too large",
};

/** A response's body, decoded. */
export interface UpstreamBody {
  /** Length of the decoded form in bytes if the headers declare it, otherwise null. */
  readonly length: number | null;
  /** True if the bytes may be encoded in an unknown way: only a recognised media file may be made of them. */
  readonly recognisedOnly: boolean;
  /**
   * Returns the next chunk, valid until the second call after the one that returned it; null at the end of a whole
   * body.
   *
   * @throws UpstreamBodyError, BodyTimeoutError, or the connection's error
   */
  next(): Promise<Uint8Array | null>;
  /** Cancels the body; also to be called after a failure. Does not throw. */
  cancel(): void;
}

/** True if the response's status promises the whole file: some servers send all of it as one range. */
export function bringsWholeFile({ status, headers }: Response): boolean {
  return status === 200 || status === 203 || (status === 206 && bringsAll(headers.get("content-range")));
}

/** Cancels a response that is not read: its body would hold one of the six connections. Does not throw. */
export async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

/**
 * Opens the body of a response that `bringsWholeFile`. The result owns the response from now on, also if this throws.
 *
 * @param limits.maxBytes limit of the decoded body
 * @throws UpstreamBodyError for a body that is known to be unusable before it is read
 */
export async function openUpstreamBody(
  response: Response,
  { pace, maxBytes }: { readonly pace: BodyPace; readonly maxBytes: number },
): Promise<UpstreamBody> {
  const { headers, body } = response;
  const coding = readContentCoding(headers.get("content-encoding"));
  const isAsSent = coding.kind === "raw" || coding.kind === "unknown";
  const length = isAsSent ? contentLength(headers) : null;
  const fault = faultBefore(length, maxBytes);
  if (fault !== null || body === null) {
    await discardBody(response);
    throw new UpstreamBodyError(fault ?? "empty");
  }
  const chunks = readChunks(body, pace);
  let broken: unknown = null;
  const received = declaredDigests(headers).reduce(checkDigest, chunks.next);
  const decoded = coding.kind === "encoded" ? decodeChunks(noteFailure(received), coding.codings) : received;

  /** Keeps the connection's error: any other failure while decoding is the coding's. */
  function noteFailure(next: NextChunk): NextChunk {
    return () =>
      next().catch((error: unknown) => {
        broken = error;
        throw error;
      });
  }

  function reasonOf(error: unknown): unknown {
    if (isAsSent || error instanceof BodyTimeoutError) return error;
    return broken ?? new UpstreamBodyError("coding");
  }

  let bytes = 0;
  return {
    length,
    recognisedOnly: coding.kind === "unknown",
    async next() {
      const chunk = await decoded().catch((error: unknown) => {
        throw reasonOf(error);
      });
      bytes += chunk?.length ?? 0;
      if (length !== null && (chunk === null ? bytes < length : bytes > length)) throw new UpstreamBodyError("cut");
      if (bytes > maxBytes) throw new UpstreamBodyError("too-large");
      return chunk;
    },
    cancel: chunks.cancel,
  };
}

function faultBefore(length: number | null, maxBytes: number): BodyFault | null {
  if (length === 0) return "empty";
  return length !== null && length > maxBytes ? "too-large" : null;
}

/** A checksum of a body as it is sent. */
interface Digest {
  readonly algorithm: "MD5" | "SHA-256" | "SHA-512";
  readonly bytes: Uint8Array;
}

const DIGEST_BYTES = { MD5: 16, "SHA-256": 32, "SHA-512": 64 } as const;
/** An entry of Content-Digest and Repr-Digest (RFC 9530: `sha-256=:…:`) or of Digest (RFC 3230: `SHA-256=…`). */
const DIGEST_ENTRY = /(?:^|,)\s*(md5|sha-256|sha-512)\s*=\s*:?([A-Za-z0-9+/]+={0,2}):?/i;

/** Returns the checksums that the headers declare: at most one of each header. Malformed ones are ignored. */
function declaredDigests(headers: Headers): Digest[] {
  const md5 = headers.get("content-md5");
  const texts = ["content-digest", "repr-digest", "digest"].map((name) => headers.get(name));
  return [md5 === null ? null : `md5=${md5.trim()}`, ...texts].flatMap((text) => {
    const [, name = "", base64 = ""] = DIGEST_ENTRY.exec(text ?? "") ?? [];
    const algorithm = name.toUpperCase() as Digest["algorithm"];
    const bytes = decodeBase64(base64);
    return bytes !== null && bytes.length === DIGEST_BYTES[algorithm] ? [{ algorithm, bytes }] : [];
  });
}

/** Passes chunks on, and fails at the end of the body if their digest differs. */
function checkDigest(next: NextChunk, expected: Digest): NextChunk {
  const stream = new crypto.DigestStream(expected.algorithm);
  const writer = stream.getWriter();
  return async () => {
    const chunk = await next();
    if (chunk !== null) {
      await writer.write(chunk);
      return chunk;
    }
    await writer.close();
    const digest = new Uint8Array(await stream.digest);
    if (digest.some((byte, at) => byte !== expected.bytes[at])) throw new UpstreamBodyError("checksum");
    return null;
  };
}

/**
 * Reads a whole response as UTF-8 text, whatever its Content-Encoding.
 *
 * @param maxBytes limit of the decoded text
 * @returns the text, or the reason why there is none; does not throw
 */
export async function readUpstreamText(response: Response, maxBytes: number, pace: BodyPace): Promise<BodyResult> {
  const coding = readContentCoding(response.headers.get("content-encoding"));
  if (coding.kind !== "encoded") return readTextBody(response, maxBytes);
  const chunks: Uint8Array[] = [];
  let body: UpstreamBody | null = null;
  try {
    body = await openUpstreamBody(response, { pace, maxBytes });
    for (let chunk = await body.next(); chunk !== null; chunk = await body.next()) chunks.push(chunk.slice());
  } catch (error) {
    body?.cancel();
    const tooLarge = error instanceof UpstreamBodyError && error.fault === "too-large";
    return { ok: false, reason: tooLarge ? "too-large" : "broken" };
  }
  const text = decodeUtf8Strict(concatBytes(...chunks));
  return text === null ? { ok: false, reason: "not-utf8" } : { ok: true, text: text.replace(/^\uFEFF/, "") };
}
