/** The dialogs in which keys are made, changed, rotated and revoked. */
import { useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { toast } from "../lib/toast.ts";
import type { Key, NewKey } from "../lib/types.ts";
import { Copyable, CopyButton } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { confirmDialog, formDialog, secretDialog } from "../ui/dialogs.tsx";
import { ChecksField, ChoiceField, LinesField, NumberField, PairsField, TextField, TimeField } from "../ui/fields.tsx";

/** Whose keys are shown, and with what rights. */
export interface KeyPlace {
  readonly api: Api;
  /** Of the keys' endpoint. */
  readonly path: string;
  /** Whether keys can be changed, and limits of single keys set. */
  readonly operator: boolean;
  /** Loads the list again. */
  readonly changed: () => Promise<void>;
}

const SCOPES = ["generate", "read", "files", "tokens", "webhooks", "portal"] as const;
/** A publishable key may do no more. */
const PUBLISHABLE_SCOPES: readonly string[] = ["generate", "read"];

function scopeChoices() {
  return SCOPES.map((scope) => [scope, t(`keys.${scope}`)] as const);
}

/** Returns the choices of how long an old text works after a rotation, in seconds. */
export function overlapChoices() {
  return [
    ["0", t("keys.stop")],
    ["3600", t("keys.hour")],
    ["86400", t("keys.day")],
    ["604800", t("keys.week")],
  ] as const;
}

type Kind = Key["kind"];

function Scopes({ kind, value }: { readonly kind: Kind; readonly value: readonly string[] }) {
  const impossible = kind === "secret" ? [] : SCOPES.filter((scope) => !PUBLISHABLE_SCOPES.includes(scope));
  return (
    <ChecksField
      key={kind}
      name="scopes"
      label={t("keys.whatItMay")}
      choices={scopeChoices()}
      value={value.filter((scope) => !(impossible as readonly string[]).includes(scope))}
      disabled={impossible}
    />
  );
}

/** Fields of a new key: its scopes depend on its kind. */
function NewKeyFields({ operator }: { readonly operator: boolean }) {
  const [kind, setKind] = useState<Kind>("secret");
  return (
    <>
      <TextField name="name" label={t("keys.name")} placeholder={t("keys.namePlaceholder")} half />
      <ChoiceField
        name="kind"
        label={t("keys.kind")}
        choices={[
          ["secret", t("keys.secretLong")],
          ["publishable", t("keys.publishableLong")],
        ]}
        value="secret"
        changed={(value) => setKind(value as Kind)}
        half
      />
      <Scopes kind={kind} value={SCOPES.filter((scope) => scope !== "portal")} />
      <OtherFields operator={operator} />
    </>
  );
}

function OtherFields({ data, operator }: { readonly data?: Key; readonly operator: boolean }) {
  return (
    <>
      <LinesField
        name="allowedOrigins"
        label={t("keys.origins")}
        value={data?.allowedOrigins ?? []}
        placeholder="https://app.example"
        hint={t("keys.originsHint")}
        nullable
      />
      <TimeField
        name="expiresAt"
        label={t("keys.expires")}
        value={data?.expiresAt ?? null}
        hint={t("keys.expiresHint")}
      />
      <LinesField
        name="allowedIps"
        label={t("keys.addresses")}
        value={data?.allowedIps ?? []}
        placeholder="192.0.2.0/24"
        hint={t("keys.addressesHint")}
        nullable
      />
      {operator && (
        <>
          <NumberField
            name="requestsPerMinute"
            label={t("keys.requestsPerMinute")}
            value={data?.requestsPerMinute ?? null}
            placeholder={t("keys.tenants")}
            hint={t("keys.ownLimitHint")}
            half
          />
          <NumberField
            name="monthlyCredits"
            label={t("keys.monthlyCredits")}
            value={data?.monthlyCredits ?? null}
            placeholder={t("keys.noCap")}
            half
          />
          <NumberField
            name="concurrentTasks"
            label={t("keys.concurrentTasks")}
            value={data?.concurrentTasks ?? null}
            placeholder={t("keys.tenants")}
            half
          />
          <PairsField name="metadata" label={t("keys.metadata")} value={data?.metadata ?? null} />
        </>
      )}
    </>
  );
}

/** Opens the dialog that creates a key, and shows the key once, with a first call. */
export function createKey({ api, path, operator, changed }: KeyPlace): void {
  formDialog<NewKey>({
    title: t("keys.newKey"),
    fields: <NewKeyFields operator={operator} />,
    submit: t("keys.createKey"),
    work: (values) => api.send<NewKey>("POST", path, values),
    changed,
    done: (made) =>
      secretDialog(t("keys.yourNew"), t("keys.thisIs", { name: made.name }), made.key, {
        more: made.scopes.includes("generate") && <FirstCall keyText={made.key} />,
      }),
  });
}

/** The address of the API, and a call that works as it is. */
function FirstCall({ keyText }: { readonly keyText: string }) {
  const body = { model: "Imagen Nano Banana 2", type: "txt", prompt: "a lighthouse at dusk", size: "1K" };
  const call = [
    `curl ${location.origin}/api/v1/task/generate`,
    `-H "Authorization: Bearer ${keyText}"`,
    `-H "Content-Type: application/json"`,
    `-d '${JSON.stringify(body)}'`,
  ].join(" \\\n  ");
  return (
    <>
      <p>
        {t("keys.baseUrl")} <Copyable text={`${location.origin}/api/v1`} />
      </p>
      <div>
        <p class="field-label">
          {t("keys.firstCall")} <CopyButton text={call} label={t("keys.copyCall")} />
        </p>
        <Code text={call} />
      </div>
    </>
  );
}

/** Opens the dialog that changes a key. */
export function editKey({ api, path, operator, changed }: KeyPlace, data: Key): void {
  formDialog({
    title: t("keys.editNamed", { name: data.name }),
    intro: t("keys.editIntro"),
    fields: (
      <>
        <TextField name="name" label={t("keys.name")} value={data.name} />
        <Scopes kind={data.kind} value={data.scopes} />
        <OtherFields data={data} operator={operator} />
      </>
    ),
    submit: t("common.saveChanges"),
    onlyChanged: true,
    work: async (values) => {
      if (Object.keys(values).length > 0) await api.send<Key>("PATCH", `${path}/${data.keyId}`, values);
    },
    changed,
    done: () => toast(t("common.saved")),
  });
}

/** Opens the dialog that rotates a key, and shows the new text once. */
export function rotateKey({ api, path, changed }: KeyPlace, { keyId, name }: Key): void {
  formDialog<NewKey>({
    title: t("keys.rotateNamed", { name }),
    intro: t("keys.rotateIntro"),
    fields: <ChoiceField name="overlapSeconds" label={t("keys.oldText")} choices={overlapChoices()} value="86400" />,
    submit: t("keys.rotate"),
    work: ({ overlapSeconds }) =>
      api.send<NewKey>("POST", `${path}/${keyId}/rotate`, { overlapSeconds: Number(overlapSeconds) }),
    changed,
    done: (made) => secretDialog(t("keys.newText"), t("keys.thisIs", { name: made.name }), made.key),
  });
}

/** Opens the dialog that revokes a key. */
export function revokeKey({ api, path, changed }: KeyPlace, { keyId, name }: Key): void {
  confirmDialog({
    title: t("keys.revokeTitle", { name }),
    text: t("keys.revokeText"),
    submit: t("keys.revoke"),
    work: () => api.send("DELETE", `${path}/${keyId}`),
    changed,
    done: () => toast(t("keys.isRevoked", { name })),
  });
}
