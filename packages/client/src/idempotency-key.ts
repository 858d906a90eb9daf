/** Returns a new random idempotency key. */
export function newIdempotencyKey(): string {
  // Not randomUUID, which is missing on pages without TLS.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
