/** A tenant's usage, for the operator. */
import { usageView } from "../lib/usage-view.ts";
import type { TenantContext } from "./context.ts";

/** Shows a tenant's usage. */
export function usageTab({ api, path, tenant }: TenantContext): Node {
  return usageView({ api, path: `${path}/usage`, fileName: `usage-${tenant.tenantId}` });
}
