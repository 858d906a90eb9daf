/** Idempotency keys of the operator's requests. Those of submissions are columns of their tasks (store/tasks.ts). */
import { Store } from "../../lib/store.ts";

/** One idempotency key with its request's fingerprint. */
export interface IdempotencyRow {
  readonly key: string;
  readonly fingerprint: string;
  /** JSON text of the response to repeat. */
  readonly reply: string;
  /** ms since epoch. */
  readonly expires_at: number;
}

/** The rows of `idempotency`. */
export class IdempotencyStore extends Store {
  /** @returns the row, unless it has expired. */
  get(key: string, now: number): IdempotencyRow | null {
    return this.first(
      "SELECT key, fingerprint, reply, expires_at FROM idempotency WHERE key = ? AND expires_at > ?",
      key,
      now,
    );
  }

  put({ key, fingerprint, reply, expires_at }: IdempotencyRow): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO idempotency (key, fingerprint, reply, expires_at) VALUES (?,?,?,?)",
      key,
      fingerprint,
      reply,
      expires_at,
    );
  }

  isEmpty(): boolean {
    return !this.has("SELECT 1 FROM idempotency LIMIT 1");
  }

  removeExpired(now: number): void {
    this.sql.exec("DELETE FROM idempotency WHERE expires_at <= ?", now);
  }
}
