/** What one tenant earned and cost upstream, by day and model. */
import { t } from "../i18n/t.ts";
import { type Api, ApiError } from "../lib/api.ts";
import { lastDays } from "../lib/format.ts";
import type { Margins } from "../lib/types.ts";
import { Card } from "../ui/parts.tsx";
import { useLoad } from "../ui/use-data.ts";
import { MarginChart, MarginTable } from "./margins.tsx";

const DAYS = 30;

/** Shows a tenant's margin of the last days; nothing to an operator who may not see it. */
export function TenantMargins({ api, tenantId }: { readonly api: Api; readonly tenantId: string }) {
  const margins = useLoad(`margins ${tenantId}`, async (signal) => {
    const get = (groupBy: string) => api.get<Margins>("/margins", { ...lastDays(DAYS), tenantId, groupBy }, signal);
    try {
      const [byDay, byModel] = await Promise.all([get("day"), get("model")]);
      return { byDay, byModel };
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return null;
      throw error;
    }
  });
  if (!margins.data) return null;
  return (
    <Card title={t("overview.margin")}>
      <MarginChart
        margins={margins.data.byDay}
        days={DAYS}
        href={(day) => `#/tenants/${tenantId}/credits?from=${day}&to=${day}`}
      />
      <MarginTable margins={margins.data.byModel} />
    </Card>
  );
}
