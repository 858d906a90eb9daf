/** Creates, lists, changes, rotates and revokes a tenant's keys. */
import type { Actor } from "../../domain/audit.ts";
import { DAY_MS } from "../../domain/calendar.ts";
import type { KeyKind } from "../../domain/key-format.ts";
import { formatKeyId, hashKey, KEY_ID_BYTES, KEY_RANDOM_BYTES, mintKey } from "../../domain/key-format.ts";
import { type SigningSecret, signedWith } from "../../domain/signing-secrets.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ByteLimit, utf8Length } from "../../lib/byte-limit.ts";
import { isSame } from "../../lib/is-same.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { TenantServices } from "../services.ts";
import { DEFAULT_KEY_SETTINGS, KEY_SETTING_NAMES, type KeySettings, type KeyView } from "../settings.ts";
import type { KeyRow, PreviousText } from "../store/keys.ts";

/** A new key with its text, which is shown only once. */
export type NewKey = KeyView & { readonly key: string };

/**
 * Creates a key; its text is in the response and nowhere else.
 *
 * @param mostKeys most keys that are not revoked, with this one
 * @returns an error (30001) if there are too many
 */
export async function createKey(
  services: TenantServices,
  kind: KeyKind,
  settings: KeySettings,
  actor?: Actor,
  mostKeys = MOST_KEYS,
): Promise<NewKey | ApiError> {
  const keyId = formatKeyId(services.random.bytes(KEY_ID_BYTES));
  const { key, hash, signedBy } = await newSecret(services, kind, keyId);
  const row: KeyRow = {
    ...DEFAULT_KEY_SETTINGS, // a Worker of an earlier release does not pass them all
    ...settings,
    keyId,
    kind,
    hash,
    signedBy,
    previous: [],
    createdAt: services.clock.now(),
    revokedAt: null,
    lastUsedAt: null,
    rotatedAt: null,
  };
  const view = viewKey(row, services.secrets, services.clock.now());
  return services.commit.run((): NewKey | ApiError => {
    removeOldKeys(services);
    const { length } = services.keys.list().filter(({ revokedAt }) => revokedAt === null);
    if (length >= mostKeys) return apiError(30001, `At most ${mostKeys} keys: revoke some first`);
    services.keys.put(row);
    services.audit.enter(actor, { action: "key.create", target: keyId, after: view });
    return { ...view, key };
  });
}

/** Most keys of one tenant that are not revoked. */
const MOST_KEYS = 500;
/** Most revoked keys still listed, the newest first, and for how long. */
const MOST_REVOKED = 100;
const REVOKED_MS = 30 * DAY_MS;

/** Deletes keys that were revoked long ago, or before many others. Call it inside a transaction. */
function removeOldKeys({ keys, clock }: TenantServices): void {
  const revoked = keys.list().flatMap(({ keyId, revokedAt }) => (revokedAt === null ? [] : [{ keyId, revokedAt }]));
  revoked.sort((a, b) => b.revokedAt - a.revokedAt);
  const oldest = clock.now() - REVOKED_MS;
  const old = revoked.filter(({ revokedAt }, index) => index >= MOST_REVOKED || revokedAt < oldest);
  for (const { keyId } of old) keys.remove(keyId);
}

const TOO_MANY_TEXTS =
  "overlapSeconds: too many earlier texts of this key still work; let some expire, or end all of them with 0";
/** Most texts of one key that work besides the newest. */
const MOST_PREVIOUS = 8;

/**
 * Gives a key a new text under the same identity. The old text works for `overlapMs` more, but not longer than the key
 * itself; earlier texts work until the time set when they were replaced. With an overlap of 0 all old texts end at
 * once.
 *
 * @returns null for a key that does not exist, or is revoked or expired; an error (30001) if too many texts still work
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
    const previous = overlapMs > 0 ? [replaced, ...earlier] : [];
    const next: KeyRow = { ...current, hash, signedBy, previous, rotatedAt: now };
    services.keys.put(next);
    const after = viewKey(next, services.secrets, now);
    const before = viewKey(current, services.secrets, now);
    services.audit.enter(actor, { action: "key.rotate", target: keyId, before, after });
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
    const view = (key: KeyRow) => viewKey(key, services.secrets, services.clock.now());
    if (isSame(row, current)) return view(current);
    services.keys.put(row);
    services.audit.enter(actor, { action: "key.update", target: keyId, before: view(current), after: view(row) });
    return view(row);
  });
}

/** Revokes a key and its client tokens at once. Repeating it changes nothing. @returns null if there is no such key */
export function revokeKey(services: TenantServices, keyId: string, actor?: Actor): Promise<KeyView | null> {
  return services.commit.run(() => {
    const current = services.keys.get(keyId);
    if (!current) return null;
    const now = services.clock.now();
    const row: KeyRow = { ...current, revokedAt: current.revokedAt ?? now, previous: [] };
    const after = viewKey(row, services.secrets, now);
    if (current.revokedAt !== null) return after;
    services.keys.put(row);
    removeOldKeys(services);
    const before = viewKey(current, services.secrets, now);
    services.audit.enter(actor, { action: "key.revoke", target: keyId, before, after });
    return after;
  });
}

