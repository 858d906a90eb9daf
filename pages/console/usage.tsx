/** A tenant's usage, and for the operator what it earned. */
import { UsageView } from "../ui/usage-view.tsx";
import type { TenantContext } from "./context.ts";
import { TenantMargins } from "./tenant-margins.tsx";

/** Shows a tenant's usage. */
export function UsageTab({ api, path, tenant }: TenantContext) {
  return (
    <>
      <UsageView api={api} path={`${path}/usage`} fileName={`usage-${tenant.tenantId}`} />
      <TenantMargins api={api} tenantId={tenant.tenantId} />
    </>
  );
}
