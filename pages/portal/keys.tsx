/** The tenant's keys, for its people. */
import { t } from "../i18n/t.ts";
import { Keys } from "../keys/key-list.tsx";
import { PageHead } from "../ui/parts.tsx";
import type { PortalContext } from "./context.ts";

/** Shows the keys. */
export function KeysPage({ api, readOnly }: PortalContext) {
  return (
    <>
      <PageHead title={t("keys.title")} />
      <Keys api={api} path="/keys" operator={false} readOnly={readOnly} tasks="#/tasks" />
    </>
  );
}
