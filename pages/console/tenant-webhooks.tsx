/** A tenant's webhook as the operator sees it: the endpoint's state, and the deliveries. */
import { t } from "../i18n/t.ts";
import { ApiError } from "../lib/api.ts";
import type { Webhook } from "../lib/types.ts";
import { Card, Empty, Facts, Loaded, When } from "../ui/parts.tsx";
import { useLoad } from "../ui/use-data.ts";
import { DeliveriesCard } from "../webhooks/deliveries.tsx";
import { EndpointBanner, EndpointState } from "../webhooks/endpoint-state.tsx";
import type { TenantContext } from "./context.ts";

/** Shows the endpoint and its deliveries. */
export function TenantWebhooksTab({ api, tenant, path }: Pick<TenantContext, "api" | "tenant" | "path">) {
  const endpoint = useEndpoint({ api, path });
  return (
    <>
      <Card title={t("webhooks.endpoint")}>
        <Loaded of={endpoint}>
          {(value) =>
            value === null ? (
              <Empty title={t("webhooks.none")}>
                <p>{t("webhooks.noneOfTenant")}</p>
              </Empty>
            ) : (
              <>
                <EndpointBanner endpoint={value} />
                <Facts
                  entries={[
                    [t("webhooks.url"), <span class="long">{value.url}</span>],
                    [t("webhooks.state"), <EndpointState endpoint={value} />],
                    [t("webhooks.events"), value.events === null ? t("webhooks.allEvents") : value.events.join(", ")],
                    [t("webhooks.since"), <When at={value.createdAt} />],
                  ]}
                />
              </>
            )
          }
        </Loaded>
      </Card>
      <DeliveriesCard
        api={api}
        path={path}
        readOnly={false}
        taskHref={(taskId) => `#/tenants/${tenant.tenantId}/tasks/${taskId}`}
      />
    </>
  );
}

/** A banner while the tenant's endpoint fails or is off, for the tenant's other tabs. */
export function TenantWebhookBanner({ api, tenant, path }: Pick<TenantContext, "api" | "tenant" | "path">) {
  // Nothing is asked while nothing is wrong.
  const endpoint = useEndpoint({ api, path: tenant.webhook === null ? null : path });
  return endpoint.data ? (
    <EndpointBanner endpoint={endpoint.data} href={`#/tenants/${tenant.tenantId}/webhooks`} />
  ) : null;
}

function useEndpoint({ api, path }: { readonly api: TenantContext["api"]; readonly path: string | null }) {
  return useLoad<Webhook | null>(path === null ? "" : `${path}/webhook`, async (signal) => {
    try {
      return await api.get<Webhook>(`${path}/webhook`, {}, signal);
    } catch (error) {
      // No endpoint is normal.
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  });
}
