/** The form of the Playground: which fields a model and a type have, and what is wrong with their values. */
import { joinThousands } from "../../lib/field-values.ts";

/** One parameter of a model, in JSON Schema terms, as `GET /models` describes it. */
export interface Parameter {
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: boolean | number | string;
  readonly maxItems?: number;
}

/** A model that the tenant may use. */
export interface Model {
  readonly name: string;
  readonly medium: "image" | "video";
  readonly types: readonly string[];
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** The lists of references of a request. */
export const REFERENCE_FIELDS = ["refImageUrls", "refVideoUrls", "refAudioUrls"] as const;
/** One list of references. */
export type ReferenceField = (typeof REFERENCE_FIELDS)[number];
/** A kind of reference file. */
export type ReferenceKind = "image" | "video" | "audio";
/** The kind of file in each list. */
export const KIND_OF: Readonly<Record<ReferenceField, ReferenceKind>> = {
  refImageUrls: "image",
  refVideoUrls: "video",
  refAudioUrls: "audio",
};

/** A reference in the form. */
export interface Reference {
  /** Unique in this form. */
  readonly id: string;
  /** File name, or the URL. */
  readonly name: string;
  /** What is sent: a `fileId` or a URL; null while the upload is not complete. */
  readonly source: string | null;
  /** URL of the file, for samples and thumbnails; null while it is not known. */
  readonly url: string | null;
  /** Sent part of the file, from 0 to 1; null if nothing is being sent. */
  readonly progress: number | null;
  /** What is wrong with it, for people; null if nothing is. */
  readonly problem: string | null;
}

/** The values of the form. Texts are as typed; an empty one is not sent. */
export interface Values {
  readonly model: string;
  readonly type: string;
  readonly prompt: string;
  readonly taskName: string;
  /** The model's own parameters but the lists, as texts; `true` and `false` for a boolean. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly references: Readonly<Record<ReferenceField, readonly Reference[]>>;
  /** Fields of a repeated request that the form does not have; they are sent as they are. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** A form without references. */
export const NO_REFERENCES: Values["references"] = { refImageUrls: [], refVideoUrls: [], refAudioUrls: [] };

/** What is wrong with a field, by a name that the page has a text for. */
export interface Problem {
  readonly field: string;
  readonly what: "required" | "integer" | "range" | "choice" | "tooMany" | "uploading" | "failedUpload" | "needsImage";
  readonly minimum?: string;
  readonly maximum?: string;
}

/** Integers that JavaScript cannot hold are compared as they are documented: the gateway's `seed` ends at 2^63 − 1. */
const LARGEST_LONG = 2n ** 63n - 1n;

/** @returns the first values of the form; null if the tenant may use no model */
export function firstValues(models: readonly Model[]): Values | null {
  const [model] = models;
  if (!model) return null;
  const start = {
    model: "",
    type: "",
    prompt: "",
    taskName: "",
    parameters: {},
    references: NO_REFERENCES,
    others: {},
  };
  return withModel(start, model);
}

/** Returns the values for another model: the type and the parameters that it has too are kept. */
export function withModel(values: Values, model: Model): Values {
  const type = model.types.includes(values.type) ? values.type : (model.types[0] ?? "");
  return { ...values, model: model.name, type };
}

/** Returns the lists of references that the type takes, as far as the model has them. */
export function referenceFields(model: Model, type: string): ReferenceField[] {
  const parts = type.split("_");
  const isTaken = {
    refImageUrls: parts.includes("img"),
    refVideoUrls: parts.includes("vid"),
    refAudioUrls: parts.includes("aud"),
  };
  return REFERENCE_FIELDS.filter((field) => field in model.parameters && isTaken[field]);
}

/** Returns the names of the model's parameters besides references, in the order of `GET /models`. */
export function parameterFields(model: Model): string[] {
  return Object.keys(model.parameters).filter((name) => !REFERENCE_FIELDS.some((field) => field === name));
}

/** Returns the type with exactly the kinds of references that are there, for a file that was dropped anywhere on the form. */
export function typeFor(model: Model, values: Values, added: ReferenceKind): string {
  const has = (field: ReferenceField) =>
    values.references[field].length > 0 && referenceFields(model, values.type).includes(field);
  const kinds = new Set<ReferenceKind>([added, ...REFERENCE_FIELDS.filter(has).map((field) => KIND_OF[field])]);
  const short = { image: "img", video: "vid", audio: "aud" } as const;
  const wanted = [...kinds].map((kind) => short[kind]);
  const fits = (type: string) => wanted.every((part) => type.split("_").includes(part));
  if (fits(values.type)) return values.type;
  const [least] = model.types.filter(fits).toSorted((a, b) => a.split("_").length - b.split("_").length);
  return least ?? values.type;
}

/** @returns all that is wrong with the values, in the order of the form; the gateway checks them again */
export function problemsOf(model: Model, values: Values): Problem[] {
  const problems: Problem[] = [];
  if (values.prompt.trim() === "") problems.push({ field: "prompt", what: "required" });
  for (const field of referenceFields(model, values.type)) {
    const references = values.references[field];
    const most = model.parameters[field]?.maxItems;
    if (most !== undefined && references.length > most)
      problems.push({ field, what: "tooMany", maximum: String(most) });
    if (references.some(({ problem }) => problem !== null)) problems.push({ field, what: "failedUpload" });
    else if (references.some(({ source }) => source === null)) problems.push({ field, what: "uploading" });
    else if (references.length === 0 && model.medium === "image") problems.push({ field, what: "needsImage" });
  }
  for (const name of parameterFields(model)) {
    const problem = problemOf(name, model.parameters[name] as Parameter, values.parameters[name] ?? "");
    if (problem) problems.push(problem);
  }
  return problems;
}

function problemOf(field: string, parameter: Parameter, text: string): Problem | null {
  const value = text.trim();
  if (value === "") return null;
  if (parameter.enum && !parameter.enum.includes(value)) return { field, what: "choice" };
  if (parameter.type !== "integer") return null;
  const number = readInteger(value);
  if (number === null) return { field, what: "integer" };
  const { minimum, maximum } = rangeOf(parameter);
  if (number >= minimum && number <= maximum) return null;
  return { field, what: "range", minimum: String(minimum), maximum: String(maximum) };
}

/** Returns the integer that a person typed, with digits and thousands as in every other field; null if it is none. */
export function readInteger(text: string): bigint | null {
  const plain = joinThousands(text);
  return /^-?\d{1,19}$/.test(plain) ? BigInt(plain) : null;
}

/** Returns the range of an integer, exact also where JSON was read into numbers that cannot hold it. */
export function rangeOf({ minimum, maximum }: Parameter): { readonly minimum: bigint; readonly maximum: bigint } {
  const exact = (value: number | undefined, otherwise: bigint) =>
    value === undefined || !Number.isSafeInteger(value) ? otherwise : BigInt(value);
  return { minimum: exact(minimum, -LARGEST_LONG), maximum: exact(maximum, LARGEST_LONG) };
}
