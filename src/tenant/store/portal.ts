/** The rows of `portal`: hashes of unopened links and open sessions. SQL only. */
import type { PortalCredentialKind } from "../../domain/portal-credential.ts";
import type { PortalPerson } from "../api.ts";

/** A link or a session that has not expired; `expiresAt` in ms since epoch. */
export interface PortalRow extends PortalPerson {
  readonly expiresAt: number;
  /** Key of the tenant that made the link, and which of its texts (as by `keyTextId`); null: the operator. */
  readonly keyId: string | null;
  readonly keyText: string | null;
}

/**
 * Kinds as they are stored. Those of viewers have other names, because a release that knows no roles must refuse them
 * and not take them for administrators.
 */
const storedKind = (kind: PortalCredentialKind, role: PortalPerson["role"]) =>
  role === "viewer" ? `viewer-${kind}` : kind;

/** The rows of `portal`. */
export class PortalStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  put(hash: string, kind: PortalCredentialKind, row: PortalRow): void {
    const { role, person, returnUrl, expiresAt, keyId, keyText } = row;
    this.#sql.exec(
      "INSERT INTO portal (hash, kind, expires_at, person, return_url, key_id, key_text) VALUES (?, ?, ?, ?, ?, ?, ?)",
      hash,
      storedKind(kind, role),
      expiresAt,
      person,
      returnUrl,
      keyId,
      keyText,
    );
  }

  /** @returns the credential, or null if there is none of this kind or it has expired */
  find(hash: string, kind: PortalCredentialKind, now: number): PortalRow | null {
    const [row] = this.#sql
      .exec(
        `SELECT expires_at AS expiresAt, CASE kind WHEN ?2 THEN 'admin' ELSE 'viewer' END AS role, person,
           return_url AS returnUrl, key_id AS keyId, key_text AS keyText
         FROM portal WHERE hash = ?1 AND kind IN (?2, ?3) AND expires_at > ?4`,
        hash,
        storedKind(kind, "admin"),
        storedKind(kind, "viewer"),
        now,
      )
      .toArray();
    return row === undefined ? null : (row as unknown as PortalRow);
  }

  remove(hash: string): void {
    this.#sql.exec("DELETE FROM portal WHERE hash = ?", hash);
  }

  /** @returns the number of links and sessions */
  count(): number {
    return this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM portal").one().count;
  }

  /** Deletes every link and session. @returns the number of sessions */
  removeAll(): number {
    const sessions = "SELECT COUNT(*) AS sessions FROM portal WHERE kind IN ('session', 'viewer-session')";
    const { sessions: count } = this.#sql.exec<{ sessions: number }>(sessions).one();
    this.#sql.exec("DELETE FROM portal");
    return count;
  }

  removeExpired(now: number): void {
    this.#sql.exec("DELETE FROM portal WHERE expires_at <= ?", now);
  }
}
