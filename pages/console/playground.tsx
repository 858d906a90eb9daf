/** The Playground as a tenant: the operator opens the tenant's portal by a link of their own, which the audit log names. */
import { useState } from "preact/hooks";
import { rich, t } from "../i18n/t.ts";
import type { PortalLink } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { Card, Loaded, Notice } from "../ui/parts.tsx";
import { useLoad } from "../ui/use-data.ts";
import { useSettings } from "../ui/use-settings.ts";
import type { TenantContext } from "./context.ts";
import { signedIn } from "./sign-in.tsx";

/** Names whose credits are spent, and opens the Playground. */
export function PlaygroundTab({ api, path, tenant }: TenantContext) {
  const operator = useLoad("console-operator", signedIn);
  // A task to repeat (`…/playground?from={taskId}`).
  const from = useSettings()("from");
  const [link, setLink] = useState<string | null>(null);
  const open = async (name: string) => {
    // Opened before the link is there: a browser opens no window long after a press.
    const opened = window.open("", "_blank");
    try {
      const person = t("playground.operatorPerson", { name });
      const { url } = await api.send<PortalLink>("POST", `${path}/portal-links`, { role: "admin", person });
      const view = /^\d{1,16}$/.test(from) ? `playground?from=${from}` : "playground";
      const address = `${url}&view=${encodeURIComponent(view)}`;
      if (opened) opened.location.href = address;
      else setLink(address);
    } catch (error) {
      opened?.close();
      throw error;
    }
  };
  return (
    <Card title={t("playground.title")}>
      <p class="card-text">{rich("playground.asTenant", { tenant: <b>{tenant.name}</b> })}</p>
      <Loaded of={operator}>
        {(who) => {
          const mayOpen = who !== null && (who.isRoot || who.scopes.includes("tenants"));
          if (!mayOpen) return <Notice tone="info">{t("playground.needsScope")}</Notice>;
          if (tenant.status === "suspended") return <Notice tone="info">{t("playground.tenantSuspended")}</Notice>;
          return (
            <Button kind="primary" icon="external" work={() => open(who.name)}>
              {t("playground.openAsTenant")}
            </Button>
          );
        }}
      </Loaded>
      {link !== null && (
        <p class="card-text">
          <a href={link} target="_blank" rel="noreferrer">
            {t("playground.openLink")}
          </a>
        </p>
      )}
    </Card>
  );
}
