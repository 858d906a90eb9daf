/**
 * Credentials that this isolate remembers, so that a flood of requests costs the tenant's object nothing. Both memories
 * are small and short-lived, and never admit a request that the object would deny: spending and reading always ask
 * the object.
 */
import { hashKey, verifyKey } from "../domain/key-format.ts";
import type { SigningSecret } from "../domain/signing-secrets.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";
import type { Caller, Denied } from "../tenant/api.ts";

const MOST_REMEMBERED = 1_000;

// ---- verified keys -----------------------------------------------------------------------------------------------------

/** The content of a key whose MAC was verified. */
export interface VerifiedKey {
  readonly tenantId: string;
  readonly keyId: string;
  /** Result of `hashKey`. */
  readonly keyHash: string;
}

const verifiedKeys = new WeakMap<readonly SigningSecret[], ExpiringMap<VerifiedKey>>();

/**
 * Looks up a key by its text. V8 compares texts only if their hashes are equal, and hashes are seeded anew in each
 * process, so the time taken does not show how much of a guess is right.
 *
 * @returns the content of a key that this isolate has verified before, otherwise null
 */
export function rememberedKey(text: string, secrets: readonly SigningSecret[]): VerifiedKey | null {
  return verifiedKeys.get(secrets)?.get(text, 0) ?? null;
}

/**
 * Verifies a key's MAC, once per isolate while the secrets stay the same. The tenant's object decides whether the key
 * is still valid.
 *
 * @returns the key's content, or null for one that none of the secrets has signed
 */
export async function verifyKeyOnce(text: string, secrets: readonly SigningSecret[]): Promise<VerifiedKey | null> {
  const found = rememberedKey(text, secrets);
  if (found) return found;
  const key = await verifyKey(text, secrets);
  if (!key.ok) return null;
  const verified = { tenantId: key.tenantId, keyId: key.keyId, keyHash: await hashKey(text) };
  const known = verifiedKeys.get(secrets) ?? new ExpiringMap<VerifiedKey>(MOST_REMEMBERED);
  known.set(text, verified, Number.POSITIVE_INFINITY);
  verifiedKeys.set(secrets, known);
  return verified;
}

// ---- denials ----------------------------------------------------------------------------------------------------------

/**
 * Time in ms for which a denied credential is denied without asking again: a change by the operator may take effect
 * this much later.
 */
const DENIED_MS = 2_000;

const denials = new ExpiringMap<Denied>(MOST_REMEMBERED);

/**
 * Remembers that a credential as a whole was denied: for two seconds if it is not valid, and while its rate limit is
 * certain to stay used up. Other errors depend on the request.
 *
 * @param credential from {@link credentialName}, or the hash of a portal credential
 */
export function rememberDenial(credential: string, denied: Denied): void {
  const ms = denied.rate === null ? DENIED_MS : Math.min(denied.spentForMs ?? 0, DENIED_MS);
  if (ms > 0) denials.set(credential, denied, Date.now() + ms);
}

/** @returns the error that this credential would get again now, otherwise null */
export function rememberedDenial(credential: string): Denied | null {
  return denials.get(credential, Date.now()) ?? null;
}

/** Drops remembered errors, in an isolate that passes on a change by the operator: it takes effect here at once. */
export function clearDenials(): void {
  denials.clear();
}

/** Returns the name of a credential in this isolate. Names are unguessable, and a key's never equals a token's. */
export function credentialName(caller: Caller): string {
  return caller.kind === "key" ? caller.keyHash : caller.claims.tokenId;
}
