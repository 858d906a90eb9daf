/** A Cloudflare Access team for all tests inside workerd: a server of public keys, and the private ones that sign. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** `next` is published from the first request to `/publish` on, as after a rotation; `foreign` never. */
    accessTeam: { url: string; current: JsonWebKey; next: JsonWebKey; foreign: JsonWebKey };
  }
}

async function newKey(kid: string): Promise<{ secret: JsonWebKey; shown: JsonWebKey }> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey({ ...algorithm, hash: "SHA-256" }, true, ["sign", "verify"]);
  const [secret, shown] = await Promise.all([
    crypto.subtle.exportKey("jwk", pair.privateKey),
    crypto.subtle.exportKey("jwk", pair.publicKey),
  ]);
  return { secret: { ...secret, kid } as JsonWebKey, shown: { ...shown, kid } as JsonWebKey };
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [current, next, foreign] = await Promise.all([newKey("current"), newKey("next"), newKey("current")]);
  const published = [current.shown];
  let fetches = 0;
  const server = createServer((request, response) => {
    if (request.url === "/publish") published.push(next.shown);
    if (request.url === "/cdn-cgi/access/certs") fetches += 1;
    const body = request.url === "/fetches" ? { fetches } : { keys: published, public_certs: [] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  project.provide("accessTeam", { url, current: current.secret, next: next.secret, foreign: foreign.secret });
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
