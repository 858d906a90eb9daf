/** What is used of Node's crypto: the types of the platform do not have it. */
declare module "node:crypto" {
  interface Digest {
    update(data: string | Uint8Array): Digest;
    digest(): Uint8Array;
    digest(encoding: "hex"): string;
  }
  export function createHash(algorithm: string): Digest;
  export function createHmac(algorithm: string, key: string | Uint8Array): Digest;
}
