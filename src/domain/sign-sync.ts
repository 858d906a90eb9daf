/** Signing inside a transaction, which cannot wait for WebCrypto. */
import { createHmac } from "node:crypto";
import { signedMessage } from "./signing-secrets.ts";

/**
 * The same MAC as `sign` makes, 32 bytes.
 *
 * @param secret the text of one of `SIGNING_SECRETS`
 */
export function signSync(secret: string, label: string, bytes: Uint8Array): Uint8Array {
  return createHmac("sha256", secret).update(signedMessage(label, bytes)).digest();
}
