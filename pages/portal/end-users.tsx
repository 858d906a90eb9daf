/** End users of the tenant. */
import { EndUsersCard } from "../end-users/end-users.tsx";
import { t } from "../i18n/t.ts";
import { PageHead } from "../ui/parts.tsx";
import type { PortalContext } from "./context.ts";

/** Shows end users, their limits and use. */
export function EndUsersPage({ api, readOnly }: PortalContext) {
  return (
    <>
      <PageHead title={t("endUsers.title")} />
      <EndUsersCard api={api} path="" readOnly={readOnly} />
    </>
  );
}
