/** The query of `GET /api/v1/tasks`: one zod source for validation and OpenAPI. */
import * as z from "zod";
import { type ApiError, apiError, type FieldIssue } from "../errors.ts";
import { once } from "../lib/once.ts";
import type { TaskListQuery } from "../tenant/api.ts";

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const DAY_MS = 86_400_000;

/**
 * An ISO 8601 date, or date and time; without an offset it is UTC. A date alone means its first moment as the start of
 * a range and its last as the end, so that from=to=2026-11-22 is that day.
 */
function isoDate(bound: "start" | "end") {
  return z.string().transform((parameter, context) => {
    // A plus sign that was not escaped in a query arrives as a space.
    const text = parameter.replace(/ (?=\d{2}:?\d{2}$)/, "+");
    const dateOnly = !text.includes("T");
    const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/.test(text);
    const ms =
      ISO_DATE.test(text) && isRealDay(text.slice(0, 10))
        ? Date.parse(dateOnly || hasOffset ? text : `${text}Z`)
        : Number.NaN;
    if (Number.isFinite(ms)) return dateOnly && bound === "end" ? ms + DAY_MS - 1 : ms;
    context.addIssue({ code: "custom", message: "must be an ISO 8601 date" });
    return z.NEVER;
  });
}

/** Date.parse takes 30 February for 2 March. @param day as in "2026-02-28" */
function isRealDay(day: string): boolean {
  const ms = Date.parse(day);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(day);
}

/** A range of time as `from` and `to`, both inclusive. */
export const timeRange = once(() => ({ from: isoDate("start").optional(), to: isoDate("end").optional() }));

/** `limit` of every list: 1 to 100, default 20. */
export const limit = once(() =>
  z
    .string()
    .regex(/^\d{1,3}$/, "must be 1 to 100")
    .transform(Number)
    .refine((value) => value >= 1 && value <= 100, "must be 1 to 100")
    .meta({ type: "integer", minimum: 1, maximum: 100, default: 20 })
    .default(20),
);

/** A cursor of ours: the id after which the next page begins. */
export const idCursor = once(() =>
  z
    .string()
    .regex(/^\d{1,16}$/, "is not a cursor of this list")
    .transform(Number)
    .refine(Number.isSafeInteger, "is not a cursor of this list"),
);

export const TaskListParameters = once(() =>
  z.object({
    status: z
      .string()
      .regex(/^[0-5]$/, "must be a status from 0 to 5")
      .transform(Number)
      .meta({ type: "integer", minimum: 0, maximum: 5 })
      .optional(),
    model: z.string().min(1).max(200).optional(),
    ...timeRange(),
    limit: limit(),
    cursor: idCursor().optional(),
  }),
);

/** @returns the filters, or the refusal that names what is wrong with each parameter. */
export function readTaskListQuery(
  parameters: Record<string, string>,
): { readonly ok: true; readonly query: TaskListQuery } | { readonly ok: false; readonly error: ApiError } {
  const parsed = TaskListParameters().safeParse(parameters);
  if (!parsed.success) return { ok: false, error: parameterError(parsed.error) };
  const { status, model, from, to, cursor } = parsed.data;
  return {
    ok: true,
    query: {
      status: status ?? null,
      model: model ?? null,
      from: from ?? null,
      to: to ?? null,
      limit: parsed.data.limit,
      before: cursor ?? null,
    },
  };
}

/** A zod error as 30001 with all its issues, each under the name of its field. */
export function parameterError(error: z.ZodError): ApiError {
  const issues = error.issues.flatMap(fieldIssues);
  const [first] = issues;
  return apiError(30001, first && (first.path === "" ? first.message : `${first.path}: ${first.message}`), { issues });
}

/** zod tells all members that are unknown in one issue, which names none of them in its path. */
function fieldIssues(issue: z.core.$ZodIssue): FieldIssue[] {
  const pathOf = (...more: string[]) => [...issue.path, ...more].join(".");
  if (issue.code !== "unrecognized_keys") return [{ path: pathOf(), message: issue.message }];
  return issue.keys.map((key) => ({ path: pathOf(key), message: "is not known here" }));
}
