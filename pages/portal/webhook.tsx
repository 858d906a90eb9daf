/** The tenant's webhook: its endpoint, and the deliveries of all events. */
import { t } from "../i18n/t.ts";
import type { Webhook } from "../lib/types.ts";
import { Loaded, PageHead } from "../ui/parts.tsx";
import { useData } from "../ui/use-data.ts";
import { DeliveriesCard } from "../webhooks/deliveries.tsx";
import { EndpointCard } from "../webhooks/endpoint.tsx";
import { TENANT_EVENTS } from "../webhooks/events.ts";
import type { PortalContext } from "./context.ts";

/** Shows the endpoint and its deliveries. */
export function WebhookPage({ api, readOnly }: PortalContext) {
  const endpoint = useData<Webhook | null>(api, "/webhook");
  const kind = { api, path: "/webhook", events: TENANT_EVENTS, emptyText: t("webhooks.noneText") };
  return (
    <>
      <PageHead title={t("webhooks.title")} />
      <Loaded of={endpoint}>
        {(value) => <EndpointCard kind={kind} value={value} changed={endpoint.reload} readOnly={readOnly} />}
      </Loaded>
      <DeliveriesCard api={api} path="" readOnly={readOnly} taskHref={(taskId) => `#/tasks/${taskId}`} />
    </>
  );
}
