/** What the operator does with a tenant's keys: make, list, change, rotate, revoke. */
import type { Doer } from "../../domain/audit.ts";
import type { KeyKind } from "../../domain/key-format.ts";
import { formatKeyId, hashKey, KEY_ID_BYTES, KEY_RANDOM_BYTES, mintKey } from "../../domain/key-format.ts";
import type { SigningSecret } from "../../domain/signing-secrets.ts";
import { type Refusal, refusal } from "../../errors.ts";
import type { KeySettings, KeyView } from "../api.ts";
import type { Tenancy } from "../services.ts";
import type { KeyRow, PreviousText } from "../store/keys.ts";

/** A key at the one moment when it can be seen. */
export type NewKey = KeyView & { readonly key: string };

/** Makes a key; its text is in the answer and nowhere else. */
export async function createKey(tenancy: Tenancy, kind: KeyKind, settings: KeySettings, doer?: Doer): Promise<NewKey> {
  const keyId = formatKeyId(tenancy.chance.randomBytes(KEY_ID_BYTES));
  const { key, hash, signedBy } = await newSecret(tenancy, kind, keyId);
  const row: KeyRow = {
    ...settings,
    keyId,
    kind,
    hash,
    signedBy,
    previous: [],
    createdAt: tenancy.chance.now(),
    revokedAt: null,
    lastUsedAt: null,
  };
  const view = viewKey(row, tenancy.secrets, tenancy.chance.now());
  await tenancy.commit.run(() => {
    tenancy.keys.put(row);
    tenancy.audit.enter(doer, { action: "key.create", target: keyId, after: view });
  });
  return { ...view, key };
}

const TOO_MANY_TEXTS =
  "overlapSeconds: too many earlier texts of this key still work; let some expire, or end all of them with 0";
/** Texts of one key that work beside the newest. */
const MOST_PREVIOUS = 8;

/**
 * Gives a key a new text under the same identity. The old text works for `overlapMs` more, but never longer than the key
 * itself; those before it as long as was said when they were replaced. With an overlap of 0 all of them end at once.
 *
 * @returns null for a key that does not exist, or is revoked or expired; a refusal (30001) if too many texts still work
 */
export async function rotateKey(
  tenancy: Tenancy,
  keyId: string,
  overlapMs: number,
  doer?: Doer,
): Promise<NewKey | Refusal | null> {
  const now = tenancy.chance.now();
  const known = tenancy.keys.get(keyId);
  if (!known || statusOf(known, now) !== "active") return null;
  const { key, hash, signedBy } = await newSecret(tenancy, known.kind, keyId);
  const view = await tenancy.commit.run((): KeyView | Refusal | null => {
    const current = tenancy.keys.get(keyId);
    if (!current || statusOf(current, now) !== "active") return null;
    const expiresAt = Math.min(now + overlapMs, current.expiresAt ?? Number.POSITIVE_INFINITY);
    const earlier = current.previous.filter((text) => text.expiresAt > now);
    if (overlapMs > 0 && earlier.length >= MOST_PREVIOUS) return refusal(30001, TOO_MANY_TEXTS);
    const replaced = { hash: current.hash, signedBy: current.signedBy, expiresAt };
    const next: KeyRow = { ...current, hash, signedBy, previous: overlapMs > 0 ? [replaced, ...earlier] : [] };
    tenancy.keys.put(next);
    const after = viewKey(next, tenancy.secrets, now);
    tenancy.audit.enter(doer, { action: "key.rotate", target: keyId, after });
    return after;
  });
  return view === null || "code" in view ? view : { ...view, key };
}

/** Changes a key's settings. @returns null for a key that does not exist */
export function patchKey(
  tenancy: Tenancy,
  keyId: string,
  changes: Partial<KeySettings>,
  doer?: Doer,
): Promise<KeyView | null> {
  return tenancy.commit.run(() => {
    const current = tenancy.keys.get(keyId);
    if (!current) return null;
    const row: KeyRow = { ...current, ...changes };
    tenancy.keys.put(row);
    const view = (key: KeyRow) => viewKey(key, tenancy.secrets, tenancy.chance.now());
    tenancy.audit.enter(doer, { action: "key.update", target: keyId, before: view(current), after: view(row) });
    return view(row);
  });
}

/** Revokes a key and what it has minted, at once. Repeating it changes nothing. @returns null if there is no such key */
export function revokeKey(tenancy: Tenancy, keyId: string, doer?: Doer): Promise<KeyView | null> {
  return tenancy.commit.run(() => {
    const current = tenancy.keys.get(keyId);
    if (!current) return null;
    const now = tenancy.chance.now();
    const row: KeyRow = { ...current, revokedAt: current.revokedAt ?? now, previous: [] };
    tenancy.keys.put(row);
    const after = viewKey(row, tenancy.secrets, now);
    tenancy.audit.enter(doer, { action: "key.revoke", target: keyId, after });
    return after;
  });
}

export function listKeys(tenancy: Tenancy): KeyView[] {
  return tenancy.keys.list().map((row) => {
    const lastUsedAt = tenancy.access.lastUsed(row.keyId) ?? row.lastUsedAt;
    return viewKey({ ...row, lastUsedAt }, tenancy.secrets, tenancy.chance.now());
  });
}

async function newSecret(tenancy: Tenancy, kind: KeyKind, keyId: string) {
  const [signer] = tenancy.secrets;
  const tenantId = tenancy.meta.tenant()?.tenantId;
  if (!signer || tenantId === undefined) throw new Error("A key needs a tenant and a signing secret");
  const key = await mintKey({ kind, tenantId, keyId, random16: tenancy.chance.randomBytes(KEY_RANDOM_BYTES) }, signer);
  return { key, hash: await hashKey(key), signedBy: signer.id };
}

function statusOf(key: KeyRow, now: number): KeyView["status"] {
  if (key.revokedAt !== null) return "revoked";
  return key.expiresAt !== null && key.expiresAt <= now ? "expired" : "active";
}

const isoOrNull = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function viewKey(key: KeyRow, secrets: readonly SigningSecret[], now: number): KeyView {
  const signedWith = (id: string) => {
    const index = secrets.findIndex((secret) => secret.id === id);
    return index === 0 ? "first" : index > 0 ? "later" : "removed";
  };
  return {
    keyId: key.keyId,
    kind: key.kind,
    name: key.name,
    scopes: key.scopes,
    models: key.models,
    allowedOrigins: key.allowedOrigins,
    expiresAt: isoOrNull(key.expiresAt),
    requestsPerMinute: key.requestsPerMinute,
    monthlyCredits: key.monthlyCredits,
    status: statusOf(key, now),
    createdAt: new Date(key.createdAt).toISOString(),
    revokedAt: isoOrNull(key.revokedAt),
    lastUsedAt: isoOrNull(key.lastUsedAt),
    signedWith: signedWith(key.signedBy),
    previous: viewPrevious(key.previous, signedWith, now),
  };
}

/** Of the texts before the newest: until when the last of them works, and whether one hangs on a later secret. */
function viewPrevious(
  texts: readonly PreviousText[],
  signedWith: (id: string) => KeyView["signedWith"],
  now: number,
): KeyView["previous"] {
  const working = texts.filter(({ expiresAt }) => expiresAt > now);
  if (working.length === 0) return null;
  const signers = working.map(({ signedBy }) => signedWith(signedBy));
  return {
    expiresAt: new Date(Math.max(...working.map(({ expiresAt }) => expiresAt))).toISOString(),
    signedWith: signers.find((signer) => signer !== "first") ?? "first",
  };
}
