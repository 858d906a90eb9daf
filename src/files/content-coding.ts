/**
 * The content codings of an upstream response: finds which are still applied to the body, and removes them.
 *
 * The runtime decodes only bodies whose Content-Encoding is exactly `gzip` or `br`. Every other spelling and every list
 * reaches the code encoded, and object stores keep values that name no coding at all.
 */
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib";

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
 * - `decoded`: the runtime has decoded the body; length and checksum in the headers are those of the encoded form
 * - `encoded`: `codings` are still applied, in the order in which the sender applied them
 * - `unknown`: not known to be applied, as names in an object's metadata often are not (`base64`): only content that is
 *   recognised can be used
 */
export type BodyCoding =
  | { readonly kind: "raw" | "decoded" | "unknown" }
  | { readonly kind: "encoded"; readonly codings: readonly Coding[] };

/** @param header the value of Content-Encoding, or null. @returns the coding of the body that `fetch` returned */
export function readContentCoding(header: string | null): BodyCoding {
  if (header === "gzip" || header === "br") return { kind: "decoded" };
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
      const first = await next();
      if (first === null) return null;
      const stage = stageFor(coding, first);
      // Some senders name a coding without applying it.
      output = stage === null ? asIterator(first, next) : throughStage(stage, first.slice(), next);
    }
    const { done, value } = await output.next();
    return done ? null : value;
  };
}

/** @returns the decoder for a body that begins with `first`; null if such a body cannot begin with `first` */
function stageFor(coding: Coding, first: Uint8Array): Transform | null {
  const [a = 0, b = 0, c = 0, d = 0] = first;
  switch (coding) {
    case "gzip":
      return a === 0x1f && (b === 0x8b || first.length === 1) ? createGunzip({ chunkSize: OUTPUT_BYTES }) : null;
    case "zstd": {
      // A frame (RFC 8878 section 3.1.1), or a frame to be skipped (3.1.2).
      const rest = [b, c, d].join() === "181,47,253" || ((a & 0xf0) === 0x50 && [b, c, d].join() === "42,77,24");
      return rest || first.length < 4 ? createZstdDecompress({ chunkSize: OUTPUT_BYTES }) : null;
    }
    case "deflate": {
      // `deflate` means zlib (RFC 9110 section 8.4.1.2); some senders omit its header.
      const zlib = (a & 0x0f) === 8 && (first.length === 1 || ((a << 8) | b) % 31 === 0);
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
