/**
 * The content codings of an upstream response: which of them are still on the body, and how they are taken off.
 *
 * The runtime decodes only bodies whose Content-Encoding is exactly `gzip` or `br`. Every other spelling and every list
 * reaches the code encoded; and object stores keep values that name no coding at all.
 */
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib";

/** Codings that can be taken off here. */
export type Coding = "gzip" | "br" | "deflate" | "zstd";

/** Values that senders use and that leave the bytes as they are. */
const NO_CODINGS = new Set(["", "identity", "none", "aws-chunked", "utf-8", "utf8", "binary"]);
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["br", "br"],
  ["deflate", "deflate"],
  ["zstd", "zstd"],
]);
/** More than any sender applies; each stage takes memory of its own. */
const MAX_CODINGS = 3;

/**
 * - `raw`: the body is the file itself
 * - `decoded`: the runtime has taken the coding off; length and checksum in the headers are those of the encoded form
 * - `encoded`: `codings` are still on, in the order in which they were applied
 * - `unknown`: the body cannot be read
 */
export type BodyCoding =
  | { readonly kind: "raw" | "decoded" | "unknown" }
  | { readonly kind: "encoded"; readonly codings: readonly Coding[] };

/** @param header the value of Content-Encoding, or null. @returns what is on the body as `fetch` returned it */
export function readContentCoding(header: string | null): BodyCoding {
  if (header === "gzip" || header === "br") return { kind: "decoded" };
  const names = (header ?? "").split(",").map((name) => name.trim().toLowerCase());
  const applied = names.filter((name) => !NO_CODINGS.has(name));
  if (applied.length === 0) return { kind: "raw" };
  const codings = applied.map((name) => CODINGS.get(name)).filter((coding) => coding !== undefined);
  if (codings.length < applied.length || codings.length > MAX_CODINGS) return { kind: "unknown" };
  return { kind: "encoded", codings };
}

/** Reads the next chunk of a body; null at its end. */
export type NextChunk = () => Promise<Uint8Array | null>;

/**
 * Takes codings off a body, the last one first. Decodes no further ahead than the reader asks for.
 *
 * @returns the decoded chunks; `next` fails for bytes that do not decode and for an encoded form that is cut
 */
export function decodeChunks(next: NextChunk, codings: readonly Coding[]): NextChunk {
  return codings.reduceRight(decodeOne, next);
}

/** Largest piece that is decoded at once: a small one can become a large output. */
const INPUT_BYTES = 16 * 1024;
const OUTPUT_BYTES = 64 * 1024;

function decodeOne(next: NextChunk, coding: Coding): NextChunk {
  let output: AsyncIterator<Uint8Array> | null = null;
  return async () => {
    if (output === null) {
      const first = await next();
      if (first === null) return null;
      const stage = stageFor(coding, first);
      // Some senders name a coding that they did not apply.
      output = stage === null ? asIterator(first, next) : throughStage(stage, first.slice(), next);
    }
    const { done, value } = await output.next();
    return done ? null : value;
  };
}

/** @returns what decodes a body that begins with `first`; null if `first` cannot be the beginning of such a body */
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
      // Meant is zlib (RFC 9110 section 8.4.1.2); some senders leave its header out.
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

/** Resolves when the stage takes more, or never will again. */
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
