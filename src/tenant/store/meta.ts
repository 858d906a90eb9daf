/** The tenant's own record and other named JSON texts, cached because this object is the only writer. */
import type { TenantSettings } from "../settings.ts";

/** The record that makes an object a tenant. `deletedAt` is set from the start of its deletion on. */
export interface TenantRecord {
  readonly tenantId: string;
  /** ms since epoch. */
  readonly createdAt: number;
  readonly deletedAt: number | null;
  /** Origin of the operator's call that created the tenant; release 0.1 did not record it. */
  readonly origin?: string;
  /** When the operator last gave it a status; ms since epoch. Missing in records of release 0.1 until then. */
  readonly statusAt?: number;
  readonly settings: TenantSettings;
}

/** The rows of `meta`: named JSON texts. */
export class MetaStore {
  readonly #sql: SqlStorage;
  #tenant: TenantRecord | null | undefined;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @returns the tenant, or null for an object that was never one */
  tenant(): TenantRecord | null {
    if (this.#tenant === undefined) {
      const text = this.get("tenant");
      this.#tenant = text === null ? null : (JSON.parse(text) as TenantRecord);
    }
    return this.#tenant;
  }

  putTenant(record: TenantRecord): void {
    this.put("tenant", JSON.stringify(record));
    this.#tenant = record;
  }

  get(name: string): string | null {
    const [row] = this.#sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = ?", name).toArray();
    return row?.value ?? null;
  }

  put(name: string, value: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value);
  }

  remove(name: string): void {
    this.#sql.exec("DELETE FROM meta WHERE name = ?", name);
  }

  clearCache(): void {
    this.#tenant = undefined;
  }
}
