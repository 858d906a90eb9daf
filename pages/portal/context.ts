import type { Api } from "../lib/api.ts";
import type { PortalAccount } from "../lib/types.ts";

/** What every page works with. */
export interface PortalContext {
  readonly api: Api;
  readonly account: PortalAccount;
  /** A suspended tenant's people can look, and no more. */
  readonly readOnly: boolean;
}
