/** Fields of forms: each knows its label, where its problem is shown, and what it is called in the API. */
import type { Issue } from "./api.ts";
import { type Child, h } from "./dom.ts";
import { readNumber } from "./field-values.ts";

/** A field of a form. */
export interface Field {
  /** As the API calls it. */
  readonly name: string;
  /** Label, input, hint and problem. */
  readonly element: HTMLElement;
  readonly problem: HTMLElement;
  readonly input: HTMLElement;
}

/** A field with a value. */
export interface ValueField<T> extends Field {
  readonly value: () => T;
}

interface Options {
  readonly hint?: Child;
  readonly placeholder?: string;
}

/** Puts two fields of a dialog beside each other. */
export function half<F extends Field>(field: F): F {
  field.element.classList.add("half");
  return field;
}

let ids = 0;

function frame(name: string, label: string, input: HTMLElement, hint: Child): Field {
  ids += 1;
  const id = `field-${ids}`;
  input.id = id;
  const problem = h("p", { class: "field-problem", id: `${id}-problem`, hidden: true });
  input.setAttribute("aria-describedby", `${id}-problem${hint ? ` ${id}-hint` : ""}`);
  const element = h(
    "div",
    { class: "field" },
    h("label", { class: "field-label", for: id }, label),
    input,
    hint && h("p", { class: "field-hint", id: `${id}-hint` }, hint),
    problem,
  );
  return { name, element, problem, input };
}

/** Returns a field for one line of text. */
export function textField(
  name: string,
  label: string,
  initial = "",
  options: Options & { type?: string } = {},
): ValueField<string> {
  const { hint, placeholder, type = "text" } = options;
  const input = h("input", {
    class: "input",
    type,
    name,
    value: initial,
    placeholder,
    autocomplete: "off",
    spellcheck: "false",
  });
  return { ...frame(name, label, input, hint), value: () => input.value.trim() };
}

/** A whole number; empty is null. What is no number is sent as it is, and the API says what is wrong with it. */
export function numberField(
  name: string,
  label: string,
  initial: number | null,
  options: Options = {},
): ValueField<number | string | null> {
  const input = h("input", {
    class: "input",
    type: "text",
    inputmode: "decimal",
    name,
    value: initial ?? "",
    placeholder: options.placeholder,
    autocomplete: "off",
  });
  return {
    ...frame(name, label, input, options.hint),
    value: () => readNumber(input.value),
  };
}

/** Returns a field that offers a list of choices. */
export function choiceField(
  name: string,
  label: string,
  choices: readonly (readonly [value: string, text: string])[],
  initial: string,
  options: Options = {},
): ValueField<string> {
  const input = h(
    "select",
    { class: "input", name },
    choices.map(([value, text]) => h("option", { value, selected: value === initial }, text)),
  );
  return { ...frame(name, label, input, options.hint), value: () => input.value };
}

/** Any of several; `all` makes having all of them null. */
export function checksField(
  name: string,
  label: string,
  choices: readonly (readonly [value: string, text: string])[],
  initial: readonly string[],
  options: Options = {},
): ValueField<string[]> {
  const boxes = choices.map(([value, text]) => {
    const box = h("input", { type: "checkbox", name, value, checked: initial.includes(value) });
    return { box, element: h("label", { class: "check" }, box, h("span", {}, text)) };
  });
  const problem = h("p", { class: "field-problem", hidden: true });
  const element = h(
    "fieldset",
    { class: "field" },
    h("legend", { class: "field-label" }, label),
    h(
      "div",
      { class: "checks" },
      boxes.map((one) => one.element),
    ),
    options.hint && h("p", { class: "field-hint" }, options.hint),
    problem,
  );
  const input = boxes[0]?.box ?? element;
  return {
    name,
    element,
    problem,
    input,
    value: () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value),
  };
}

/** Lines of text; empty lines are left out. */
export function linesField(
  name: string,
  label: string,
  initial: readonly string[],
  options: Options = {},
): ValueField<string[]> {
  const input = h(
    "textarea",
    { class: "input", name, rows: 3, placeholder: options.placeholder, spellcheck: "false" },
    initial.join("\n"),
  );
  return {
    ...frame(name, label, input, options.hint),
    value: () =>
      input.value
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
  };
}

/** Text of several lines, as it is. */
export function areaField(name: string, label: string, initial: string, options: Options = {}): ValueField<string> {
  const input = h("textarea", { class: "input", name, rows: 3, placeholder: options.placeholder }, initial);
  return { ...frame(name, label, input, options.hint), value: () => input.value };
}

/** String pairs, one a line as `name=value`; without any, null. */
export function pairsField(
  name: string,
  label: string,
  initial: Readonly<Record<string, string>> | null,
  options: Options = {},
): ValueField<Record<string, string> | null> {
  const lines = Object.entries(initial ?? {}).map(([key, value]) => `${key}=${value}`);
  const field = linesField(name, label, lines, { placeholder: "plan=gold", hint: "One pair a line.", ...options });
  const pairs = () =>
    field.value().map((line): [string, string] => {
      const [key = "", ...value] = line.split("=");
      return [key.trim(), value.join("=").trim()];
    });
  return { ...field, value: () => (field.value().length > 0 ? Object.fromEntries(pairs()) : null) };
}

/** Shows each issue at the field it is about. @returns those that no field has */
export function markIssues(fields: readonly Field[], issues: readonly Issue[]): Issue[] {
  for (const { problem, input } of fields) {
    problem.hidden = true;
    input.removeAttribute("aria-invalid");
  }
  let focused = false;
  return issues.filter(({ path, message }) => {
    const field = fields.find(({ name }) => path === name || path.startsWith(`${name}.`));
    if (!field) return true;
    field.problem.textContent = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
    field.problem.hidden = false;
    field.input.setAttribute("aria-invalid", "true");
    if (!focused) field.input.focus();
    focused = true;
    return false;
  });
}
