/** The rows of `audit`: entries of the audit log that the Directory does not have yet. */
import type { AuditEntry, NumberedEntry } from "../../domain/audit.ts";

export class AuditStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add({ at, actor, action, target, before, after, request_id }: AuditEntry): void {
    this.#sql.exec(
      "INSERT INTO audit (at, actor, action, target, before, after, request_id) VALUES (?,?,?,?,?,?,?)",
      at,
      actor,
      action,
      target,
      before,
      after,
      request_id,
    );
  }

  /** @returns the oldest entries */
  first(limit: number): NumberedEntry[] {
    return this.#sql.exec("SELECT * FROM audit ORDER BY number LIMIT ?", limit).toArray() as unknown as NumberedEntry[];
  }

  removeUpTo(number: number): void {
    this.#sql.exec("DELETE FROM audit WHERE number <= ?", number);
  }
}
