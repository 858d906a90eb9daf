/** What is used of Node's zlib and streams: the types of the platform have neither. */
declare module "node:zlib" {
  import type { Transform } from "node:stream";

  interface StageOptions {
    /** Largest chunk of output in bytes. */
    readonly chunkSize: number;
  }

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
