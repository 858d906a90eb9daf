/** The request that the form stands for: as fields, as JSON text, and back from a task's request. */
import {
  KIND_OF,
  type Model,
  NO_REFERENCES,
  parameterFields,
  REFERENCE_FIELDS,
  type Reference,
  type ReferenceField,
  readInteger,
  referenceFields,
  type Values,
  withModel,
} from "./form.ts";

/** Fields of a request in their order; integers past 2^53 are bigints. */
export type RequestFields = Readonly<Record<string, unknown>>;

const TASK_NAME_CHARACTERS = 60;

/** Returns the name of a task that was given none: the start of its prompt. */
export function taskNameOf({ taskName, prompt }: Pick<Values, "taskName" | "prompt">): string {
  if (taskName.trim() !== "") return taskName.trim();
  return [...prompt.trim().replaceAll(/\s+/g, " ")].slice(0, TASK_NAME_CHARACTERS).join("").trim();
}

/** Which text of a reference goes into a request: what the gateway is sent, or the URL of the file. */
export type ReferenceText = (reference: Reference) => string | null;

/** Returns the request's fields; those that fit the model and the type alone, without empty ones. */
export function requestOf(model: Model, values: Values, textOf: ReferenceText = ({ source }) => source): RequestFields {
  const fields: Record<string, unknown> = {
    model: model.name,
    taskName: taskNameOf(values),
    type: values.type,
    prompt: values.prompt,
  };
  for (const name of parameterFields(model)) {
    const text = (values.parameters[name] ?? "").trim();
    if (text === "") continue;
    const kind = model.parameters[name]?.type;
    fields[name] = kind === "integer" ? integer(text) : kind === "boolean" ? text === "true" : text;
  }
  for (const field of referenceFields(model, values.type)) {
    const texts = values.references[field].flatMap((reference) => textOf(reference) ?? []);
    if (texts.length > 0) fields[field] = texts;
  }
  return { ...fields, ...values.others };
}

/** Returns the integer, exact where JavaScript's numbers are not; what is none is left for the gateway to refuse. */
function integer(text: string): number | bigint | string {
  const value = readInteger(text);
  if (value === null) return text;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Returns JSON text with bigints as plain integers. @param indent spaces for each level; 0: all on one line */
export function jsonText(value: unknown, indent = 0, depth = 1): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => jsonText(item, indent, depth + 1))
    : Object.entries(value).map(([name, item]) => {
        return `${JSON.stringify(name)}:${indent > 0 ? " " : ""}${jsonText(item, indent, depth + 1)}`;
      });
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (items.length === 0) return open + close;
  if (indent === 0) return open + items.join(",") + close;
  const line = `\n${" ".repeat(indent * depth)}`;
  return `${open}${line}${items.join(`,${line}`)}\n${" ".repeat(indent * (depth - 1))}${close}`;
}

/**
 * Reads JSON text and keeps integers past 2^53 as bigints, where the browser shows the source of a number.
 *
 * @throws SyntaxError
 */
export function readJson(text: string): unknown {
  const revive = (_: string, value: unknown, context?: { readonly source?: string }) => {
    const isInexact = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isInexact && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context?.source as string) : value;
  };
  return JSON.parse(text, revive);
}

const FIELDS_OF_ALL = new Set<string>(["model", "taskName", "type", "prompt"]);

/**
 * Returns the values for a task's request ("Run again").
 *
 * @param newId returns an id for a reference
 * @returns null if the tenant may not use the model any more
 */
export function valuesOf(models: readonly Model[], request: RequestFields, newId: () => string): Values | null {
  const model = models.find(({ name }) => name === request.model);
  if (!model) return null;
  const text = (name: string) => (typeof request[name] === "string" ? (request[name] as string) : "");
  const own = parameterFields(model);
  const parameters: Record<string, string> = {};
  const others: Record<string, unknown> = {};
  const references: Record<ReferenceField, readonly Reference[]> = { ...NO_REFERENCES };
  for (const [name, value] of Object.entries(request)) {
    if (FIELDS_OF_ALL.has(name) || value === null || value === undefined) continue;
    const field = REFERENCE_FIELDS.find((one) => one === name);
    if (field && Array.isArray(value)) references[field] = value.map((one) => givenReference(String(one), newId()));
    else if (own.includes(name)) parameters[name] = choiceOf(model, name, String(value));
    else others[name] = value;
  }
  const given = { model: model.name, type: text("type"), prompt: text("prompt"), taskName: text("taskName") };
  return withModel({ ...given, parameters, references, others }, model);
}

/** Returns a value as the parameter's choices spell it: `4k` is documented too. */
function choiceOf(model: Model, name: string, value: string): string {
  return model.parameters[name]?.enum?.find((choice) => choice.toLowerCase() === value.toLowerCase()) ?? value;
}

/** Returns a reference that needs no upload: a URL or the `fileId` of an upload. */
export function givenReference(source: string, id: string): Reference {
  return { id, name: source, source, url: isUrl(source) ? source : null, progress: null, problem: null };
}

/** True for an absolute http(s) URL. */
export function isUrl(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text);
}

/** Returns the list for a file by its media type, or null for a file that cannot be a reference. */
export function fieldForFile(contentType: string): ReferenceField | null {
  return REFERENCE_FIELDS.find((field) => contentType.startsWith(`${KIND_OF[field]}/`)) ?? null;
}
