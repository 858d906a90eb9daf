/** A tenant's people: who is signed in to its portal; and its end users. */
import { EndUsersCard } from "../end-users/end-users.tsx";
import { t } from "../i18n/t.ts";
import { toast } from "../lib/toast.ts";
import { PortalSessionsCard } from "../people/portal-sessions.tsx";
import { Button } from "../ui/button.tsx";
import { confirmDialog } from "../ui/dialogs.tsx";
import type { TenantContext } from "./context.ts";

type Props = Pick<TenantContext, "api" | "tenant" | "path">;

/** Shows who is signed in to the tenant's portal. */
export function TenantPeopleTab({ api, tenant, path }: Props) {
  const endAll = (reload: () => Promise<void>) =>
    confirmDialog({
      title: t("people.endAllTitle"),
      text: t("people.endAllText"),
      submit: t("people.endAll"),
      work: async () => {
        const { ended } = await api.send<{ ended: number }>("DELETE", `${path}/portal-sessions`);
        toast(t("people.endedCount", { count: ended }));
      },
      changed: reload,
    });
  return (
    <PortalSessionsCard
      api={api}
      path={`${path}/portal-sessions`}
      linkPath={`${path}/portal-links`}
      tenant={tenant.name}
      readOnly={false}
      actions={(reload) => <Button work={() => endAll(reload)}>{t("people.endAll")}</Button>}
    />
  );
}

/** Shows the tenant's end users. */
export function TenantEndUsersTab({ api, path }: Props) {
  return <EndUsersCard api={api} path={path} readOnly={false} />;
}
