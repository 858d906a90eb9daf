/** A tenant's settings, and its end. */
import { t } from "../i18n/t.ts";
import { ApiError } from "../lib/api.ts";
import { sendsMail } from "../lib/sends-mail.ts";
import { toast } from "../lib/toast.ts";
import { Button } from "../ui/button.tsx";
import { confirmDialog } from "../ui/dialogs.tsx";
import { AreaField, ChecksField, ChoiceField, NumberField, PairsField, TextField } from "../ui/fields.tsx";
import { Form, type Values } from "../ui/form.tsx";
import { Card } from "../ui/parts.tsx";
import { billingChoices } from "./billing.ts";
import type { TenantContext } from "./context.ts";

/** The models of the catalogue; a tenant that has all of them in its list has no restriction. */
const MODELS = ["Imagen Nano Banana 2", "Seedance 2.0"] as const;

/** Shows a tenant's settings as a form, and deletes the tenant. */
export function SettingsTab(context: TenantContext) {
  const { api, path, tenant, changed } = context;
  const save = async (values: Values) => {
    const models = values.models as string[] | undefined;
    if (models?.length === 0)
      throw new ApiError(0, 0, t("tenant.chooseModel"), [{ path: "models", message: t("tenant.chooseModel") }]);
    const all = models?.length === MODELS.length ? { models: null } : {};
    if (Object.keys(values).length > 0) await api.send("PATCH", path, { ...values, ...all });
    await changed();
  };
  return (
    <>
      <Card title={t("tenant.settings")}>
        <Form submit={t("common.saveChanges")} wide onlyChanged work={save} done={() => toast(t("common.saved"))}>
          <fieldset class="form-group">
            <legend>{t("tenant.general")}</legend>
            <div class="form-grid">
              <TextField name="name" label={t("tenants.name")} value={tenant.name} />
              <ChoiceField
                name="billing"
                label={t("tenants.billing")}
                choices={billingChoices()}
                value={tenant.billing}
              />
              <NumberField
                name="markup"
                label={t("tenants.markup")}
                value={tenant.markup}
                hint={t("tenants.markupHint")}
              />
            </div>
          </fieldset>
          <Records tenant={tenant} />
          {sendsMail() && <PortalEmails tenant={tenant} />}
          <Limits tenant={tenant} />
          <fieldset class="form-group">
            <legend>{t("tenant.files")}</legend>
            <div class="form-grid">
              <ChoiceField
                name="filesVisibility"
                label={t("tenant.fileUrls")}
                choices={[
                  ["public", t("tenant.publicLong")],
                  ["signed", t("tenant.signedLong")],
                ]}
                value={tenant.filesVisibility}
              />
              <NumberField
                name="retentionDays"
                label={t("tenant.retentionDays")}
                value={tenant.retentionDays}
                placeholder={t("tenant.retentionDefault")}
                hint={t("tenant.retentionHint")}
              />
            </div>
          </fieldset>
        </Form>
      </Card>
      <DangerZone {...context} />
    </>
  );
}

type OfTenant = Pick<TenantContext, "tenant">;

function Records({ tenant }: OfTenant) {
  return (
    <fieldset class="form-group">
      <legend>{t("tenant.records")}</legend>
      <div class="form-grid">
        <TextField
          name="externalId"
          label={t("tenants.externalId")}
          value={tenant.externalId ?? ""}
          nullable
          hint={t("tenants.externalIdHint")}
        />
        <AreaField
          name="note"
          label={t("tenants.note")}
          value={tenant.note ?? ""}
          nullable
          hint={t("tenant.noteHint")}
        />
        <PairsField name="metadata" label={t("tenant.metadata")} value={tenant.metadata} />
      </div>
    </fieldset>
  );
}

function PortalEmails({ tenant }: OfTenant) {
  return (
    <fieldset class="form-group">
      <legend>{t("tenant.portalEmails")}</legend>
      <PairsField
        name="portalEmails"
        label={t("tenant.addresses")}
        value={tenant.portalEmails}
        placeholder="ann@example.com=admin"
        hint={t("tenant.addressesHint")}
      />
    </fieldset>
  );
}

function Limits({ tenant }: OfTenant) {
  return (
    <fieldset class="form-group">
      <legend>{t("tenant.limits")}</legend>
      <div class="form-grid">
        <NumberField name="requestsPerMinute" label={t("tenants.requestsPerMinute")} value={tenant.requestsPerMinute} />
        <NumberField name="concurrentTasks" label={t("tenants.concurrentTasks")} value={tenant.concurrentTasks} />
        <NumberField
          name="monthlyCredits"
          label={t("tenant.monthlyCredits")}
          value={tenant.monthlyCredits}
          placeholder={t("tenant.noCap")}
          hint={t("tenant.monthlyHint")}
        />
        <NumberField
          name="lowBalance"
          label={t("tenants.lowBalanceAt")}
          value={tenant.lowBalance}
          placeholder={t("tenant.notSet")}
          hint={t("tenant.lowBalanceHint")}
        />
        <ChecksField
          name="models"
          label={t("tenant.models")}
          choices={MODELS.map((model) => [model, model])}
          value={tenant.models ?? MODELS}
        />
      </div>
    </fieldset>
  );
}

function DangerZone({ api, path, tenant: { name } }: TenantContext) {
  const remove = () =>
    confirmDialog({
      title: t("tenant.deleteAsk", { name }),
      text: t("tenant.deleteText"),
      submit: t("tenant.deleteSubmit"),
      typed: name,
      work: () => api.send("DELETE", path),
      done: () => {
        toast(t("tenant.isDeleted", { name }));
        location.hash = "#/tenants";
      },
    });
  return (
    <Card
      title={t("tenant.deleteTitle")}
      actions={
        <Button work={remove} kind="danger">
          {t("tenant.deleteButton")}
        </Button>
      }
    >
      <p class="faint">{t("tenant.deleteWarning")}</p>
    </Card>
  );
}
