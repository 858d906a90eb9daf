/** Dialogs: the browser's own, which keeps the keyboard inside and closes on Escape, unless it is held open. */
import { ApiError } from "./api.ts";
import { type Child, h } from "./dom.ts";
import { focusReturn } from "./focus.ts";
import { type Field, markIssues } from "./form.ts";
import { icon } from "./icons.ts";
import { toast } from "./toast.ts";
import { button, copyButton, messageOf, notice } from "./ui.ts";

const FIRST_FIELD = ".dialog-body :is(input, select, textarea)";

/** Keeps a dialog open: `reason` is null once the dialog may close. */
export interface Hold {
  reason: string | null;
}

/**
 * Shows a dialog, with the keyboard in its first field, or else on its first button.
 *
 * @param hold while it has a reason, nothing closes the dialog, and leaving the page asks
 * @returns how to close it
 */
export function openDialog(
  title: string,
  content: Child,
  onClose: () => void = () => {},
  hold: Hold = { reason: null },
): () => void {
  const returnFocus = focusReturn();
  const close = () => {
    if (hold.reason === null) dialog.close();
    else toast(hold.reason, "bad");
  };
  const ask = (event: BeforeUnloadEvent) => {
    if (hold.reason !== null) event.preventDefault();
  };
  const closer = h("button", { type: "button", class: "icon-button", "aria-label": "Close" }, icon("close"));
  closer.addEventListener("click", close);
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-label": title, closedby: hold.reason === null ? null : "none" },
    h("div", { class: "dialog-head" }, h("h2", {}, title), closer),
    h("div", { class: "dialog-body" }, content),
  );
  dialog.addEventListener("cancel", (event) => {
    // Fields of files send it too.
    if (event.target !== dialog || hold.reason === null) return;
    event.preventDefault();
    close();
  });
  dialog.addEventListener("close", () => {
    // A browser may close a dialog without asking it first.
    if (hold.reason !== null) return dialog.showModal();
    removeEventListener("beforeunload", ask);
    dialog.remove();
    onClose();
    returnFocus();
  });
  if (hold.reason !== null) addEventListener("beforeunload", ask);
  document.body.append(dialog);
  dialog.showModal();
  // The browser would choose the button that closes it.
  (
    dialog.querySelector<HTMLElement>(FIRST_FIELD) ?? dialog.querySelector<HTMLElement>(".form-actions button")
  )?.focus();
  return close;
}

/** A dialog with a form: its fields, and what submitting it does. */
export interface FormDialog<T> {
  readonly title: string;
  readonly intro?: Child;
  readonly fields: readonly Field[];
  readonly submit: string;
  readonly danger?: boolean;
  /** Shown while the work is under way, if it takes long. */
  readonly working?: string;
  /** What the button does. @throws ApiError, which is shown beside the fields it names */
  readonly work: () => Promise<T>;
  readonly done: (result: T) => void;
}

/** A dialog with a form. */
export function formDialog<T>({
  title,
  intro,
  fields,
  submit,
  danger = false,
  working,
  work,
  done,
}: FormDialog<T>): void {
  const problem = h("div", { class: "form-problem" });
  const submitButton = h("button", { type: "submit", class: `button ${danger ? "danger" : "primary"}` }, submit);
  const form = h(
    "form",
    { class: "form", novalidate: true },
    intro && h("p", { class: "form-intro" }, intro),
    fields.map(({ element }) => element),
    problem,
    h(
      "div",
      { class: "form-actions" },
      button("Cancel", () => close()),
      submitButton,
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submitButton.disabled = true;
    problem.replaceChildren(...(working ? [h("div", { class: "notice info", role: "status" }, working)] : []));
    try {
      const result = await work();
      close();
      done(result);
    } catch (error) {
      problem.replaceChildren();
      const unplaced = markIssues(fields, error instanceof ApiError ? error.issues : []);
      if (unplaced.length > 0 || !(error instanceof ApiError) || error.issues.length === 0) {
        problem.replaceChildren(notice("bad", messageOf(error)));
      }
    } finally {
      submitButton.disabled = false;
    }
  });
  const close = openDialog(title, form);
}

/** Asks before something that cannot be undone; with `typed`, only once that has been typed. */
export function confirmDialog(options: {
  readonly title: string;
  readonly text: Child;
  readonly submit: string;
  readonly typed?: string;
  readonly working?: string;
  readonly work: () => Promise<unknown>;
  readonly done: () => void;
}): void {
  const { title, text, submit, typed, working = "", work, done } = options;
  const input = h("input", {
    class: "input",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": `Type ${typed}`,
  });
  const field: Field = {
    name: "confirm",
    element:
      typed === undefined
        ? h("div")
        : h(
            "label",
            { class: "field" },
            h("span", { class: "field-label" }, "Type ", h("code", {}, typed), " to confirm"),
            input,
          ),
    problem: h("span"),
    input,
  };
  const guarded = async () => {
    if (typed !== undefined && input.value.trim() !== typed.trim())
      throw new ApiError(0, 0, `Type ${typed} to confirm.`);
    await work();
  };
  formDialog({ title, intro: text, fields: [field], submit, danger: true, working, work: guarded, done });
}

/** Shows a secret this once: the dialog stays until the secret was copied or the person has stored it. */
export function secretDialog(title: string, text: string, secret: string, onClose: () => void = () => {}): void {
  const hold: Hold = { reason: "Copy it, or press “I have stored it”: it is not shown again." };
  const release = () => {
    hold.reason = null;
  };
  const shown = h("code", { "data-secret": true, oncopy: release }, secret);
  const close = openDialog(
    title,
    h(
      "div",
      { class: "form" },
      h("p", {}, text),
      h("div", { class: "secret" }, shown, copyButton(secret, "Copy", release)),
      notice("warn", "It is not shown again: copy it now to where it will be used."),
      h(
        "div",
        { class: "form-actions" },
        button(
          "I have stored it",
          () => {
            release();
            close();
          },
          { kind: "primary" },
        ),
      ),
    ),
    onClose,
    hold,
  );
}
