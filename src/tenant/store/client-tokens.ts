/** The rows of `client_tokens`: the used allowance of tokens, and ended tokens. Tokens themselves are not stored. */
import { Store } from "../../lib/store.ts";

/** The used allowance of a token. */
export interface TokenUse {
  readonly tasks: number;
  readonly credits: number;
}

/** A token that was used or ended. */
export interface TokenRow extends TokenUse {
  readonly token_id: string;
  /** Null for a token without an end user, and for one that was ended before its first task. */
  readonly end_user: string | null;
  /** ms since epoch. */
  readonly expires_at: number;
  /** 1 if it was ended before its expiry. */
  readonly ended: number;
}

/** Which tokens are listed; `now` in ms since epoch. */
export interface TokenFilter {
  readonly endUser: string | null;
  readonly after: string | null;
  readonly now: number;
  readonly limit: number;
}

/** Most rows that are read for one page: until expired tokens are deleted, there may be many in its way. */
const READ_AT_ONCE = 2_000;
/** Rows of expired tokens that one call deletes. */
export const REMOVED_AT_ONCE = 5_000;

/** The rows of `client_tokens`. */
export class ClientTokenStore extends Store {
  get(tokenId: string): TokenUse {
    const statement = "SELECT tasks, credits FROM client_tokens WHERE token_id = ?";
    return this.first(statement, tokenId) ?? { tasks: 0, credits: 0 };
  }

  /** Adds to the used allowance of a token; negative numbers give back. */
  add(tokenId: string, use: TokenUse, expiresAt: number, endUser: string | null = null): void {
    this.sql.exec(
      `INSERT INTO client_tokens (token_id, tasks, credits, expires_at, end_user) VALUES (?,?,?,?,?)
       ON CONFLICT (token_id) DO UPDATE SET tasks = tasks + excluded.tasks, credits = credits + excluded.credits`,
      tokenId,
      use.tasks,
      use.credits,
      expiresAt,
      endUser,
    );
  }

  /**
   * Returns tokens that made tasks or were ended and have not expired, by id: at most `limit`, and the last id that was read if there
   * may be more, otherwise null. `after` is that of the page before.
   */
  list({ endUser, after, now, limit }: TokenFilter): {
    readonly rows: readonly TokenRow[];
    readonly next: string | null;
  } {
    const from = endUser === null ? "NOT INDEXED WHERE" : "INDEXED BY client_tokens_by_end_user WHERE end_user = ? AND";
    const found = this.each<TokenRow>(
      `SELECT token_id, end_user, tasks, credits, expires_at, ended FROM client_tokens ${from}
       token_id > ? ORDER BY token_id LIMIT ${READ_AT_ONCE + 1}`,
      ...(endUser === null ? [] : [endUser]),
      after ?? "",
    );
    const rows: TokenRow[] = [];
    let next: string | null = null;
    let read = 0;
    for (const row of found) {
      if (rows.length === limit || read === READ_AT_ONCE) return { rows, next };
      read += 1;
      next = row.token_id;
      if (row.expires_at > now) rows.push(row);
    }
    return { rows, next: null };
  }

  isEmpty(): boolean {
    return !this.has("SELECT 1 FROM client_tokens LIMIT 1");
  }

  /** @returns true if the token was ended before its expiry */
  isEnded(tokenId: string): boolean {
    return this.has("SELECT 1 FROM client_tokens WHERE token_id = ? AND ended = 1", tokenId);
  }

  /** Ends a token. @param expiresAt ms since epoch: the token's expiry, after which its row is not needed */
  end(tokenId: string, expiresAt: number): void {
    this.sql.exec(
      `INSERT INTO client_tokens (token_id, tasks, credits, expires_at, ended) VALUES (?, 0, 0, ?, 1)
       ON CONFLICT (token_id) DO UPDATE SET ended = 1`,
      tokenId,
      expiresAt,
    );
  }

  /** @returns the number of ended tokens that have not expired. @param now ms since epoch */
  countEnded(now: number): number {
    return this.value(
      "SELECT COUNT(*) FROM client_tokens INDEXED BY client_tokens_ended WHERE ended = 1 AND expires_at > ?",
      now,
    );
  }

  /**
   * Deletes rows of tokens that have expired: a bounded number, so that other calls do not wait long.
   *
   * @param now ms since epoch
   * @returns true if there may be more
   */
  removeExpired(now: number): boolean {
    const removed = this.all(
      `DELETE FROM client_tokens
       WHERE token_id IN (SELECT token_id FROM client_tokens WHERE expires_at <= ? LIMIT ${REMOVED_AT_ONCE}) RETURNING 1`,
      now,
    );
    return removed.length === REMOVED_AT_ONCE;
  }
}
