/** The brand: what tenants see of the deployment. */
import { useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import type { Api } from "../lib/api.ts";
import { toast } from "../lib/toast.ts";
import type { Branding } from "../lib/types.ts";
import { Button } from "../ui/button.tsx";
import { confirmDialog } from "../ui/dialogs.tsx";
import { TextField } from "../ui/fields.tsx";
import { Form } from "../ui/form.tsx";
import { Card, Loaded, Notice, PageHead } from "../ui/parts.tsx";
import { type Data, useData } from "../ui/use-data.ts";

const MOST_BYTES = 256 * 1024;

/** Shows the brand, and changes it. @param readOnly the reader lacks the scope `operators` */
export function BrandingPage({ api, readOnly }: { readonly api: Api; readonly readOnly: boolean }) {
  const branding = useData<Branding>(api, "/branding");
  return (
    <>
      <PageHead title={t("branding.title")}>
        <p class="under">{t("branding.text")}</p>
      </PageHead>
      <Loaded of={branding}>
        {(data) => (
          <>
            {readOnly && <Notice tone="info">{t("branding.readOnly")}</Notice>}
            <LogoCard api={api} branding={branding} value={data} readOnly={readOnly} />
            <SettingsCard api={api} branding={branding} value={data} readOnly={readOnly} />
          </>
        )}
      </Loaded>
    </>
  );
}

interface CardProps {
  readonly api: Api;
  readonly branding: Data<Branding>;
  readonly value: Branding;
  readonly readOnly: boolean;
}

function SettingsCard({ api, branding, value, readOnly }: CardProps) {
  const [color, setColor] = useState(value.color ?? "");
  const fields = (
    <>
      <TextField
        name="name"
        label={t("branding.name")}
        value={value.name ?? ""}
        nullable
        placeholder="Paddock"
        hint={t("branding.nameHint")}
      />
      <TextField
        name="color"
        label={t("branding.color")}
        value={value.color ?? ""}
        nullable
        placeholder="#17694c"
        hint={t("branding.colorHint")}
        changed={setColor}
      />
      <Swatch color={color} />
      <TextField
        name="supportUrl"
        label={t("branding.supportUrl")}
        value={value.supportUrl ?? ""}
        nullable
        placeholder="https://example.com/help"
        hint={t("branding.supportHint")}
      />
      <TextField
        name="termsUrl"
        label={t("branding.termsUrl")}
        value={value.termsUrl ?? ""}
        nullable
        placeholder="https://example.com/terms"
      />
    </>
  );
  if (readOnly) return <Card title={t("branding.settings")}>{fields}</Card>;
  return (
    <Card title={t("branding.settings")}>
      <Form<Branding>
        wide
        submit={t("common.saveChanges")}
        work={(values) => api.send("PUT", "/branding", values)}
        done={(after) => {
          branding.set(after);
          toast(t("branding.saved"));
        }}
      >
        {fields}
      </Form>
    </Card>
  );
}

/** The colour as it was typed, before the pages adjust it. */
function Swatch({ color }: { readonly color: string }) {
  if (!/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(color)) return null;
  return <div class="swatch" role="img" aria-label={color} style={{ backgroundColor: color }} />;
}

function LogoCard({ api, branding, value, readOnly }: CardProps) {
  const file = useRef<HTMLInputElement>(null);
  const upload = async () => {
    const [chosen] = file.current?.files ?? [];
    if (!chosen) {
      toast(t("branding.noFile"), "bad");
      file.current?.focus();
      return;
    }
    if (chosen.size > MOST_BYTES) {
      toast(t("branding.tooLarge"), "bad");
      return;
    }
    branding.set(await api.sendFile<Branding>("PUT", "/branding/logo", chosen));
    toast(t("branding.logoSaved"));
    if (file.current) file.current.value = "";
  };
  const remove = () =>
    confirmDialog({
      title: t("branding.removeLogoTitle"),
      text: t("branding.removeLogoText"),
      submit: t("branding.removeLogo"),
      work: async () => branding.set(await api.send<Branding>("DELETE", "/branding/logo")),
      done: () => toast(t("branding.logoRemoved")),
    });
  return (
    <Card title={t("branding.logo")}>
      <div class="brand-logo">
        {value.logo ? (
          <img src={value.logo.url} alt={t("branding.logoAlt")} />
        ) : (
          <p class="faint">{t("branding.noLogo")}</p>
        )}
      </div>
      {!readOnly && (
        <div class="field">
          <label class="field-label" for="logo">
            {t("branding.logoFile")}
          </label>
          <input ref={file} class="input" id="logo" type="file" accept="image/png,image/jpeg,image/webp" />
          <p class="field-hint">{t("branding.logoHint")}</p>
          <div class="form-actions start">
            <Button kind="primary" work={upload}>
              {t("branding.upload")}
            </Button>
            {value.logo && <Button work={remove}>{t("branding.removeLogo")}</Button>}
          </div>
        </div>
      )}
    </Card>
  );
}
