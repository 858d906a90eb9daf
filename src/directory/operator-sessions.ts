/**
 * Sessions of the console: rows of the table `operator_sessions`. A session ends after 12 hours without use, after 7 days,
 * or with the token that opened it. SQL only.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../domain/calendar.ts";
import { Store } from "../lib/store.ts";

const IDLE_MS = 12 * HOUR_MS;
/** Longest life of a session. */
export const SESSION_MS = 7 * DAY_MS;
/** Most sessions of one operator; the oldest ends for a new one. */
const MOST_SESSIONS = 20;
/** A stored time of use younger than this is not rewritten. */
const LAST_USED_MS = 10 * MINUTE_MS;

/** One session. Times in ms since epoch. */
export interface SessionRow {
  readonly hash: string;
  readonly operatorId: string;
  /** Hash of the operator's token that opened it; null for root, whose sessions are bound to the token by their MAC. */
  readonly tokenHash: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number;
}

const COLUMNS = `hash, operator_id AS operatorId, token_hash AS tokenHash, created_at AS createdAt,
  expires_at AS expiresAt, last_used_at AS lastUsedAt`;

/** Rows of the table `operator_sessions`. */
export class OperatorSessionStore extends Store {
  /** Adds a session; removes those that have expired, and the operator's oldest beyond its number. */
  open({ hash, operatorId, tokenHash }: Pick<SessionRow, "hash" | "operatorId" | "tokenHash">, now: number): void {
    this.sql.exec("DELETE FROM operator_sessions WHERE expires_at <= ?", now);
    this.sql.exec(
      `INSERT INTO operator_sessions (hash, operator_id, token_hash, created_at, expires_at, last_used_at)
       VALUES (?,?,?,?,?,?)`,
      hash,
      operatorId,
      tokenHash,
      now,
      now + IDLE_MS,
      now,
    );
    this.sql.exec(
      `DELETE FROM operator_sessions WHERE operator_id = ?1 AND seq NOT IN
       (SELECT seq FROM operator_sessions WHERE operator_id = ?1 ORDER BY seq DESC LIMIT ?2)`,
      operatorId,
      MOST_SESSIONS,
    );
  }

  /** @returns the session and extends it, or null for one that has ended */
  use(hash: string, now: number): SessionRow | null {
    const [row] = this.#read("hash = ? AND expires_at > ?", hash, now);
    if (row && now - row.lastUsedAt >= LAST_USED_MS) {
      this.sql.exec(
        "UPDATE operator_sessions SET last_used_at = ?, expires_at = ? WHERE hash = ?",
        now,
        Math.min(now + IDLE_MS, row.createdAt + SESSION_MS),
        hash,
      );
    }
    return row ?? null;
  }

  /** @returns the sessions of an operator that have not expired, newest first */
  list(operatorId: string, now: number): SessionRow[] {
    return this.#read("operator_id = ? AND expires_at > ? ORDER BY seq DESC", operatorId, now);
  }

  /** Ends one session. */
  end(hash: string): void {
    this.sql.exec("DELETE FROM operator_sessions WHERE hash = ?", hash);
  }

  /** Ends all sessions of an operator. @returns their number */
  endAll(operatorId: string): number {
    return this.all("DELETE FROM operator_sessions WHERE operator_id = ? RETURNING seq", operatorId).length;
  }

  #read(condition: string, ...values: readonly (string | number)[]): SessionRow[] {
    return this.all(`SELECT ${COLUMNS} FROM operator_sessions WHERE ${condition}`, ...values);
  }
}
