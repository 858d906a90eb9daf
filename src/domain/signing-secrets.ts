/**
 * The deployment's signing secrets (`SIGNING_SECRETS`): the first signs, all verify, so a secret can be replaced without
 * a flag day. Each use has its own label, so that what was signed for one purpose is worth nothing for another.
 */
import { type Bytes, concatBytes, constantTimeEqual, encodeHex, utf8 } from "../lib/bytes.ts";

/** One of `SIGNING_SECRETS`, ready for use. */
export interface SigningSecret {
  /** HMAC-SHA256, not extractable. */
  readonly key: CryptoKey;
  /** 12 hex digits that say which secret signed something; reveals nothing of it, so it may be stored and shown. */
  readonly id: string;
}

const SEPARATOR = new Uint8Array(1);
const SECRET_ID_LABEL = "paddock/secret-id/1";

/** Imports the secrets in the order given. @throws RangeError for an empty secret. */
export async function importSigningSecrets(secrets: readonly string[]): Promise<SigningSecret[]> {
  return Promise.all(secrets.map(importSigningSecret));
}

async function importSigningSecret(secret: string): Promise<SigningSecret> {
  if (secret === "") throw new RangeError("a signing secret is empty");
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  // No separator byte here: this message can therefore never equal one made by sign().
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(SECRET_ID_LABEL)));
  return { key, id: encodeHex(mac.subarray(0, 6)) };
}

/** What is signed: the label, a zero byte, and the bytes. */
export function signedMessage(label: string, bytes: Uint8Array): Bytes {
  return concatBytes(utf8(label), SEPARATOR, bytes);
}

/** HMAC-SHA256 (32 bytes) over label, a zero byte, and the bytes. The label separates purposes and has no zero byte. */
export async function sign(secret: SigningSecret, label: string, bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", secret.key, signedMessage(label, bytes)));
}

/**
 * Whether one of the secrets made `mac` (the first `mac.length` bytes of {@link sign}, at least 8). Every secret is
 * tried whether or not an earlier one fits, so the time taken reveals nothing.
 */
export async function isSigned(
  verifiers: readonly SigningSecret[],
  label: string,
  bytes: Uint8Array,
  mac: Uint8Array,
): Promise<boolean> {
  if (mac.length < 8 || mac.length > 32) return false;
  const expected = await Promise.all(verifiers.map((secret) => sign(secret, label, bytes)));
  const matches = expected.map((whole) => constantTimeEqual(whole.subarray(0, mac.length), mac));
  return matches.includes(true);
}

/** @returns which of the secrets has this id: the first, a later one, or none any more */
export function signedWith(secrets: readonly SigningSecret[], id: string): "first" | "later" | "removed" {
  const index = secrets.findIndex((secret) => secret.id === id);
  return index === 0 ? "first" : index > 0 ? "later" : "removed";
}
