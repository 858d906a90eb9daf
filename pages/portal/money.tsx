/** The tenant's money: ledger and statements. */
import { t } from "../i18n/t.ts";
import { LedgerView } from "../ui/ledger-view.tsx";
import { PageHead } from "../ui/parts.tsx";
import { StatementView } from "../ui/statement-view.tsx";
import { UsageView } from "../ui/usage-view.tsx";
import type { PortalContext } from "./context.ts";

export { PriceListPage } from "./price-list.tsx";

/** The ledger. */
export function CreditsPage({ api }: Pick<PortalContext, "api">) {
  return (
    <div>
      <PageHead title={t("frame.credits")} />
      <LedgerView
        api={api}
        path="/ledger"
        fileName="ledger"
        taskHref={(taskId) => `#/tasks/${taskId}`}
        statementHref="#/statement"
      />
    </div>
  );
}

/** Monthly statements. */
export function StatementPage({ api, account }: Pick<PortalContext, "api" | "account">) {
  return (
    <div>
      <PageHead title={t("money.statement")} />
      <StatementView api={api} path="/statements" tenantId={account.tenantId} />
    </div>
  );
}

/** Usage. */
export function UsagePage({ api }: Pick<PortalContext, "api">) {
  return (
    <div>
      <PageHead title={t("usage.title")} />
      <UsageView api={api} path="/usage" fileName="usage" />
    </div>
  );
}