/** One page of keys, oldest first; `nextCursor` is null at the end. */
export interface KeyPage {
  readonly keys: readonly KeyView[];
  readonly nextCursor: string | null;
}

/** A page ends before its keys exceed this many bytes of JSON. */
const MAX_PAGE_BYTES = 1_000_000;

/** Page of the list of keys: `cursor` is the `nextCursor` of the previous page, or null. */
export interface KeyListQuery {
  readonly limit: number;
  readonly cursor: string | null;
}

/** @returns a page of at most `limit` keys and about 1 MB */
export function listKeys(services: TenantServices, { limit, cursor }: KeyListQuery): KeyPage {
  const [afterTime = "0", afterId = ""] = cursor?.split(".") ?? [];
  const rows = services.keys
    .list()
    .filter(
      ({ createdAt, keyId }) => createdAt > Number(afterTime) || (createdAt === Number(afterTime) && keyId > afterId),
    );
  const keys: KeyView[] = [];
  const bytes = new ByteLimit(MAX_PAGE_BYTES);
  for (const row of rows) {
    const lastUsedAt = services.access.lastUsed(row.keyId) ?? row.lastUsedAt;
    const view = viewKey({ ...row, lastUsedAt }, services.secrets, services.clock.now());
    if (keys.length === limit || !bytes.takes(utf8Length(JSON.stringify(view)))) break;
    keys.push(view);
  }
  const last = rows[keys.length - 1];
  return { keys, nextCursor: last && keys.length < rows.length ? `${last.createdAt}.${last.keyId}` : null };
}

/** @returns one key, or null if there is no such key */
export function findKey(services: TenantServices, keyId: string): KeyView | null {
  const row = services.keys.get(keyId);
  return row && viewKey(row, services.secrets, services.clock.now());
}

/** @returns at most `limit` keys whose ids begin with `prefix`, oldest first */
export function findKeysByPrefix({ keys, secrets, clock }: TenantServices, prefix: string, limit: number): KeyView[] {
  const found = keys.list().filter(({ keyId }) => keyId.startsWith(prefix));
  return found.slice(0, limit).map((row) => viewKey(row, secrets, clock.now()));
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

/** Returns the settings alone, because a row also has fields that no response may contain. */
function settingsOf(key: KeySettings): KeySettings {
  return Object.fromEntries(KEY_SETTING_NAMES.map((name) => [name, key[name]])) as never;
}

function viewKey(key: KeyRow, secrets: readonly SigningSecret[], now: number): KeyView {
  const signer = (id: string) => signedWith(secrets, id);
  return {
    keyId: key.keyId,
    kind: key.kind,
    ...settingsOf(key),
    expiresAt: isoTime(key.expiresAt),
    status: statusOf(key, now),
    createdAt: isoTime(key.createdAt),
    revokedAt: isoTime(key.revokedAt),
    lastUsedAt: isoTime(key.lastUsedAt),
    signedWith: signer(key.signedBy),
    previous: viewPrevious(key.previous, signer, now),
  };
}

/** Describes the texts before the newest: when the last of them ends, and whether a later secret signed one. */
function viewPrevious(
  texts: readonly PreviousText[],
  signer: (id: string) => KeyView["signedWith"],
  now: number,
): KeyView["previous"] {
  const working = texts.filter(({ expiresAt }) => expiresAt > now);
  if (working.length === 0) return null;
  const signers = working.map(({ signedBy }) => signer(signedBy));
  return {
    expiresAt: isoTime(Math.max(...working.map(({ expiresAt }) => expiresAt))),
    signedWith: signers.find((one) => one !== "first") ?? "first",
  };
}
