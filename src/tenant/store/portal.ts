/** The rows of `portal`: hashes of unopened links and open sessions. SQL only. */
import type { PortalCredentialKind } from "../../domain/portal-credential.ts";

/** The rows of `portal`. */
export class PortalStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @param expiresAt ms since epoch */
  put(hash: string, kind: PortalCredentialKind, expiresAt: number): void {
    this.#sql.exec("INSERT INTO portal (hash, kind, expires_at) VALUES (?, ?, ?)", hash, kind, expiresAt);
  }

  /** @returns its expiry (ms since epoch), or null if there is no such credential or it has expired */
  expiryOf(hash: string, kind: PortalCredentialKind, now: number): number | null {
    const [row] = this.#sql
      .exec<{ expires_at: number }>(
        "SELECT expires_at FROM portal WHERE hash = ? AND kind = ? AND expires_at > ?",
        hash,
        kind,
        now,
      )
      .toArray();
    return row?.expires_at ?? null;
  }

  remove(hash: string): void {
    this.#sql.exec("DELETE FROM portal WHERE hash = ?", hash);
  }

  /** Deletes every link and session. @returns the number of sessions */
  removeAll(): number {
    const sessions = "SELECT COUNT(*) AS sessions FROM portal WHERE kind = 'session'";
    const { sessions: count } = this.#sql.exec<{ sessions: number }>(sessions).one();
    this.#sql.exec("DELETE FROM portal");
    return count;
  }

  removeExpired(now: number): void {
    this.#sql.exec("DELETE FROM portal WHERE expires_at <= ?", now);
  }
}
