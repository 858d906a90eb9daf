/** A tenant's money: its balance, what moved it, and the operator's hand in it. */
import { formDialog } from "../lib/dialog.ts";
import { h } from "../lib/dom.ts";
import { numberField, textField } from "../lib/form.ts";
import { formatNumber } from "../lib/format.ts";
import { ledgerList } from "../lib/ledger-list.ts";
import { toast } from "../lib/toast.ts";
import type { LedgerEntry } from "../lib/types.ts";
import { button, save } from "../lib/ui.ts";
import type { TenantContext } from "./context.ts";

/** Shows a tenant's balance and ledger, and adds credits. */
export function creditsTab(context: TenantContext): Node {
  const { api, path, tenant } = context;
  const actions = [
    button("Export CSV", async () => save(await api.csv(`${path}/ledger`), `ledger-${tenant.tenantId}.csv`), {
      icon: "download",
    }),
    button("Add credits", () => addCredits(context), { kind: "primary", icon: "plus" }),
  ];
  const link = (taskId: number) => h("span", { class: "mono" }, taskId);
  return ledgerList({ api, path: `${path}/ledger`, actions, taskLink: link });
}

/** 128 random bits. `crypto.randomUUID` is missing where a page came over plain http. */
function randomText(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join("-");
}

function addCredits({ api, path, changed }: TenantContext): void {
  const credits = numberField("credits", "Credits", null, {
    placeholder: "1000",
    hint: "A negative number takes credits away.",
  });
  const note = textField("note", "Note", "", { placeholder: "Invoice 2026-11-001" });
  // One key for this dialog: pressing twice, or again after a break, books once.
  const idempotencyKey = `console-${randomText()}`;
  formDialog({
    title: "Add credits",
    fields: [credits, note],
    submit: "Add",
    work: () =>
      api.send<LedgerEntry>(
        "POST",
        `${path}/credits`,
        { credits: credits.value(), note: note.value() || null },
        { "x-idempotency-key": idempotencyKey },
      ),
    done: (entry) => {
      toast(`The balance is ${formatNumber(entry.balance)} credits`);
      changed();
    },
  });
}
