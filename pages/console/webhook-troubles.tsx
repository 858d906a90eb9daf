/** A banner of the overview while webhook endpoints of tenants fail or are off: it leads to their deliveries. */
import { rich, t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import type { TenantCounts, TenantSummaries } from "../lib/types.ts";
import { Notice } from "../ui/parts.tsx";
import { useData } from "../ui/use-data.ts";

/** Most tenants that the banner names. */
const MOST_NAMES = 5;

/** Shows a banner for each kind of trouble, while there is any. */
export function WebhookTroubles({ api, counts }: { readonly api: Api; readonly counts: TenantCounts | undefined }) {
  return (
    <>
      <Trouble api={api} webhook="failing" count={counts?.webhookFailing ?? 0} />
      <Trouble api={api} webhook="off" count={counts?.webhookOff ?? 0} />
    </>
  );
}

function Trouble(props: { readonly api: Api; readonly webhook: "failing" | "off"; readonly count: number }) {
  const { api, webhook, count } = props;
  const { data } = useData<TenantSummaries>(api, count === 0 ? null : "/tenant-summaries", {
    webhook,
    limit: MOST_NAMES,
  });
  if (count === 0 || !data) return null;
  const names = data.tenants.flatMap(({ tenantId, name }, index) => [
    index > 0 && ", ",
    <a key={tenantId} href={`#/tenants/${tenantId}/webhooks`}>
      {name}
    </a>,
  ]);
  const text = webhook === "failing" ? "overview.webhooksFailing" : "overview.webhooksOff";
  return (
    <Notice tone="bad">
      {rich(text, { count, tenants: names })}{" "}
      {count > data.tenants.length && <a href={`#/tenants?webhook=${webhook}`}>{t("overview.allOfThem")}</a>}
    </Notice>
  );
}
