/** The form: fields that fit the model and the method alone, the price, and the button that sends it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { lookUp, t } from "../../i18n/t.ts";
import { Card } from "../../ui/parts.tsx";
import { useId } from "../../ui/use-id.ts";
import type { PortalContext } from "../context.ts";
import {
  type Parameter,
  type Problem,
  parameterFields,
  problemsOf,
  rangeOf,
  referenceFields,
  type Values,
} from "./form.ts";
import { PriceBox } from "./price-box.tsx";
import { References } from "./references.tsx";
import { jsonText, taskNameOf } from "./request.ts";
import type { Playground } from "./store.ts";

/** Attributes that tie a control to its label, hint and problem. */
interface Tied {
  readonly id: string;
  readonly class: "input";
  readonly "aria-describedby": string;
  readonly "aria-invalid": "true" | undefined;
}

/** A field with its label, hint and problem. */
function Field(props: {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly problem: string | undefined;
  readonly children: (tied: Tied) => ComponentChildren;
}) {
  const id = useId();
  const { label, hint, problem } = props;
  const tied: Tied = {
    id,
    class: "input",
    "aria-describedby": `${id}-problem ${id}-hint`,
    "aria-invalid": problem === undefined ? undefined : "true",
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {props.children(tied)}
      <p class="field-hint" id={`${id}-hint`} hidden={hint === undefined}>
        {hint}
      </p>
      <p class="field-problem" id={`${id}-problem`} hidden={problem === undefined}>
        {problem}
      </p>
    </div>
  );
}

/** Returns the text of a problem that the page found. */
export function problemText({ what, minimum = "", maximum = "" }: Problem): string {
  if (what === "range") return t("playground.outOfRange", { minimum, maximum });
  if (what === "tooMany") return t("playground.tooMany", { maximum });
  if (what === "uploading") return t("playground.waitUpload");
  return t(`playground.${what}`);
}

/** The form. */
export function FormCard({
  playground,
  context,
}: {
  readonly playground: Playground;
  readonly context: PortalContext;
}) {
  const { model, models } = playground;
  const { values, problems: found } = playground.state;
  const [isPromptLeft, setPromptLeft] = useState(false);
  const own = problemsOf(model, values);
  const problemOf = (field: string): string | undefined => {
    const problem = own.find((one) => one.field === field);
    // An empty form is not wrong before anything was typed, and a file under way is no mistake.
    const isQuiet = problem?.what === "uploading" || (problem?.what === "required" && !isPromptLeft);
    return problem && !isQuiet ? problemText(problem) : found[field];
  };
  const change = (more: Partial<Values>) => playground.change({ ...values, ...more });
  const others = Object.entries(values.others);
  return (
    <Card title={t("playground.form")}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void playground.generate();
        }}
      >
        <div class="form-grid">
          <Field label={t("playground.model")} problem={problemOf("model")}>
            {(tied) => (
              <select
                {...tied}
                value={model.name}
                onChange={(event) => playground.chooseModel(event.currentTarget.value)}
              >
                {models.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t("playground.method")} problem={problemOf("type")}>
            {(tied) => (
              <select {...tied} value={values.type} onChange={(event) => change({ type: event.currentTarget.value })}>
                {model.types.map((type) => (
                  <option key={type} value={type}>
                    {methodName(model.medium, type)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <Field label={t("playground.prompt")} problem={problemOf("prompt")}>
          {(tied) => (
            <textarea
              {...tied}
              rows={5}
              value={values.prompt}
              placeholder={t("playground.promptPlaceholder")}
              aria-required="true"
              onInput={(event) => change({ prompt: event.currentTarget.value })}
              onBlur={() => setPromptLeft(true)}
            />
          )}
        </Field>
        {referenceFields(model, values.type).map((field) => (
          <References key={field} playground={playground} field={field} problem={problemOf(field)} />
        ))}
        <div class="form-grid">
          {parameterFields(model).map((name) => (
            <ParameterField
              key={`${model.name} ${name}`}
              name={name}
              parameter={model.parameters[name] as Parameter}
              value={values.parameters[name] ?? ""}
              problem={problemOf(name)}
              change={(value) => change({ parameters: { ...values.parameters, [name]: value } })}
            />
          ))}
          <Field label={t("playground.taskName")} hint={t("playground.taskNameHint")} problem={problemOf("taskName")}>
            {(tied) => (
              <input
                {...tied}
                type="text"
                value={values.taskName}
                placeholder={taskNameOf({ ...values, taskName: "" })}
                autocomplete="off"
                onInput={(event) => change({ taskName: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
        {others.length > 0 && (
          <div class="field">
            <span class="field-label">{t("playground.otherFields")}</span>
            <ul class="chips">
              {others.map(([name, value]) => (
                <li key={name} class="chip">
                  <code>{`${name}: ${jsonText(value)}`}</code>
                  <button
                    type="button"
                    class="icon-button small"
                    aria-label={t("playground.removeReference", { name })}
                    onClick={() => change({ others: Object.fromEntries(others.filter(([other]) => other !== name)) })}
                  >
                    ×
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <PriceBox playground={playground} context={context} />
      </form>
    </Card>
  );
}

function methodName(medium: string, type: string): string {
  return lookUp("playground", `${medium}_${type}`) ?? type;
}

function ParameterField(props: {
  readonly name: string;
  readonly parameter: Parameter;
  readonly value: string;
  readonly problem: string | undefined;
  readonly change: (value: string) => void;
}) {
  const { name, parameter, value, problem, change } = props;
  const label = lookUp("playground", `field_${name}`) ?? name;
  if (parameter.type === "boolean") {
    const byDefault = parameter.default === true;
    return (
      <div class="field">
        <label class="check">
          <input
            type="checkbox"
            checked={value === "" ? byDefault : value === "true"}
            onChange={({ currentTarget: { checked } }) => change(checked === byDefault ? "" : String(checked))}
          />
          <span>{label}</span>
        </label>
        {problem !== undefined && <p class="field-problem">{problem}</p>}
      </div>
    );
  }
  const { minimum, maximum } = rangeOf(parameter);
  const range = t("playground.range", { minimum: String(minimum), maximum: String(maximum) });
  const hint = parameter.type !== "integer" ? undefined : name === "seed" ? t("playground.seedHint") : range;
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(tied) =>
        parameter.enum ? (
          <select {...tied} value={value} onChange={(event) => change(event.currentTarget.value)}>
            <option value="">{t("playground.default")}</option>
            {parameter.enum.map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...tied}
            type="text"
            inputMode={parameter.type === "integer" ? "numeric" : undefined}
            value={value}
            autocomplete="off"
            onInput={(event) => change(event.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}
