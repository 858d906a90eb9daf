/** The dialog that creates a tenant. */
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import type { Tenant } from "../lib/types.ts";
import { formDialog } from "../ui/dialogs.tsx";
import { ChoiceField, NumberField, TextField } from "../ui/fields.tsx";
import { billingChoices } from "./billing.ts";

const regions = () =>
  [
    ["", t("tenants.regionNear")],
    ["wnam", t("tenants.wnam")],
    ["enam", t("tenants.enam")],
    ["sam", t("tenants.sam")],
    ["weur", t("tenants.weur")],
    ["eeur", t("tenants.eeur")],
    ["apac", t("tenants.apac")],
    ["apac-ne", t("tenants.apacNe")],
    ["apac-se", t("tenants.apacSe")],
    ["oc", t("tenants.oc")],
    ["afr", t("tenants.afr")],
    ["me", t("tenants.me")],
  ] as const;

/** Asks for a new tenant's settings, creates it and opens its keys. */
export function createTenant(api: Api): void {
  formDialog({
    title: t("tenants.new"),
    submit: t("tenants.create"),
    fields: (
      <>
        <TextField name="name" label={t("tenants.name")} placeholder="Acme Films" />
        <ChoiceField name="billing" label={t("tenants.billing")} choices={billingChoices()} value="prepaid" />
        <NumberField name="markup" label={t("tenants.markup")} value={1} hint={t("tenants.markupHint")} half />
        <NumberField name="lowBalance" label={t("tenants.lowBalanceAt")} hint={t("tenants.lowBalanceHint")} half />
        <NumberField name="requestsPerMinute" label={t("tenants.requestsPerMinute")} value={60} half />
        <NumberField name="concurrentTasks" label={t("tenants.concurrentTasks")} value={10} half />
        <TextField name="externalId" label={t("tenants.externalId")} hint={t("tenants.externalIdHint")} nullable />
        <ChoiceField
          name="region"
          label={t("tenants.region")}
          choices={regions()}
          hint={t("tenants.regionHint")}
          nullable
        />
      </>
    ),
    work: (values) => api.send<Tenant>("POST", "/tenants", values),
    done: ({ tenantId }) => {
      location.hash = `#/tenants/${tenantId}/keys`;
    },
  });
}
