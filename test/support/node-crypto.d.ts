/** What pure tests compare with: Node's own hashes. The rest of Node's types would be in the way of the Workers'. */
declare module "node:crypto" {
  interface Digest {
    update(data: string | Uint8Array): Digest;
    digest(encoding: "hex"): string;
  }
  export function createHash(algorithm: string): Digest;
  export function createHmac(algorithm: string, key: string | Uint8Array): Digest;
}
