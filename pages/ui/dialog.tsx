/** Dialogs: the browser's own, which keeps the keyboard inside and closes on Escape, unless it is held open. */
import { type ComponentChildren, render } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { focusReturn } from "../lib/focus.ts";
import { toast } from "../lib/toast.ts";
import { Icon } from "./icon.tsx";

const FIRST_FIELD = ".dialog-body :is(input, select, textarea)";

/** Keeps a dialog open: `reason` is null once the dialog may close. */
export interface Hold {
  reason: string | null;
}

/** What a dialog may have beside its title and content. */
export interface DialogOptions {
  /** While it has a reason, nothing closes the dialog, and leaving the page asks. */
  readonly hold?: Hold;
  readonly wide?: boolean;
}

/**
 * Shows a dialog, with the keyboard in its first field, or else on its first button. Closing it returns the keyboard to
 * the opener, or to what has taken its place (lib/focus.ts).
 *
 * @returns how to close it
 */
export function openDialog(
  title: string,
  content: (close: () => void) => ComponentChildren,
  options: DialogOptions = {},
): () => void {
  const returnFocus = focusReturn();
  const place = document.createElement("div");
  document.body.append(place);
  const hold = options.hold ?? { reason: null };
  const close = () => {
    if (hold.reason === null) place.querySelector("dialog")?.close();
    else toast(hold.reason, "bad");
  };
  const closed = () => {
    render(null, place);
    place.remove();
    returnFocus();
  };
  render(
    <Dialog title={title} hold={hold} close={close} closed={closed} wide={options.wide ?? false}>
      {content(close)}
    </Dialog>,
    place,
  );
  return close;
}

function Dialog(props: {
  readonly title: string;
  readonly hold: Hold;
  readonly close: () => void;
  readonly closed: () => void;
  readonly wide: boolean;
  readonly children: ComponentChildren;
}) {
  const { title, hold, close, closed } = props;
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    const wasHeld = hold.reason !== null;
    if (wasHeld) dialog.setAttribute("closedby", "none");
    dialog.showModal();
    // The browser would choose the button that closes it.
    const first = dialog.querySelector<HTMLElement>(FIRST_FIELD) ?? dialog.querySelector(".form-actions button");
    (first as HTMLElement | null)?.focus();
    const ask = (event: BeforeUnloadEvent) => {
      if (hold.reason !== null) event.preventDefault();
    };
    if (wasHeld) addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [hold]);
  const onCancel = (event: Event) => {
    // Fields of files send it too.
    if (event.target !== element.current || hold.reason === null) return;
    event.preventDefault();
    close();
  };
  const onClose = () => {
    // A browser may close a dialog without asking it first.
    if (hold.reason === null) closed();
    else element.current?.showModal();
  };
  return (
    <dialog
      ref={element}
      class={props.wide ? "dialog wide" : "dialog"}
      aria-label={title}
      onCancel={onCancel}
      onClose={onClose}
    >
      <div class="dialog-head">
        <h2>{title}</h2>
        <button type="button" class="icon-button" aria-label={t("common.close")} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div class="dialog-body">{props.children}</div>
    </dialog>
  );
}
