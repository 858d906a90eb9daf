/** Fields of forms: each has its label, hint and problem, and its name in the API. */
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../i18n/t.ts";
import { localTimeOf, momentOf, pairsOf, readNumber } from "../lib/field-values.ts";
import { useField } from "./form.tsx";
import { useId } from "./use-id.ts";

/** What every field may have. */
export interface FieldProps<V> {
  /** As the API calls it. */
  readonly name: string;
  readonly label: string;
  readonly value?: V;
  readonly hint?: ComponentChildren;
  readonly placeholder?: string;
  /** Stands beside another field in a dialog. */
  readonly half?: boolean;
  /** Called after each change, for what depends on the field. */
  readonly changed?: (value: string) => void;
}

/** An empty value is sent as null. */
type Nullable = { readonly nullable?: boolean };

interface FrameProps extends FieldProps<unknown> {
  readonly read: (element: HTMLInputElement) => unknown;
  readonly control: (attributes: JSX.HTMLAttributes<HTMLElement> & { ref: never }) => ComponentChildren;
}

function Field({ name, label, hint, half, changed, read, control }: FrameProps) {
  const id = useId();
  const element = useRef<HTMLInputElement>(null);
  const problem = useField(name, () => element.current && read(element.current));
  const attributes = {
    id,
    name,
    ref: element as never,
    class: "input",
    "aria-invalid": problem === null ? undefined : ("true" as const),
    "aria-describedby": `${id}-problem${hint ? ` ${id}-hint` : ""}`,
    onInput: changed && (() => changed(element.current?.value ?? "")),
  };
  return (
    <div class={half ? "field half" : "field"}>
      <label class="field-label" for={id}>
        {label}
      </label>
      {control(attributes as never)}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <p class="field-problem" id={`${id}-problem`} hidden={problem === null}>
        {problem}
      </p>
    </div>
  );
}

/** A field for one line of text. */
export function TextField(
  props: FieldProps<string> & Nullable & { readonly type?: string; readonly required?: boolean },
) {
  const { value = "", placeholder, type = "text", nullable, required } = props;
  return (
    <Field
      {...props}
      read={(element) => {
        const text = element.value.trim();
        return text === "" && nullable ? null : text;
      }}
      control={(attributes) => (
        <input
          {...attributes}
          type={type}
          defaultValue={value}
          placeholder={placeholder}
          required={required}
          autocomplete="off"
          spellcheck={false}
        />
      )}
    />
  );
}

/** A number, empty is null. What is no number is sent as it is, and the API says what is wrong with it. */
export function NumberField(props: FieldProps<number | null>) {
  return (
    <Field
      {...props}
      read={(element) => readNumber(element.value)}
      control={(attributes) => (
        <input
          {...attributes}
          type="text"
          inputMode="decimal"
          defaultValue={props.value === null || props.value === undefined ? "" : String(props.value)}
          placeholder={props.placeholder}
          autocomplete="off"
        />
      )}
    />
  );
}

/** Values with their texts. */
export type Choices = readonly (readonly [value: string, text: string])[];

/** A field that offers a list of choices. */
export function ChoiceField(props: FieldProps<string> & Nullable & { readonly choices: Choices }) {
  return (
    <Field
      {...props}
      read={({ value }) => (value === "" && props.nullable ? null : value)}
      control={(attributes) => (
        <select {...attributes}>
          {props.choices.map(([value, text]) => (
            <option key={value} value={value} selected={value === props.value}>
              {text}
            </option>
          ))}
        </select>
      )}
    />
  );
}

/** Text of several lines, as it is. */
export function AreaField(props: FieldProps<string> & Nullable & { readonly rows?: number }) {
  return (
    <Field
      {...props}
      read={({ value }) => (value === "" && props.nullable ? null : value)}
      control={(attributes) => (
        <textarea
          {...attributes}
          rows={props.rows ?? 3}
          placeholder={props.placeholder}
          defaultValue={props.value ?? ""}
        />
      )}
    />
  );
}

/** Lines of text; empty lines are left out. */
export function LinesField(props: FieldProps<readonly string[]> & Nullable) {
  const lines = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  return (
    <Field
      {...props}
      read={({ value }) => (lines(value).length === 0 && props.nullable ? null : lines(value))}
      control={(attributes) => (
        <textarea
          {...attributes}
          rows={3}
          placeholder={props.placeholder}
          defaultValue={props.value?.join("\n") ?? ""}
          spellcheck={false}
        />
      )}
    />
  );
}

/** String pairs, one a line as `name=value`; null without any. */
export function PairsField(props: FieldProps<Readonly<Record<string, string>> | null>) {
  const lines = Object.entries(props.value ?? {}).map(([name, value]) => `${name}=${value}`);
  return (
    <Field
      {...props}
      hint={props.hint ?? t("common.onePairLine")}
      read={({ value }) => pairsOf(value)}
      control={(attributes) => (
        <textarea
          {...attributes}
          rows={3}
          placeholder={props.placeholder ?? "plan=gold"}
          defaultValue={lines.join("\n")}
          spellcheck={false}
        />
      )}
    />
  );
}

/** A moment in the reader's time, or none. Left as it was, it is not sent: it would lose its seconds. */
export function TimeField(props: FieldProps<string | null>) {
  const initial = localTimeOf(props.value ?? null);
  return (
    <Field
      {...props}
      read={({ value }) => (value === initial && value !== "" ? undefined : momentOf(value))}
      control={(attributes) => <input {...attributes} type="datetime-local" defaultValue={initial} />}
    />
  );
}

/** Any of several choices. */
export function ChecksField(
  props: FieldProps<readonly string[]> & { readonly choices: Choices; readonly disabled?: readonly string[] },
) {
  const { name, label, value = [], hint, choices, disabled = [] } = props;
  const element = useRef<HTMLFieldSetElement>(null);
  const id = useId();
  const problem = useField(name, () =>
    [...(element.current?.querySelectorAll("input:checked") ?? [])].map((box) => (box as HTMLInputElement).value),
  );
  return (
    <fieldset class="field" ref={element} aria-describedby={`${id}-problem`}>
      <legend class="field-label">{label}</legend>
      <div class="checks">
        {choices.map(([choice, text], index) => (
          <label class="check" key={choice}>
            <input
              type="checkbox"
              name={name}
              value={choice}
              defaultChecked={value.includes(choice)}
              disabled={disabled.includes(choice)}
              aria-invalid={problem !== null && index === 0 ? "true" : undefined}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
      {hint && <p class="field-hint">{hint}</p>}
      <p class="field-problem" id={`${id}-problem`} hidden={problem === null}>
        {problem}
      </p>
    </fieldset>
  );
}
