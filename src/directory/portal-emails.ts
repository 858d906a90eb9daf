/**
 * Which tenants' people have an e-mail address, so that a person who asks for a portal link names no tenant. It only finds
 * tenants: each tenant's own settings decide who gets a link. Addresses are here as hashes. SQL only.
 */
import { Store } from "../lib/store.ts";

/** Most tenants that one address finds: each costs a call of an object. */
const MOST_TENANTS = 20;

/** Rows of the table `portal_emails`. */
export class PortalEmails extends Store {
  /** Replaces the addresses of a tenant. @param hashes at most as many as its setting may have */
  put(tenantId: string, hashes: readonly string[]): void {
    this.remove(tenantId);
    for (const hash of hashes) {
      this.sql.exec("INSERT OR IGNORE INTO portal_emails (hash, tenant_id) VALUES (?, ?)", hash, tenantId);
    }
  }

  /** Returns the tenants that may know an address. */
  tenantsOf(hash: string): string[] {
    const rows = this.all<{ tenantId: string }>(
      "SELECT tenant_id AS tenantId FROM portal_emails WHERE hash = ? ORDER BY tenant_id LIMIT ?",
      hash,
      MOST_TENANTS,
    );
    return rows.map(({ tenantId }) => tenantId);
  }

  /** Removes all addresses of a tenant. */
  remove(tenantId: string): void {
    this.sql.exec("DELETE FROM portal_emails WHERE tenant_id = ?", tenantId);
  }
}
