/** What tests encode with: Node's own codings, in Node and in workerd. */
declare module "node:zlib" {
  export function gzipSync(data: Uint8Array): Uint8Array;
  export function deflateSync(data: Uint8Array): Uint8Array;
  export function deflateRawSync(data: Uint8Array): Uint8Array;
  export function brotliCompressSync(data: Uint8Array): Uint8Array;
}
