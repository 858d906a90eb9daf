/**
 * The audit log of all tenants: SQL only. It is bounded: entries expire, and the entries of one tenant's people cannot
 * displace others.
 */
import type { AuditEntry } from "../domain/audit.ts";

/** One entry as it is listed. */
export interface AuditRow {
  readonly seq: number;
  /** ms since epoch. */
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  /** Null for an event that concerns all tenants. */
  readonly tenantId: string | null;
  readonly target: string | null;
  /** JSON text. */
  readonly before: string | null;
  readonly after: string | null;
  readonly requestId: string | null;
}

/** How long entries are kept, in ms. */
const KEPT_MS = 400 * 86_400_000;
/** Most entries of one tenant's people in the log; the oldest are deleted for new ones. An entry has at most 2 KiB. */
export const MOST_PORTAL_ENTRIES = 2_000;
/** Entries deleted with each one written: more than one, so that the log shrinks to its bounds. */
const REMOVED_AT_ONCE = 20;

/** The rows of the audit log over all tenants. */
export class AuditLog {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds an entry. Safe to repeat. */
  enter(tenantId: string | null, entry: AuditEntry): void {
    this.#sql.exec(
      `INSERT OR IGNORE INTO audit (id, at, actor, action, tenant_id, target, before, after, request_id)
       VALUES (?,?,?,?,?,?,?,?,?)`,
      entry.id,
      entry.at,
      entry.actor,
      entry.action,
      tenantId,
      entry.target,
      entry.before,
      entry.after,
      entry.request_id,
    );
  }

  /**
   * Deletes some entries past the bounds. Call it inside a transaction, after a tenant's entries were added. @param now
   * ms since epoch
   */
  removeOld(tenantId: string, now: number): void {
    this.#sql.exec(
      "DELETE FROM audit WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM audit ORDER BY seq LIMIT ?) WHERE at < ?)",
      REMOVED_AT_ONCE,
      now - KEPT_MS,
    );
    this.#sql.exec(
      `DELETE FROM audit WHERE seq IN (SELECT seq FROM audit INDEXED BY audit_by_portal
         WHERE actor = 'portal' AND tenant_id = ?1 ORDER BY seq
         LIMIT MIN(?2, MAX(0, (SELECT COUNT(*) FROM audit INDEXED BY audit_by_portal
           WHERE actor = 'portal' AND tenant_id = ?1) - ?3)))`,
      tenantId,
      REMOVED_AT_ONCE,
      MOST_PORTAL_ENTRIES,
    );
  }

  /** @param before `seq` of the last entry of the previous page, or null for the newest. @returns newest first */
  list(before: number | null, limit: number, tenantId: string | null): AuditRow[] {
    return this.#sql
      .exec(
        `SELECT seq, at, actor, action, tenant_id AS tenantId, target, before, after, request_id AS requestId FROM audit
         WHERE seq < ? ${tenantId === null ? "" : "AND tenant_id = ?"} ORDER BY seq DESC LIMIT ?`,
        ...[before ?? Number.MAX_SAFE_INTEGER, ...(tenantId === null ? [] : [tenantId]), limit],
      )
      .toArray() as unknown as AuditRow[];
  }
}
