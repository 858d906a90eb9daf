/** A tenant's status in words, colour and sign. */
import { t } from "../i18n/t.ts";
import type { Tenant } from "../lib/types.ts";
import { Badge } from "../ui/parts.tsx";

/** A tenant's status. */
export function TenantStatus({ status }: Pick<Tenant, "status">) {
  return status === "active" ? (
    <Badge tone="good">{t("tenants.active")}</Badge>
  ) : (
    <Badge tone="warn">{t("tenants.suspended")}</Badge>
  );
}
