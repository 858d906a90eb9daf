/** Buttons: of work that may take a while, of copying, and links that look like them. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { focusReturn } from "../lib/focus.ts";
import type { IconName } from "../lib/icons.ts";
import { toast } from "../lib/toast.ts";
import { Icon } from "./icon.tsx";
import { messageOf } from "./message.ts";

/** What a button does and how it looks. */
export interface ButtonProps {
  /** What goes wrong is shown as a toast. While it lasts, the button cannot be pressed again. */
  readonly work: () => unknown;
  readonly kind?: "primary" | "danger" | "quiet";
  readonly icon?: IconName;
  /** Its name for a screen reader, if the text alone is not clear, such as `Edit production`. */
  readonly label?: string | undefined;
  readonly pressed?: boolean;
  readonly children: ComponentChildren;
}

/** A button. */
export function Button({ work, kind, icon, label, pressed, children }: ButtonProps) {
  const isBusy = useRef(false);
  const [shownBusy, setShownBusy] = useState(false);
  const press = async () => {
    if (isBusy.current) return;
    const returnFocus = focusReturn();
    isBusy.current = true;
    setShownBusy(true);
    try {
      await work();
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      isBusy.current = false;
      setShownBusy(false);
      // Once the page shows what the work changed: the button may be gone.
      setTimeout(returnFocus);
    }
  };
  return (
    <button
      type="button"
      class={`button ${kind ?? ""}`}
      aria-label={label}
      aria-pressed={pressed}
      // Not `disabled`, which would take the keyboard away from it.
      aria-disabled={shownBusy ? "true" : undefined}
      onClick={press}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton(props: {
  readonly href: string;
  readonly kind?: "primary";
  readonly children: ComponentChildren;
}) {
  return (
    <a class={`button ${props.kind ?? ""}`} href={props.href}>
      {props.children}
    </a>
  );
}

/** A choice of few, side by side. */
export function Segments<V extends string | number>(props: {
  readonly label: string;
  readonly choices: readonly (readonly [value: V, text: string])[];
  readonly value: V;
  readonly choose: (value: V) => void;
}) {
  return (
    <fieldset class="segments" aria-label={props.label}>
      {props.choices.map(([value, text]) => (
        <button
          key={value}
          type="button"
          class="segment"
          aria-pressed={value === props.value}
          onClick={() => props.choose(value)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}

const COPIED_MS = 1_500;

/** A button that copies a text. */
export function CopyButton(props: { readonly text: string; readonly label?: string; readonly copied?: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
    } catch {
      toast(t("common.copyFailed"), "bad");
      return;
    }
    props.copied?.();
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <button
      type="button"
      class="icon-button small"
      aria-label={props.label ?? t("common.copy")}
      title={t("common.copy")}
      onClick={copy}
    >
      <Icon name={isCopied ? "check" : "copy"} />
      <span class="visually-hidden" role="status">
        {isCopied && t("common.copied")}
      </span>
    </button>
  );
}

/** A text with a button that copies it. */
export function Copyable({ text, shown = text }: { readonly text: string; readonly shown?: string }) {
  return (
    <span class="copyable">
      <code>{shown}</code>
      <CopyButton text={text} label={t("common.copyThing", { thing: shown })} />
    </span>
  );
}
