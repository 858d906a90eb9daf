/** The rows of `keys`: SQL, and a complete cache, which is exact because this object is the only writer. */
import type { KeyKind } from "../../domain/key-format.ts";
import { Store } from "../../lib/store.ts";
import { DEFAULT_KEY_SETTINGS, KEY_SETTING_NAMES, type KeySettings } from "../settings.ts";

/** A replaced text that works until `expiresAt`, in ms since epoch. */
export interface PreviousText {
  readonly hash: string;
  readonly signedBy: string;
  readonly expiresAt: number;
}

/** One key; times in ms since epoch. */
export interface KeyRow extends KeySettings {
  readonly keyId: string;
  readonly kind: KeyKind;
  /** Hex SHA-256 of the key. */
  readonly hash: string;
  /** Id of the signing secret that signed it. */
  readonly signedBy: string;
  /** Replaced texts, newest first; some may have expired. */
  readonly previous: readonly PreviousText[];
  readonly createdAt: number;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  /** Time at which the key got its present text; null if that is its first text, or older than release 0.2. */
  readonly rotatedAt: number | null;
}

type Raw = Record<string, SqlStorageValue>;
const text = (value: SqlStorageValue | undefined) => String(value);
const numberOrNull = (value: SqlStorageValue | undefined) => (typeof value === "number" ? value : null);

/** Columns of the settings, named as these in snake case; the name is not JSON and has a line of its own below. */
const COLUMNS = KEY_SETTING_NAMES.filter((setting) => setting !== "name").map((setting) => ({
  setting,
  column: setting.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
}));

/** Numbers are stored as they are, other values as JSON. Null is read as the default, because older rows contain it. */
const toColumn = (value: unknown) => (typeof value === "number" ? value : value == null ? null : JSON.stringify(value));
const fromColumn = (value: SqlStorageValue | undefined) => (value == null ? undefined : JSON.parse(String(value)));

function settingsFromRaw(row: Raw): KeySettings {
  const given = COLUMNS.map(({ setting, column }) => [setting, fromColumn(row[column])] as const);
  const stored = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Partial<KeySettings>;
  return { scopes: [], ...DEFAULT_KEY_SETTINGS, ...stored, name: text(row.name) };
}

function fromRaw(row: Raw): KeyRow {
  return {
    keyId: text(row.key_id),
    kind: row.kind === "publishable" ? "publishable" : "secret",
    ...settingsFromRaw(row),
    hash: text(row.hash),
    signedBy: text(row.signed_by),
    previous: fromColumn(row.previous) ?? [],
    createdAt: numberOrNull(row.created_at) ?? 0,
    revokedAt: numberOrNull(row.revoked_at),
    lastUsedAt: numberOrNull(row.last_used_at),
    rotatedAt: numberOrNull(row.rotated_at),
  };
}

function toRaw(key: KeyRow): Raw {
  return {
    key_id: key.keyId,
    kind: key.kind,
    name: key.name,
    hash: key.hash,
    signed_by: key.signedBy,
    previous: key.previous.length > 0 ? JSON.stringify(key.previous) : null,
    ...Object.fromEntries(COLUMNS.map(({ setting, column }) => [column, toColumn(key[setting])])),
    created_at: key.createdAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
    rotated_at: key.rotatedAt,
  };
}

/** The rows of `keys`, all of them in memory. */
export class KeyStore extends Store {
  #keys: Map<string, KeyRow> | null = null;
  #all(): Map<string, KeyRow> {
    this.#keys ??= new Map(this.all<Raw>("SELECT * FROM keys").map((row) => [text(row.key_id), fromRaw(row)]));
    return this.#keys;
  }

  clearCache(): void {
    this.#keys = null;
  }

  get(keyId: string): KeyRow | null {
    return this.#all().get(keyId) ?? null;
  }

  /** @returns all keys, oldest first. */
  list(): KeyRow[] {
    return [...this.#all().values()].sort((a, b) => a.createdAt - b.createdAt || (a.keyId < b.keyId ? -1 : 1));
  }

  /** Notes when a key was last used, in ms since epoch. */
  setLastUsed(keyId: string, at: number): void {
    const key = this.get(keyId);
    if (!key) return;
    this.sql.exec("UPDATE keys SET last_used_at = ? WHERE key_id = ?", at, keyId);
    this.#all().set(keyId, { ...key, lastUsedAt: at });
  }

  /** Inserts or replaces a key. */
  put(key: KeyRow): void {
    const row = toRaw(key);
    const columns = Object.keys(row);
    this.sql.exec(
      `INSERT OR REPLACE INTO keys (${columns.join()}) VALUES (${columns.map(() => "?").join()})`,
      ...Object.values(row),
    );
    this.#all().set(key.keyId, key);
  }

  /** Deletes a key: its texts and tokens stop working. */
  remove(keyId: string): void {
    this.sql.exec("DELETE FROM keys WHERE key_id = ?", keyId);
    this.#all().delete(keyId);
  }
}
