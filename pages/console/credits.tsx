/** A tenant's money: its ledger and statements, and credits that the operator adds. */
import { t } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";
import { toast } from "../lib/toast.ts";
import type { LedgerEntry } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { formDialog } from "../ui/dialogs.tsx";
import { NumberField, TextField } from "../ui/fields.tsx";
import { LedgerView } from "../ui/ledger-view.tsx";
import { StatementView } from "../ui/statement-view.tsx";
import type { TenantContext } from "./context.ts";

/** A tenant's ledger, with what adds credits. */
export function CreditsTab(context: TenantContext) {
  const { api, path, tenant } = context;
  return (
    <LedgerView
      // The balance names the state of the ledger: after credits were added it is loaded anew.
      key={tenant.balance}
      api={api}
      path={`${path}/ledger`}
      fileName={`ledger-${tenant.tenantId}`}
      taskHref={(taskId) => `#/tenants/${tenant.tenantId}/tasks/${taskId}`}
      statementHref={`#/tenants/${tenant.tenantId}/statement`}
      actions={
        <Button kind="primary" icon="plus" work={() => addCredits(context)}>
          {t("money.addCredits")}
        </Button>
      }
    />
  );
}

/** A tenant's monthly statements. */
export function StatementTab({ api, path, tenant }: TenantContext) {
  return <StatementView api={api} path={`${path}/statements`} tenantId={tenant.tenantId} since={tenant.createdAt} />;
}

/** 128 random bits. `crypto.randomUUID` is missing where a page came over plain http. */
function randomText(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join("-");
}

function addCredits({ api, path, changed }: TenantContext): void {
  // One key for this dialog: pressing twice, or again after a break, books once.
  const idempotencyKey = `console-${randomText()}`;
  formDialog({
    title: t("money.addCredits"),
    fields: (
      <>
        <NumberField name="credits" label={t("usage.credits")} placeholder="1000" hint={t("money.addCreditsHint")} />
        <TextField name="note" label={t("money.note")} placeholder="Invoice 2026-11-001" nullable />
      </>
    ),
    submit: t("money.add"),
    work: (values) => api.send<LedgerEntry>("POST", `${path}/credits`, values, { "x-idempotency-key": idempotencyKey }),
    done: (entry) => {
      toast(t("money.balanceIs", { balance: formatNumber(entry.balance) }));
      changed();
    },
  });
}
