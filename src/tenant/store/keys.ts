/** The rows of `keys`: SQL, and a complete cache, which is exact because this object is the only writer. */

import type { KeyKind } from "../../domain/key-format.ts";
import type { KeySettings } from "../api.ts";
import type { Scope } from "../permissions.ts";

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
const list = <T>(value: SqlStorageValue | undefined) => (typeof value === "string" ? (JSON.parse(value) as T[]) : null);

function fromRaw(row: Raw): KeyRow {
  return {
    keyId: text(row.key_id),
    kind: row.kind === "publishable" ? "publishable" : "secret",
    name: text(row.name),
    hash: text(row.hash),
    signedBy: text(row.signed_by),
    previous: list<PreviousText>(row.previous) ?? [],
    scopes: list<Scope>(row.scopes) ?? [],
    models: list<string>(row.models),
    allowedOrigins: list<string>(row.allowed_origins),
    expiresAt: numberOrNull(row.expires_at),
    requestsPerMinute: numberOrNull(row.requests_per_minute),
    monthlyCredits: numberOrNull(row.monthly_credits),
    createdAt: numberOrNull(row.created_at) ?? 0,
    revokedAt: numberOrNull(row.revoked_at),
    lastUsedAt: numberOrNull(row.last_used_at),
    rotatedAt: numberOrNull(row.rotated_at),
  };
}

/** The rows of `keys`, all of them in memory. */
export class KeyStore {
  readonly #sql: SqlStorage;
  #keys: Map<string, KeyRow> | null = null;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  #all(): Map<string, KeyRow> {
    this.#keys ??= new Map(
      this.#sql
        .exec("SELECT * FROM keys")
        .toArray()
        .map((row) => [text(row.key_id), fromRaw(row)]),
    );
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
    this.#sql.exec("UPDATE keys SET last_used_at = ? WHERE key_id = ?", at, keyId);
    this.#all().set(keyId, { ...key, lastUsedAt: at });
  }

  /** Inserts or replaces a key. */
  put(key: KeyRow): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO keys (key_id, kind, name, hash, signed_by, previous, scopes, models, allowed_origins, expires_at,
         requests_per_minute, monthly_credits, created_at, revoked_at, last_used_at, rotated_at)
       VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
      key.keyId,
      key.kind,
      key.name,
      key.hash,
      key.signedBy,
      key.previous.length > 0 ? JSON.stringify(key.previous) : null,
      JSON.stringify(key.scopes),
      key.models && JSON.stringify(key.models),
      key.allowedOrigins && JSON.stringify(key.allowedOrigins),
      key.expiresAt,
      key.requestsPerMinute,
      key.monthlyCredits,
      key.createdAt,
      key.revokedAt,
      key.lastUsedAt,
      key.rotatedAt,
    );
    this.#all().set(key.keyId, key);
  }

  /** Deletes a key: its texts and tokens stop working. */
  remove(keyId: string): void {
    this.#sql.exec("DELETE FROM keys WHERE key_id = ?", keyId);
    this.#all().delete(keyId);
  }
}
