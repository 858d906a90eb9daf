/**
 * The content codings of an upstream response: finds which are applied to the body, and removes them.
 *
 * The runtime would decode bodies whose Content-Encoding is exactly `gzip` or `br`, and fail where the bytes are not encoded so.
 * Object stores keep such values for plain files, in any spelling, and values that name no coding at all. So all bodies are
 * requested as they are sent (`AS_SENT`), and their bytes decide.
 */
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib";
import { HEAD_BYTES, identify } from "../domain/media-signature.ts";
import { looksLikeText } from "../domain/media-type.ts";
import { concatBytes } from "../lib/bytes.ts";

/** Makes `fetch` return a body as it is sent: the runtime decodes nothing. */
export const AS_SENT = { encodeResponseBody: "manual" } as const;

/** Codings that this module can decode. */
export type Coding = "gzip" | "br" | "deflate" | "zstd";

/** Values in use that leave the bytes as they are: charsets, transfer encodings, media types and words for "none". */
const NO_CODINGS = new Set([
  ...["", "identity", "none", "null", "undefined", "default", "raw", "plain", "off", "aws-chunked", "chunked"],
  ...["utf-8", "utf8", "ascii", "us-ascii", "iso-8859-1", "binary", "8bit", "7bit"],
]);
const isNoCoding = (name: string) => NO_CODINGS.has(name) || /^[a-z]+\/[a-z0-9.+-]+$/.test(name);
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["br", "br"],
  ["deflate", "deflate"],
  ["zstd", "zstd"],
]);
/** Most codings of a body. No sender applies more, and each stage needs memory. */
const MAX_CODINGS = 3;

/**
 * - `raw`: the body is the file itself
 * - `encoded`: `codings` are applied, in the order in which the sender applied them
 * - `unknown`: not known to be applied, as names in an object's metadata often are not (`base64`): only content that is
 *   recognised can be used
 */
export type BodyCoding =
  | { readonly kind: "raw" | "unknown" }
  | { readonly kind: "encoded"; readonly codings: readonly Coding[] };

/** @param header the value of Content-Encoding, or null. @returns the coding of the body as it is sent */
export function readContentCoding(header: string | null): BodyCoding {
  // Codings have no parameters, but some senders write a weight or a charset behind one.
  const names = (header ?? "").split(",").map((name) => (name.split(";")[0] ?? "").trim().toLowerCase());
  const applied = names.filter((name) => !isNoCoding(name));
  if (applied.length === 0) return { kind: "raw" };
  const codings = applied.map((name) => CODINGS.get(name)).filter((coding) => coding !== undefined);
  if (codings.length < applied.length || codings.length > MAX_CODINGS) return { kind: "unknown" };
  return { kind: "encoded", codings };
}

/** Reads the next chunk of a body; null at its end. */
export type NextChunk = () => Promise<Uint8Array | null>;

/**
 * Decodes a body, the last coding first. Decodes no further ahead than the reader asks for.
 *
 * @returns the decoded chunks; `next` fails for bytes that do not decode and for a truncated encoded form
 */
export function decodeChunks(next: NextChunk, codings: readonly Coding[]): NextChunk {
  return codings.reduceRight(decodeOne, next);
}

/** Largest piece that is decoded at once: a small one can expand to a large output. */
const INPUT_BYTES = 16 * 1024;
const OUTPUT_BYTES = 64 * 1024;

function decodeOne(next: NextChunk, coding: Coding): NextChunk {
  let output: AsyncIterator<Uint8Array> | null = null;
  return async () => {
    if (output === null) {
      const first = await readHead(next);
      if (first.length === 0) return null;
      // Some senders name a coding without applying it.
      output = isPlain(first) ? asIterator(first, next) : throughStage(stageFor(coding, first), first, next);
    }
    const { done, value } = await output.next();
    return done ? null : value;
  };
}

/** @returns the first bytes of a body: as many as it takes to recognise a file, or all of a shorter body */
async function readHead(next: NextChunk): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let length = 0; length < HEAD_BYTES; ) {
    const chunk = await next();
    if (chunk === null) break;
    // Copied, because the reader reuses its buffers.
    chunks.push(chunk.slice());
    length += chunk.length;
  }
  return concatBytes(...chunks);
}

/** True for a media file, JSON or markup: no encoded body begins like one. */
function isPlain(head: Uint8Array): boolean {
  const found = identify(head, false);
  return (
    found === "more" || (found !== null && found.weak !== true) || looksLikeText(head.subarray(0, HEAD_BYTES), null)
  );
}

/** @returns the decoder for a body that begins with `first`; it fails for bytes that are not encoded so */
function stageFor(coding: Coding, [a = 0, b = 0]: Uint8Array): Transform {
  switch (coding) {
    case "gzip":
      return createGunzip({ chunkSize: OUTPUT_BYTES });
    case "zstd":
      return createZstdDecompress({ chunkSize: OUTPUT_BYTES });
    case "deflate": {
      // `deflate` means zlib (RFC 9110 section 8.4.1.2); some senders omit its header.
      const zlib = (a & 0x0f) === 8 && ((a << 8) | b) % 31 === 0;
      return zlib ? createInflate({ chunkSize: OUTPUT_BYTES }) : createInflateRaw({ chunkSize: OUTPUT_BYTES });
    }
    case "br":
      return createBrotliDecompress({ chunkSize: OUTPUT_BYTES });
  }
}

async function* asIterator(first: Uint8Array, next: NextChunk): AsyncGenerator<Uint8Array> {
  for (let chunk: Uint8Array | null = first; chunk !== null; chunk = await next()) yield chunk;
}

async function* throughStage(stage: Transform, first: Uint8Array, next: NextChunk): AsyncGenerator<Uint8Array> {
  void feed(stage, first, next).then(
    () => stage.end(),
    (error: Error) => stage.destroy(error),
  );
  for await (const chunk of stage) yield chunk as Uint8Array;
}

async function feed(stage: Transform, first: Uint8Array, next: NextChunk): Promise<void> {
  for (let chunk: Uint8Array | null = first; chunk !== null; chunk = await next()) {
    for (let at = 0; at < chunk.length; at += INPUT_BYTES) {
      if (stage.destroyed) return;
      // Copied, because the reader reuses its buffers.
      if (!stage.write(chunk.slice(at, at + INPUT_BYTES))) await writable(stage);
    }
  }
}

/** Resolves when the stage accepts more input or has ended. */
function writable(stage: Transform): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const event of EVENTS) stage.off(event, settle);
      resolve();
    };
    for (const event of EVENTS) stage.on(event, settle);
  });
}

const EVENTS = ["drain", "close", "error"] as const;
