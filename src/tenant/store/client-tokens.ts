/** The rows of `client_tokens`: the used allowance of tokens, and ended tokens. Tokens themselves are not stored. */

/** The used allowance of a token. */
export interface TokenUse {
  readonly tasks: number;
  readonly credits: number;
}

/** The rows of `client_tokens`. */
export class ClientTokenStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(tokenId: string): TokenUse {
    const [row] = this.#sql
      .exec<{ tasks: number; credits: number }>("SELECT tasks, credits FROM client_tokens WHERE token_id = ?", tokenId)
      .toArray();
    return row ?? { tasks: 0, credits: 0 };
  }

  /** Adds to the used allowance of a token; negative numbers give back. */
  add(tokenId: string, use: TokenUse, expiresAt: number): void {
    this.#sql.exec(
      `INSERT INTO client_tokens (token_id, tasks, credits, expires_at) VALUES (?,?,?,?)
       ON CONFLICT (token_id) DO UPDATE SET tasks = tasks + excluded.tasks, credits = credits + excluded.credits`,
      tokenId,
      use.tasks,
      use.credits,
      expiresAt,
    );
  }

  isEmpty(): boolean {
    return this.#sql.exec("SELECT 1 FROM client_tokens LIMIT 1").toArray().length === 0;
  }

  /** @returns true if the token was ended before its expiry */
  isEnded(tokenId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM client_tokens WHERE token_id = ? AND ended = 1", tokenId).toArray().length > 0;
  }

  /** Ends a token. @param expiresAt ms since epoch: the token's expiry, after which its row is not needed */
  end(tokenId: string, expiresAt: number): void {
    this.#sql.exec(
      `INSERT INTO client_tokens (token_id, tasks, credits, expires_at, ended) VALUES (?, 0, 0, ?, 1)
       ON CONFLICT (token_id) DO UPDATE SET ended = 1`,
      tokenId,
      expiresAt,
    );
  }

  /** @returns the number of ended tokens that have not expired */
  countEnded(): number {
    return this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM client_tokens WHERE ended = 1").one().count;
  }

  /** Deletes the rows of tokens that have expired. @param now ms since epoch */
  removeExpired(now: number): void {
    this.#sql.exec("DELETE FROM client_tokens WHERE expires_at <= ?", now);
  }
}
