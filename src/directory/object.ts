/** The one Directory: which tenants there are, and what the operator did. Not on the path of any tenant's request. */
import { DurableObject } from "cloudflare:workers";
import type { Bindings } from "../config.ts";
import { migrate } from "../lib/migrations.ts";
import { DIRECTORY_MIGRATIONS } from "./migrations.ts";

/** The Directory is a single object; this is its name. */
export const DIRECTORY_NAME = "directory";

export interface ListedTenant {
  readonly seq: number;
  readonly tenantId: string;
}

export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly tenantId: string | null;
  /** What was acted on, such as a keyId. */
  readonly target: string | null;
  /** JSON text, never with a key or secret in it. */
  readonly before: string | null;
  readonly after: string | null;
  readonly requestId: string | null;
}

export interface AuditRow extends AuditEntry {
  readonly seq: number;
  /** ms since epoch. */
  readonly at: number;
}

export class Directory extends DurableObject<Bindings> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    migrate(ctx.storage, DIRECTORY_MIGRATIONS);
    this.#sql = ctx.storage.sql;
  }

  /** Adds or renames a tenant. Safe to repeat. */
  async put(tenantId: string, name: string, createdAt: number): Promise<void> {
    this.#sql.exec(
      `INSERT INTO tenants (tenant_id, name, created_at) VALUES (?, ?, ?)
       ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name`,
      tenantId,
      name,
      createdAt,
    );
  }

  async remove(tenantId: string): Promise<void> {
    this.#sql.exec("DELETE FROM tenants WHERE tenant_id = ?", tenantId);
  }

  /**
   * @param before `seq` of the last tenant of the page before, or null for the newest
   * @param q part of a name, whatever its case, or of an id
   */
  async list(before: number | null, limit: number, q: string | null): Promise<ListedTenant[]> {
    const pattern = q === null ? "%" : `%${q.replace(/[\\%_]/g, "\\$&")}%`;
    return this.#sql
      .exec<{ seq: number; tenant_id: string }>(
        `SELECT seq, tenant_id FROM tenants WHERE seq < ? AND (name LIKE ? ESCAPE '\\' OR tenant_id LIKE ? ESCAPE '\\')
         ORDER BY seq DESC LIMIT ?`,
        before ?? Number.MAX_SAFE_INTEGER,
        pattern,
        pattern,
        limit,
      )
      .toArray()
      .map((row) => ({ seq: row.seq, tenantId: row.tenant_id }));
  }

  async audit(entry: AuditEntry): Promise<void> {
    this.#sql.exec(
      "INSERT INTO audit (at, actor, action, tenant_id, target, before, after, request_id) VALUES (?,?,?,?,?,?,?,?)",
      Date.now(),
      entry.actor,
      entry.action,
      entry.tenantId,
      entry.target,
      entry.before,
      entry.after,
      entry.requestId,
    );
  }

  async listAudit(before: number | null, limit: number, tenantId: string | null): Promise<AuditRow[]> {
    return this.#sql
      .exec(
        `SELECT seq, at, actor, action, tenant_id AS tenantId, target, before, after, request_id AS requestId FROM audit
         WHERE seq < ? AND (? IS NULL OR tenant_id = ?) ORDER BY seq DESC LIMIT ?`,
        before ?? Number.MAX_SAFE_INTEGER,
        tenantId,
        tenantId,
        limit,
      )
      .toArray() as unknown as AuditRow[];
  }
}
