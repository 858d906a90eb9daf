/** Checks bodies and queries against a schema: all issues become one error. */
import type * as z from "zod/mini";
import { type ApiError, type FieldIssue, issuesError } from "../errors.ts";

/** Messages of fields that have none of their own. */
const MESSAGES = { error: messageOf };

function messageOf(issue: z.core.$ZodRawIssue): string {
  const isBody = (issue.path ?? []).length === 0;
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined && !isBody) return "is required";
      return isBody ? "The body must be a JSON object" : `must be ${NAMES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values
        .map(String)
        .join(", ")
        .replace(/, ([^,]*)$/, " or $1")}`;
    case "too_small":
      return issue.minimum === 1 ? "must not be empty" : `must be at least ${issue.minimum}`;
    case "too_big":
      return `has at most ${issue.maximum} ${issue.origin === "string" ? "characters" : "entries"}`;
    default:
      return "is not valid";
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** A checked value, or the error 30001 that names every wrong field. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

/** Checks a body. */
export function check<S extends z.ZodMiniType>(schema: S, body: unknown): Checked<z.output<S>> {
  const parsed = schema.safeParse(body, MESSAGES);
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, error: issuesError(issuesOf(parsed.error)) };
}

/**
 * Checks the parameters of a list. A parameter that is given twice is an error, because one of its values would have no effect.
 *
 * @param parameters every value of each parameter, in the order given
 * @param others issues of parameters that the schema does not have
 */
export function checkParameters<S extends z.ZodMiniType>(
  schema: S,
  parameters: Readonly<Record<string, readonly string[]>>,
  others: readonly FieldIssue[] = [],
): Checked<z.output<S>> {
  const entries = Object.entries(parameters);
  const repeated = entries
    .filter(([, values]) => values.length > 1)
    .map(([path]) => ({ path, message: "must be given only once" }));
  const parsed = schema.safeParse(Object.fromEntries(entries.map(([name, [first]]) => [name, first])), MESSAGES);
  const issues = [...repeated, ...others, ...(parsed.success ? [] : issuesOf(parsed.error))];
  return parsed.success && issues.length === 0
    ? { ok: true, value: parsed.data }
    : { ok: false, error: issuesError(issues) };
}

function issuesOf(error: z.core.$ZodError): FieldIssue[] {
  return error.issues.flatMap((issue) => {
    const pathOf = (...more: string[]) => [...issue.path, ...more].join(".");
    // zod reports all unknown fields in one issue, whose path names none of them.
    if (issue.code !== "unrecognized_keys") return [{ path: pathOf(), message: issue.message }];
    return issue.keys.map((key) => ({ path: pathOf(key), message: "is not known here" }));
  });
}
