/** The rows of `audit`: audit events that the Directory does not have yet. */
import type { AuditEntry } from "../../domain/audit.ts";
import { Store } from "../../lib/store.ts";

/** An audit event with its sequence number. */
export interface WaitingEntry extends AuditEntry {
  readonly number: number;
}

/** The rows of `audit`. */
export class AuditStore extends Store {
  add({ id, at, actor, actor_id, actor_name, action, target, before, after, request_id }: AuditEntry): void {
    this.sql.exec(
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
  oldest(limit: number): WaitingEntry[] {
    return this.all("SELECT * FROM audit ORDER BY number LIMIT ?", limit);
  }

  removeUpTo(number: number): void {
    this.sql.exec("DELETE FROM audit WHERE number <= ?", number);
  }
}
