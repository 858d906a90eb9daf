/** A tenant's settings, and its end. */
import { ApiError } from "../lib/api.ts";
import { confirmDialog } from "../lib/dialog.ts";
import { h } from "../lib/dom.ts";
import {
  areaField,
  checksField,
  choiceField,
  markIssues,
  numberField,
  pairsField,
  textField,
  type ValueField,
} from "../lib/form.ts";
import { toast } from "../lib/toast.ts";
import { button, card, cardTitle, messageOf, notice } from "../lib/ui.ts";
import type { TenantContext } from "./context.ts";
import { BILLING } from "./tenants.ts";

/** The models of the catalogue; a tenant that has all of them in its list has no restriction. */
const MODELS = ["Imagen Nano Banana 2", "Seedance 2.0"] as const;

/** Shows a tenant's settings as a form, and suspends or deletes the tenant. */
export function settingsTab(context: TenantContext): Node {
  const { tenant } = context;
  const name = textField("name", "Name", tenant.name);
  const billing = choiceField("billing", "Billing", BILLING, tenant.billing);
  const markup = numberField("markup", "Markup", tenant.markup, {
    hint: "The tenant's price is the upstream's × this, rounded up.",
  });
  const monthlyCredits = numberField("monthlyCredits", "Credits a month", tenant.monthlyCredits, {
    placeholder: "no cap",
    hint: "Calendar month, UTC.",
  });
  const lowBalance = numberField("lowBalance", "Low balance", tenant.lowBalance, {
    placeholder: "never",
    hint: "Falling below it sends the tenant a credits.low webhook.",
  });
  const requestsPerMinute = numberField("requestsPerMinute", "Requests a minute", tenant.requestsPerMinute);
  const concurrentTasks = numberField("concurrentTasks", "Tasks at once", tenant.concurrentTasks);
  const models = checksField(
    "models",
    "Models",
    MODELS.map((model) => [model, model]),
    tenant.models ?? MODELS,
  );
  const retentionDays = numberField("retentionDays", "Files are kept for, in days", tenant.retentionDays, {
    placeholder: "the deployment's default",
    hint: "0: for ever.",
  });
  const filesVisibility = choiceField(
    "filesVisibility",
    "File URLs",
    [
      ["public", "Public: whoever has the URL may read it"],
      ["signed", "Signed: URLs expire after a day"],
    ],
    tenant.filesVisibility,
  );
  const externalId = orNull(
    textField("externalId", "External id", tenant.externalId ?? "", {
      hint: "This tenant in your own system; unique.",
    }),
  );
  const note = orNull(areaField("note", "Note", tenant.note ?? "", { hint: "The tenant does not see it." }));
  const metadata = pairsField("metadata", "Metadata", tenant.metadata);
  const groups = [
    ["General", [name, billing, markup]],
    ["Your records", [externalId, note, metadata]],
    ["Limits", [requestsPerMinute, concurrentTasks, monthlyCredits, lowBalance, models]],
    ["Files", [filesVisibility, retentionDays]],
  ] as const;
  const fields = groups.flatMap(([, own]) => [...own]);
  const problem = h("div");
  const submit = async () => {
    problem.replaceChildren();
    markIssues(fields, []);
    if (models.value().length === 0) {
      const message = "choose at least one model; to stop everything, suspend the tenant";
      markIssues(fields, [{ path: "models", message }]);
      return;
    }
    try {
      const values = Object.fromEntries(fields.map((field) => [field.name, field.value()]));
      const all = models.value().length === MODELS.length;
      await context.api.send("PATCH", context.path, { ...values, models: all ? null : models.value() });
      toast("Saved");
      context.changed();
    } catch (error) {
      const unplaced = markIssues(fields, error instanceof ApiError ? error.issues : []);
      if (unplaced.length > 0 || !(error instanceof ApiError) || error.issues.length === 0)
        problem.replaceChildren(notice("bad", messageOf(error)));
    }
  };
  const form = h(
    "form",
    { class: "form wide", novalidate: true },
    groups.map(([title, own]) =>
      h(
        "section",
        { class: "form-group" },
        h("h3", {}, title),
        h(
          "div",
          { class: "form-grid" },
          own.map(({ element }) => element),
        ),
      ),
    ),
    problem,
    h("div", { class: "form-actions" }, h("button", { type: "submit", class: "button primary" }, "Save changes")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  return h("div", {}, card(cardTitle("Settings"), form), dangerZone(context));
}

/** A text that is null when it is empty. */
function orNull(field: ValueField<string>): ValueField<string | null> {
  return { ...field, value: () => (field.value() === "" ? null : field.value()) };
}

function dangerZone({ api, path, tenant }: TenantContext): Node {
  const remove = () =>
    confirmDialog({
      title: `Delete ${tenant.name}?`,
      text: "Its keys stop at once. Its tasks, ledger, webhooks and files are deleted for good, and its file URLs answer 410.",
      submit: "Delete for ever",
      typed: tenant.name,
      work: () => api.send("DELETE", path),
      done: () => {
        toast(`${tenant.name} is deleted`);
        location.hash = "#/tenants";
      },
    });
  return card(
    cardTitle("Delete this tenant", button("Delete tenant", remove, { kind: "danger" })),
    h("p", { class: "faint" }, "Everything it has goes: keys, tasks, files, ledger. There is no way back."),
  );
}
