/** Whether a webhook endpoint works: the banner while it does not, and its state in words. */
import { rich, t } from "../i18n/t.ts";
import type { Webhook } from "../lib/types.ts";
import { Badge, Notice, When } from "../ui/parts.tsx";

/** What is known of the endpoint where only its trouble is shown. */
type Trouble = Pick<Webhook, "enabled" | "failing" | "failingSince" | "disabledAt">;

/** A banner while the endpoint fails or is off. @param href page with more, if the banner is elsewhere */
export function EndpointBanner({ endpoint, href }: { readonly endpoint: Trouble; readonly href?: string }) {
  if (endpoint.enabled && !endpoint.failing) return null;
  const more = href && (
    <>
      {" "}
      <a href={href}>{t("webhooks.seeDeliveries")}</a>
    </>
  );
  return endpoint.enabled ? (
    <Notice tone="bad">
      {rich("webhooks.failingSince", { since: <When at={endpoint.failingSince} /> })}
      {more}
    </Notice>
  ) : (
    <Notice tone="bad">
      {rich("webhooks.offSince", { since: <When at={endpoint.disabledAt} /> })}
      {more}
    </Notice>
  );
}

/** The state of an endpoint. */
export function EndpointState({ endpoint }: { readonly endpoint: Trouble }) {
  if (!endpoint.enabled) return <Badge tone="bad">{t("webhooks.off")}</Badge>;
  return endpoint.failing ? (
    <Badge tone="bad">{t("webhooks.failing")}</Badge>
  ) : (
    <Badge tone="good">{t("webhooks.on")}</Badge>
  );
}
