/** The operator's own webhook: incidents of the gateway and events of tenants. */
import { t } from "../i18n/t.ts";
import { type Api, ApiError } from "../lib/api.ts";
import type { OperatorWebhook } from "../lib/types.ts";
import { Loaded, PageHead } from "../ui/parts.tsx";
import { useLoad } from "../ui/use-data.ts";
import { EndpointCard } from "../webhooks/endpoint.tsx";
import { OPERATOR_EVENTS } from "../webhooks/events.ts";

const PATH = "/webhook";

/** Shows the operator's endpoint. @param readOnly the reader lacks the scope `operators` */
export function OperatorWebhookPage({ api, readOnly }: { readonly api: Api; readonly readOnly: boolean }) {
  const endpoint = useLoad<OperatorWebhook | null>("operator-webhook", (signal) => orNull(api, signal));
  const kind = {
    api,
    path: PATH,
    events: OPERATOR_EVENTS,
    formats: [
      ["standard", t("webhooks.formatStandard")],
      ["slack", t("webhooks.formatSlack")],
    ] as const,
    emptyText: t("webhooks.noneOfOperator"),
  };
  return (
    <>
      <PageHead title={t("frame.operatorWebhook")} />
      <Loaded of={endpoint}>
        {(value) => <EndpointCard kind={kind} value={value} changed={endpoint.reload} readOnly={readOnly} />}
      </Loaded>
    </>
  );
}

/** No endpoint is normal. */
async function orNull(api: Api, signal: AbortSignal): Promise<OperatorWebhook | null> {
  try {
    return await api.get<OperatorWebhook>(PATH, {}, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}
