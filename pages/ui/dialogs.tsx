/** The kinds of dialogs: with a form, asking before something, showing a secret once. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n/t.ts";
import { ApiError } from "../lib/api.ts";
import { Button, CopyButton } from "./button.tsx";
import { type Hold, openDialog } from "./dialog.tsx";
import { TextField } from "./fields.tsx";
import { Form, type FormProps, type Values } from "./form.tsx";
import { Notice } from "./parts.tsx";

/** A form in a dialog. */
export interface FormDialog<T> extends Omit<FormProps<T>, "cancel" | "wide" | "children"> {
  readonly title: string;
  readonly fields?: ComponentChildren;
  /**
   * Brings the page up to date, before the dialog closes: the keyboard then goes to the next row if the opener's is gone.
   * `done` is called after the dialog has closed.
   */
  readonly changed?: () => unknown;
}

/** Opens a dialog with a form. */
export function formDialog<T>({ title, fields, changed, work, done, ...form }: FormDialog<T>): void {
  openDialog(title, (close) => (
    <Form
      {...form}
      cancel={close}
      work={async (values) => {
        const result = await work(values);
        await changed?.();
        return result;
      }}
      done={(result) => {
        close();
        done?.(result);
      }}
    >
      {fields}
    </Form>
  ));
}

/** Asks before something that cannot be undone; with `typed`, only once that has been typed. */
export function confirmDialog(
  options: Omit<FormDialog<unknown>, "fields" | "intro" | "work"> & {
    readonly text: ComponentChildren;
    readonly typed?: string;
    readonly work: () => Promise<unknown>;
  },
): void {
  const { text, typed, work, ...rest } = options;
  formDialog({
    danger: true,
    ...rest,
    intro: text,
    fields: typed !== undefined && <TextField name="confirm" label={t("common.typeToConfirm", { text: typed })} />,
    work: async ({ confirm }: Values) => {
      if (typed !== undefined && confirm !== typed.trim())
        throw new ApiError(0, 0, t("common.typeToConfirmFailed", { text: typed }));
      await work();
    },
  });
}

/** What the dialog of a secret may show below the secret. */
export interface SecretOptions {
  readonly more?: ComponentChildren;
}

/** Shows a secret this once: the dialog stays until the secret was copied or the person has stored it. */
export function secretDialog(title: string, text: string, secret: string, options: SecretOptions = {}): void {
  const hold: Hold = { reason: t("common.secretHold") };
  const release = () => {
    hold.reason = null;
  };
  openDialog(
    title,
    (close) => (
      <div class="form">
        <p>{text}</p>
        <div class="secret">
          <code data-secret onCopy={release}>
            {secret}
          </code>
          <CopyButton text={secret} copied={release} />
        </div>
        <Notice tone="warn">{t("common.secretOnce")}</Notice>
        {options.more}
        <div class="form-actions">
          <Button
            kind="primary"
            work={() => {
              release();
              close();
            }}
          >
            {t("common.secretStored")}
          </Button>
        </div>
      </div>
    ),
    { hold },
  );
}
