/**
 * Credentials that this isolate remembers, so that a flood of requests costs the objects nothing. The memories are small
 * and short-lived. A tenant's credential is never admitted from memory: spending and reading always ask the object.
 */
import type { TokenHolder } from "../directory/operator-register.ts";
import { hashKey, verifyKey } from "../domain/key-format.ts";
import type { OperatorIdentity } from "../domain/operator-scopes.ts";
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
function rememberedKey(text: string, secrets: readonly SigningSecret[]): VerifiedKey | null {
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
  if (caller.kind === "portal") return caller.session;
  return caller.kind === "key" ? caller.keyHash : caller.claims.tokenId;
}

// ---- operators ---------------------------------------------------------------------------------------------------------

/** Time in ms for which the Directory is not asked again: a change of an operator may take effect this much later. */
const OPERATOR_MS = 5_000;

/** Null for a credential that does not work. */
const operators = new ExpiringMap<OperatorIdentity | null>(MOST_REMEMBERED);

/** @param hash of a token or a session. @returns what the Directory last returned, or undefined for an unknown one */
export function rememberedOperator(hash: string): OperatorIdentity | null | undefined {
  return operators.get(hash, Date.now());
}

/** Remembers the Directory's response for some seconds, but not past the end of the credential. */
export function rememberOperator(hash: string, holder: TokenHolder | null): void {
  const until = Math.min(Date.now() + OPERATOR_MS, holder?.validUntil ?? Number.POSITIVE_INFINITY);
  operators.set(hash, holder?.operator ?? null, until);
}

/** Drops all responses, in an isolate that passes on a change of an operator: it takes effect here at once. */
export function forgetOperators(): void {
  operators.clear();
}
