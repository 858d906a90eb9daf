/** What the operator does with a tenant's keys: make, list, change, rotate, revoke. */
import type { Actor } from "../../domain/audit.ts";
import type { KeyKind } from "../../domain/key-format.ts";
import { formatKeyId, hashKey, KEY_ID_BYTES, KEY_RANDOM_BYTES, mintKey } from "../../domain/key-format.ts";
import type { SigningSecret } from "../../domain/signing-secrets.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { KeySettings, KeyView } from "../api.ts";
import type { TenantServices } from "../services.ts";
import type { KeyRow, PreviousText } from "../store/keys.ts";

/** A key at the one moment when it can be seen. */
export type NewKey = KeyView & { readonly key: string };

/** Makes a key; its text is in the answer and nowhere else. */
export async function createKey(
  services: TenantServices,
  kind: KeyKind,
  settings: KeySettings,
  actor?: Actor,
): Promise<NewKey> {
  const keyId = formatKeyId(services.random.bytes(KEY_ID_BYTES));
  const { key, hash, signedBy } = await newSecret(services, kind, keyId);
  const row: KeyRow = {
    ...settings,
    keyId,
    kind,
    hash,
    signedBy,
    previous: [],
    createdAt: services.clock.now(),
    revokedAt: null,
    lastUsedAt: null,
  };
  const view = viewKey(row, services.secrets, services.clock.now());
  await services.commit.run(() => {
    services.keys.put(row);
    services.audit.enter(actor, { action: "key.create", target: keyId, after: view });
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
  services: TenantServices,
  keyId: string,
  overlapMs: number,
  actor?: Actor,
): Promise<NewKey | ApiError | null> {
  const now = services.clock.now();
  const known = services.keys.get(keyId);
  if (!known || statusOf(known, now) !== "active") return null;
  const { key, hash, signedBy } = await newSecret(services, known.kind, keyId);
  const view = await services.commit.run((): KeyView | ApiError | null => {
    const current = services.keys.get(keyId);
    if (!current || statusOf(current, now) !== "active") return null;
    const expiresAt = Math.min(now + overlapMs, current.expiresAt ?? Number.POSITIVE_INFINITY);
    const earlier = current.previous.filter((text) => text.expiresAt > now);
    if (overlapMs > 0 && earlier.length >= MOST_PREVIOUS) return apiError(30001, TOO_MANY_TEXTS);
    const replaced = { hash: current.hash, signedBy: current.signedBy, expiresAt };
    const next: KeyRow = { ...current, hash, signedBy, previous: overlapMs > 0 ? [replaced, ...earlier] : [] };
    services.keys.put(next);
    const after = viewKey(next, services.secrets, now);
    services.audit.enter(actor, { action: "key.rotate", target: keyId, after });
    return after;
  });
  return view === null || "code" in view ? view : { ...view, key };
}

/** Changes a key's settings. @returns null for a key that does not exist */
export function patchKey(
  services: TenantServices,
  keyId: string,
  changes: Partial<KeySettings>,
  actor?: Actor,
): Promise<KeyView | null> {
  return services.commit.run(() => {
    const current = services.keys.get(keyId);
    if (!current) return null;
    const row: KeyRow = { ...current, ...changes };
    services.keys.put(row);
    const view = (key: KeyRow) => viewKey(key, services.secrets, services.clock.now());
    services.audit.enter(actor, { action: "key.update", target: keyId, before: view(current), after: view(row) });
    return view(row);
  });
}

/** Revokes a key and what it has minted, at once. Repeating it changes nothing. @returns null if there is no such key */
export function revokeKey(services: TenantServices, keyId: string, actor?: Actor): Promise<KeyView | null> {
  return services.commit.run(() => {
    const current = services.keys.get(keyId);
    if (!current) return null;
    const now = services.clock.now();
    const row: KeyRow = { ...current, revokedAt: current.revokedAt ?? now, previous: [] };
    services.keys.put(row);
    const after = viewKey(row, services.secrets, now);
    services.audit.enter(actor, { action: "key.revoke", target: keyId, after });
    return after;
  });
}

export function listKeys(services: TenantServices): KeyView[] {
  return services.keys.list().map((row) => {
    const lastUsedAt = services.access.lastUsed(row.keyId) ?? row.lastUsedAt;
    return viewKey({ ...row, lastUsedAt }, services.secrets, services.clock.now());
  });
}

async function newSecret(services: TenantServices, kind: KeyKind, keyId: string) {
  const [signer] = services.secrets;
  const tenantId = services.meta.tenant()?.tenantId;
  if (!signer || tenantId === undefined) throw new Error("A key needs a tenant and a signing secret");
  const key = await mintKey({ kind, tenantId, keyId, random16: services.random.bytes(KEY_RANDOM_BYTES) }, signer);
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
