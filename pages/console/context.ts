import type { Api } from "../lib/api.ts";
import type { Tenant } from "../lib/types.ts";

/** What a tab works with. */
export interface TenantContext {
  readonly api: Api;
  readonly tenant: Tenant;
  /** `/tenants/ten_…` */
  readonly path: string;
  /** Loads the tenant again; a promise of that. */
  readonly changed: () => unknown;
  /** Another after each change, for tabs that are no components yet. */
  readonly revision: string;
}
