/** What is used of Node's zlib and streams: the types of the platform have neither. */
declare module "node:zlib" {
  import type { Transform } from "node:stream";

  interface StageOptions {
    /** Largest chunk of output in bytes. */
    readonly chunkSize: number;
  }

  interface DecodeOptions {
    /** With a flush in place of the end, input that is cut is decoded as far as it goes. */
    readonly finishFlush: number;
    readonly maxOutputLength: number;
  }

  export const constants: { readonly BROTLI_OPERATION_FLUSH: number; readonly Z_SYNC_FLUSH: number };
  export function brotliDecompressSync(data: Uint8Array, options?: DecodeOptions): Uint8Array;
  export function inflateRawSync(data: Uint8Array, options?: DecodeOptions): Uint8Array;
  export function createGunzip(options: StageOptions): Transform;
  export function createInflate(options: StageOptions): Transform;
  export function createInflateRaw(options: StageOptions): Transform;
  export function createBrotliDecompress(options: StageOptions): Transform;
  export function createZstdDecompress(options: StageOptions): Transform;
}

declare module "node:stream" {
  export interface Transform extends AsyncIterable<Uint8Array> {
    readonly destroyed: boolean;
    /** @returns false when the next chunk should wait for `drain` */
    write(chunk: Uint8Array): boolean;
    end(): void;
    destroy(error?: Error): void;
    on(event: "drain" | "close" | "error", listener: () => void): void;
    off(event: "drain" | "close" | "error", listener: () => void): void;
  }
}
