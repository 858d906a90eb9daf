/** The list of tenants with the Directory's record of each, and the idempotency keys of their creations. SQL only. */
import { IDEMPOTENCY_TTL_MS } from "../domain/idempotency.ts";
import type { ListedTenant } from "../domain/tenant-report.ts";
import { foldCase } from "../lib/fold-case.ts";

/** A tenant to be created. */
export interface Creation {
  readonly tenantId: string;
  readonly name: string;
  /** ms since epoch. */
  readonly createdAt: number;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** The tenant that a creation is for: an earlier one if its idempotency key was used before. */
export type Reservation =
  | { readonly kind: "reserved"; readonly tenantId: string; readonly replayed: boolean }
  /** The key was used for different settings. */
  | { readonly kind: "conflict" };

const LISTED = `SELECT seq, tenants.tenant_id AS tenantId, name, created_at AS createdAt,
    COALESCE(intents.intent, rollups.status, 'active') AS status, COALESCE(rollups.billing, 'unmetered') AS billing,
    COALESCE(rollups.balance, 0) AS balance, COALESCE(rollups.running, 0) AS runningTasks
  FROM tenants LEFT JOIN rollups USING (tenant_id) LEFT JOIN intents USING (tenant_id)`;

/** Rows of the tables `tenants` and `creations`. */
export class TenantList {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds or renames a tenant. Safe to repeat. */
  put(tenantId: string, name: string, createdAt: number): void {
    // Read first: an INSERT that changes nothing is billed as a row written all the same.
    const [known] = this.#sql
      .exec<{ name: string }>("SELECT name FROM tenants WHERE tenant_id = ?", tenantId)
      .toArray();
    if (known?.name === name) return;
    this.#sql.exec(
      `INSERT INTO tenants (tenant_id, name, created_at) VALUES (?, ?, ?)
       ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name`,
      tenantId,
      name,
      createdAt,
    );
  }

  /** Lists a tenant before its object is created, or finds the one created under the same idempotency key. */
  reserve({ tenantId, name, createdAt, idempotency }: Creation): Reservation {
    this.#sql.exec("DELETE FROM creations WHERE at <= ?", createdAt - IDEMPOTENCY_TTL_MS);
    if (idempotency !== null) {
      const { key, fingerprint } = idempotency;
      const [known] = this.#sql
        .exec<{ tenant_id: string; fingerprint: string }>(
          "SELECT tenant_id, fingerprint FROM creations WHERE key = ?",
          key,
        )
        .toArray();
      if (known !== undefined && known.fingerprint !== fingerprint) return { kind: "conflict" };
      if (known !== undefined) return { kind: "reserved", tenantId: known.tenant_id, replayed: true };
      this.#sql.exec(
        "INSERT INTO creations (key, fingerprint, tenant_id, at) VALUES (?,?,?,?)",
        key,
        fingerprint,
        tenantId,
        createdAt,
      );
    }
    this.put(tenantId, name, createdAt);
    return { kind: "reserved", tenantId, replayed: false };
  }

  /** Removes a tenant from the list and frees its idempotency key. Safe to repeat. @returns whether it was listed */
  remove(tenantId: string): boolean {
    this.#sql.exec("DELETE FROM creations WHERE tenant_id = ?", tenantId);
    return this.#sql.exec("DELETE FROM tenants WHERE tenant_id = ? RETURNING seq", tenantId).toArray().length > 0;
  }

  /** @returns the tenant, or null if it is not listed */
  find(tenantId: string): ListedTenant | null {
    const [row] = this.#sql.exec(`${LISTED} WHERE tenants.tenant_id = ?`, tenantId).toArray();
    return row === undefined ? null : (row as unknown as ListedTenant);
  }

  /**
   * @param before `seq` of the last tenant of the previous page, or null for the newest
   * @param q part of a name, in any case and script, or of an id
   */
  list(before: number | null, limit: number, q: string | null): ListedTenant[] {
    const wanted = q === null ? "" : foldCase(q);
    const found: ListedTenant[] = [];
    // SQLite folds the case of ASCII only, so names are compared here, row by row until the page is full.
    const rows = this.#sql.exec(`${LISTED} WHERE seq < ? ORDER BY seq DESC`, before ?? Number.MAX_SAFE_INTEGER);
    for (const row of rows as unknown as Iterable<ListedTenant>) {
      if (found.length >= limit) break;
      if (foldCase(row.name).includes(wanted) || foldCase(row.tenantId).includes(wanted)) found.push(row);
    }
    return found;
  }
}
