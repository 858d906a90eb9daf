/**
 * Keys whose MAC this isolate has verified, so that a key's arithmetic is done once and not with every request. That a
 * deployment has signed a key is true for as long as its secrets are the same; whether the key still counts is the tenant
 * object's word, every time.
 *
 * They are found by their text. V8 compares texts only if their hashes are equal, and those are seeded anew in each
 * process, so the time taken does not tell how much of a guess is right.
 */
import { hashKey, verifyKey } from "../domain/key-format.ts";
import type { SigningSecret } from "../domain/signing-secrets.ts";

export interface VerifiedKey {
  readonly tenantId: string;
  readonly keyId: string;
  /** As by `hashKey`. */
  readonly keyHash: string;
}

const MAX_REMEMBERED = 1_000;
const remembered = new WeakMap<readonly SigningSecret[], Map<string, VerifiedKey>>();

/** @returns what a key that was verified before says, else null */
export function rememberedKey(text: string, secrets: readonly SigningSecret[]): VerifiedKey | null {
  return remembered.get(secrets)?.get(text) ?? null;
}

/** @returns what the key says, or null for one that none of the secrets has signed */
export async function verifyKeyOnce(text: string, secrets: readonly SigningSecret[]): Promise<VerifiedKey | null> {
  const found = rememberedKey(text, secrets);
  if (found) return found;
  const key = await verifyKey(text, secrets);
  if (!key.ok) return null;
  const verified = { tenantId: key.tenantId, keyId: key.keyId, keyHash: await hashKey(text) };
  const known = remembered.get(secrets) ?? new Map<string, VerifiedKey>();
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(text, verified);
  remembered.set(secrets, known);
  return verified;
}
