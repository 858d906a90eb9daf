/** The rows of `portal`: hashes of unopened links and open sessions. SQL only. */
import type { PortalCredentialKind } from "../../domain/portal-credential.ts";
import { Store } from "../../lib/store.ts";
import type { PortalPerson } from "../api.ts";

/** How a session was opened: by a link, a key, or a link that was mailed to the person's address. */
export type SignInMethod = "link" | "key" | "email";

/** A link or a session that has not expired; times in ms since epoch. */
export interface PortalRow extends PortalPerson {
  readonly expiresAt: number;
  /** Key of the tenant that made the link or the session, and which of its texts (as by `keyTextId`); null: the operator. */
  readonly keyId: string | null;
  readonly keyText: string | null;
  readonly method: SignInMethod;
  /** 0 for one of an earlier release. */
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

/** A session in the list of all. */
export type ListedSession = PortalRow & { readonly hash: string };

/** Place of a session in the list. */
export interface SessionPlace {
  /** ms since epoch. */
  readonly createdAt: number;
  readonly sessionId: string;
}

/** Which page of sessions is wanted. */
export interface PortalSessionQuery {
  readonly limit: number;
  /** The last session of the page before, or null. */
  readonly after: SessionPlace | null;
}

/**
 * Kinds as they are stored. Those of viewers have other names, because a release that knows no roles must refuse them
 * and not take them for administrators.
 */
const storedKind = (kind: PortalCredentialKind, role: PortalPerson["role"]) =>
  role === "viewer" ? `viewer-${kind}` : kind;

const COLUMNS = `expires_at AS expiresAt, CASE WHEN kind IN ('link', 'session') THEN 'admin' ELSE 'viewer' END AS role, person,
  return_url AS returnUrl, key_id AS keyId, key_text AS keyText, COALESCE(method, 'link') AS method,
  COALESCE(created_at, 0) AS createdAt, COALESCE(last_seen_at, created_at, 0) AS lastSeenAt`;
const SESSIONS = "kind IN ('session', 'viewer-session')";

/** The rows of `portal`. */
export class PortalStore extends Store {
  put(hash: string, kind: PortalCredentialKind, row: PortalRow): void {
    const { role, person, returnUrl, expiresAt, keyId, keyText, method, createdAt, lastSeenAt } = row;
    this.sql.exec(
      `INSERT INTO portal (hash, kind, expires_at, person, return_url, key_id, key_text, method, created_at, last_seen_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      hash,
      storedKind(kind, role),
      expiresAt,
      person,
      returnUrl,
      keyId,
      keyText,
      method,
      createdAt,
      lastSeenAt,
    );
  }

  /** @returns the credential, or null if there is none of this kind or it has expired */
  find(hash: string, kind: PortalCredentialKind, now: number): PortalRow | null {
    return this.first(
      `SELECT ${COLUMNS} FROM portal WHERE hash = ? AND kind IN (?, ?) AND expires_at > ?`,
      hash,
      storedKind(kind, "admin"),
      storedKind(kind, "viewer"),
      now,
    );
  }

  /** Returns all sessions that have not expired, the newest first: their number is bounded. */
  sessions(now: number): ListedSession[] {
    return this.all<ListedSession>(
      `SELECT hash, ${COLUMNS} FROM portal WHERE ${SESSIONS} AND expires_at > ?
       ORDER BY COALESCE(created_at, 0) DESC, hash`,
      now,
    );
  }

  /** Records a use. @param now ms since epoch */
  seen(hash: string, now: number): void {
    this.sql.exec("UPDATE portal SET last_seen_at = ? WHERE hash = ?", now, hash);
  }

  remove(hash: string): void {
    this.sql.exec("DELETE FROM portal WHERE hash = ?", hash);
  }

  /** Ends the oldest sessions of one person, by one key or of the operator's links, beyond a number. */
  keepNewest({ keyId, person }: Pick<PortalRow, "keyId" | "person">, most: number): void {
    this.sql.exec(
      `DELETE FROM portal WHERE hash IN (SELECT hash FROM portal WHERE ${SESSIONS} AND key_id IS ? AND person IS ?
       ORDER BY COALESCE(created_at, 0) DESC, hash LIMIT -1 OFFSET ?)`,
      keyId,
      person,
      most,
    );
  }

  /** @returns the number of unopened links that were mailed to a person */
  mailed(person: string | null, now: number): number {
    return this.value(
      `SELECT COUNT(*) FROM portal WHERE NOT ${SESSIONS} AND method = 'email' AND person IS ? AND expires_at > ?`,
      person,
      now,
    );
  }

  /** @returns the number of links and sessions */
  count(): number {
    return this.value("SELECT COUNT(*) FROM portal");
  }

  /** Deletes every link and session. @returns the number of sessions */
  removeAll(): number {
    const sessions = this.value(`SELECT COUNT(*) FROM portal WHERE ${SESSIONS}`);
    this.sql.exec("DELETE FROM portal");
    return sessions;
  }

  removeExpired(now: number): void {
    this.sql.exec("DELETE FROM portal WHERE expires_at <= ?", now);
  }
}
