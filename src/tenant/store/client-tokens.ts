/** What each client token has used of its allowance; tokens themselves are stateless and not stored. */
export interface TokenUse {
  readonly tasks: number;
  readonly credits: number;
}

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

  /** Adds to what the token has used; negative numbers give back. */
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

  removeExpired(now: number): void {
    this.#sql.exec("DELETE FROM client_tokens WHERE expires_at <= ?", now);
  }
}
