/** The rows of `audit`: audit events that the Directory does not have yet. */
import type { AuditEntry } from "../../domain/audit.ts";

/** An audit event with its sequence number. */
export interface WaitingEntry extends AuditEntry {
  readonly number: number;
}

/** The rows of `audit`. */
export class AuditStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add({ id, at, actor, actor_id, actor_name, action, target, before, after, request_id }: AuditEntry): void {
    this.#sql.exec(
      `INSERT INTO audit (id, at, actor, actor_id, actor_name, action, target, before, after, request_id)
       VALUES (?,?,?,?,?,?,?,?,?,?)`,
      id,
      at,
      actor,
      actor_id,
      actor_name,
      action,
      target,
      before,
      after,
      request_id,
    );
  }

  /** @returns the oldest entries */
  first(limit: number): WaitingEntry[] {
    return this.#sql.exec("SELECT * FROM audit ORDER BY number LIMIT ?", limit).toArray() as unknown as WaitingEntry[];
  }

  removeUpTo(number: number): void {
    this.#sql.exec("DELETE FROM audit WHERE number <= ?", number);
  }
}
