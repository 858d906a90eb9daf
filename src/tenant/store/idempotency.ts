/** Idempotency keys of the tenant and, under a prefix that no tenant can send, of the operator. */

export interface IdempotencyRow {
  readonly key: string;
  readonly fingerprint: string;
  readonly task_id: number | null;
  /** JSON text to answer again, for requests that made no task. */
  readonly reply: string | null;
  /** ms since epoch. */
  readonly expires_at: number;
}

const INTO = "INTO idempotency (key, fingerprint, task_id, reply, expires_at) VALUES (?,?,?,?,?)";

export class IdempotencyStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @returns the row, unless it has expired. */
  get(key: string, now: number): IdempotencyRow | null {
    const [row] = this.#sql.exec("SELECT * FROM idempotency WHERE key = ? AND expires_at > ?", key, now).toArray();
    return row ? (row as unknown as IdempotencyRow) : null;
  }

  put(row: IdempotencyRow): void {
    this.#sql.exec(`INSERT OR REPLACE ${INTO}`, row.key, row.fingerprint, row.task_id, row.reply, row.expires_at);
  }

  /**
   * The same, if the key was never used: in one statement what else would take two.
   *
   * @returns false for a key that is there already, expired or not; then nothing is changed
   */
  putNew(row: IdempotencyRow): boolean {
    const { key, fingerprint, task_id, reply, expires_at } = row;
    return this.#sql.exec(`INSERT OR IGNORE ${INTO}`, key, fingerprint, task_id, reply, expires_at).rowsWritten > 0;
  }

  /** Frees a key, if it still belongs to this task. */
  remove(key: string, taskId: number): void {
    this.#sql.exec("DELETE FROM idempotency WHERE key = ? AND task_id = ?", key, taskId);
  }

  isEmpty(): boolean {
    return this.#sql.exec("SELECT 1 FROM idempotency LIMIT 1").toArray().length === 0;
  }

  removeExpired(now: number): void {
    this.#sql.exec("DELETE FROM idempotency WHERE expires_at <= ?", now);
  }
}
