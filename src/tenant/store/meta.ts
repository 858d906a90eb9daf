/** The tenant's own record and other named JSON texts, cached because this object is the only writer. */
import { NamedTexts } from "../../lib/named-texts.ts";
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
export class MetaStore extends NamedTexts {
  #tenant: TenantRecord | null | undefined;

  constructor(sql: SqlStorage) {
    super(sql, "meta");
  }

  /** @returns the tenant, or null for an object that was never one */
  tenant(): TenantRecord | null {
    if (this.#tenant === undefined) this.#tenant = this.read<TenantRecord>("tenant");
    return this.#tenant;
  }

  /** Id of the tenant; empty for an object that was never one. */
  get tenantId(): string {
    return this.tenant()?.tenantId ?? "";
  }

  putTenant(record: TenantRecord): void {
    this.write("tenant", record);
    this.#tenant = record;
  }

  clearCache(): void {
    this.#tenant = undefined;
  }
}
