/** People of the tenant: who is signed in to this portal, and invitations. */
import { t } from "../i18n/t.ts";
import { PortalSessionsCard } from "../people/portal-sessions.tsx";
import { Notice, PageHead } from "../ui/parts.tsx";
import type { PortalContext } from "./context.ts";

/** Shows who is signed in; to administrators only. */
export function PeoplePage({ api, account, readOnly }: PortalContext) {
  return (
    <>
      <PageHead title={t("people.title")} />
      {account.role === "viewer" ? (
        <Notice tone="info">{t("people.adminsOnly")}</Notice>
      ) : (
        <PortalSessionsCard
          api={api}
          path="/sessions"
          linkPath="/portal-links"
          tenant={account.name}
          readOnly={readOnly}
        />
      )}
    </>
  );
}
