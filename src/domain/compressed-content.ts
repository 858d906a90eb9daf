/** Recognises compressed media under codings without a signature of their own: Brotli and bare deflate. */
/// <reference path="../lib/node-zlib.d.ts" />
import { brotliDecompressSync, constants, inflateRawSync } from "node:zlib";
import { identify } from "./media-signature.ts";
import { looksLikeText } from "./media-type.ts";

/** Bytes that are decoded: what comes out is recognised by its first bytes. */
const SAMPLE_BYTES = 1024;
const MAX_OUTPUT_BYTES = 1024 * 1024;

const DECODERS = [
  (sample: Uint8Array) =>
    brotliDecompressSync(sample, {
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
      maxOutputLength: MAX_OUTPUT_BYTES,
    }),
  (sample: Uint8Array) =>
    inflateRawSync(sample, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_OUTPUT_BYTES }),
];

/** True for content that decodes to media, markup or JSON: a host compressed it and did not name the coding. */
export function isCompressedContent(head: Uint8Array): boolean {
  const sample = head.slice(0, SAMPLE_BYTES);
  return DECODERS.some((decode) => {
    try {
      const content = decode(sample);
      const found = identify(content, true);
      return (found !== null && found !== "more" && found.weak !== true) || looksLikeText(content, null);
    } catch {
      return false;
    }
  });
}
