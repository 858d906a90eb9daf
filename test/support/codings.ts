/** Bodies under content codings, as a sender encodes them and as `fetch` returns them. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { concatBytes } from "../../src/lib/bytes.ts";

type Encode = (data: Uint8Array) => Uint8Array;

const BLOCK_BYTES = 128 * 1024;

/** A Zstandard frame (RFC 8878 section 3.1.1) of raw blocks: workerd's own encoder fails now and then. */
function zstd(data: Uint8Array): Uint8Array {
  const little = (value: number, bytes: number) =>
    new Uint8Array(Array.from({ length: bytes }, (_, at) => (value >>> (8 * at)) & 255));
  const parts: Uint8Array[] = [new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), little(data.length, 4)];
  for (let at = 0; at < data.length; at += BLOCK_BYTES) {
    const block = data.subarray(at, at + BLOCK_BYTES);
    parts.push(little((block.length << 3) | (at + block.length === data.length ? 1 : 0), 3), block);
  }
  return concatBytes(...parts);
}

/** What an object store says that has applied no coding. */
export const NO_CODINGS = [
  "identity",
  "none",
  "aws-chunked",
  "utf-8",
  "UTF-8",
  "Identity",
  "aws-chunked, identity",
  "8bit",
  "US-ASCII",
  "image/png",
  "utf-8; charset=utf-8",
  "null",
  "",
];

/** Values of Content-Encoding, and what has been applied. */
export const CODINGS: readonly (readonly [string, Encode])[] = [
  ["GZIP", gzipSync],
  ["gzip", gzipSync],
  ["br", brotliCompressSync],
  ["Gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["gzip;q=1", gzipSync],
  ["BR", brotliCompressSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["zstd", zstd],
  ["gzip, identity", gzipSync],
  ["identity, gzip", gzipSync],
  ["aws-chunked,br", brotliCompressSync],
  ["gzip, br", (data) => brotliCompressSync(gzipSync(data))],
  ["br,GZIP", (data) => gzipSync(brotliCompressSync(data))],
  ["gzip, gzip", (data) => gzipSync(gzipSync(data))],
  ["deflate, zstd, br", (data) => brotliCompressSync(zstd(deflateSync(data)))],
  // The header came twice for one coding.
  ["gzip, gzip", gzipSync],
  // Named, and not applied.
  ["GZIP", (data) => data],
  ["x-gzip, none", (data) => data],
  ["zstd", (data) => data],
  ["gzip", (data) => data],
  ["br", (data) => data],
  ["deflate", (data) => data],
];

/** Values that name no coding the gateway can decode, and that may not have been applied. */
export const UNKNOWN_CODINGS = ["compress", "x-new", "gzip, x-new", "exi", "base64", "gzip, gzip, gzip, gzip"];
