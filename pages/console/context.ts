import type { Api } from "../lib/api.ts";
import type { Tenant } from "../lib/types.ts";

/** What a tab works with. `changed` draws the whole tenant anew, as it now is. */
export interface TenantContext {
  readonly api: Api;
  readonly tenant: Tenant;
  /** `/tenants/ten_…` */
  readonly path: string;
  readonly changed: () => void;
}
