/** A banner about the webhook endpoint, for the portal's pages but that of the webhook. */
import type { Webhook } from "../lib/types.ts";
import { useData } from "../ui/use-data.ts";
import { EndpointBanner } from "../webhooks/endpoint-state.tsx";
import type { PortalContext } from "./context.ts";

/** A banner while the endpoint fails or is off, for other pages of the portal. */
export function WebhookBanner({ api }: Pick<PortalContext, "api">) {
  const { data } = useData<Webhook | null>(api, "/webhook");
  return data ? <EndpointBanner endpoint={data} href="#/webhook" /> : null;
}
