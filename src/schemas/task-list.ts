/** The query of `GET /api/v1/tasks`: one zod source for validation and OpenAPI. */
import * as z from "zod/mini";
import { DAY_MS } from "../domain/calendar.ts";
import type { FieldIssue } from "../errors.ts";
import { parseIsoTime } from "../lib/iso-time.ts";
import { once } from "../lib/once.ts";
import type { TaskListQuery } from "../tenant/api.ts";
import { type Checked, checkParameters } from "./check.ts";
import { idCursor } from "./cursors.ts";
import { parsedText } from "./fields.ts";

/**
 * An ISO 8601 date, or date and time; without an offset it is UTC. A date alone means its first moment as the start of
 * a range and its last as the end, so that from=to=2026-11-22 is that day.
 */
function isoDate(bound: "start" | "end") {
  return parsedText((parameter) => {
    // A plus sign that was not escaped in a query arrives as a space.
    const time = parseIsoTime(parameter) ?? parseIsoTime(parameter.replace(/ (?=\d{2}(?::?\d{2})?$)/, "+"));
    if (time === null) return null;
    return time.isDateOnly && bound === "end" ? time.ms + DAY_MS - 1 : time.ms;
  }, "must be an ISO 8601 date");
}

/** A range of time as `from` and `to`, both inclusive; goes with `inOrder`. */
export const timeRange = once(() => ({
  from: z
    .optional(isoDate("start"))
    .check(z.describe("Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset).")),
  to: z.optional(isoDate("end")).check(z.describe("End of the range, inclusive; a date alone includes the whole day.")),
}));

/** Adds to parameters with `timeRange` that `from` is not after `to`. */
export function inOrder<S extends z.ZodMiniType<{ from?: number | undefined; to?: number | undefined }>>(schema: S): S {
  return schema.check(
    z.refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
      path: ["from"],
      message: "must not be after to",
    }),
  );
}

/** For lists without parameters: every parameter is unknown. */
export const NoParameters = once(() => z.strictObject({}));

/** Returns the schema of an integer in a query. */
export const queryNumber = (min: number, max: number) => {
  const message = `must be ${min} to ${max}`;
  return z.pipe(z.string().check(z.regex(/^\d{1,3}$/, message)), z.transform(Number)).check(
    z.refine((value) => value >= min && value <= max, message),
    z.meta({ type: "integer", minimum: min, maximum: max }),
  );
};

/** Adds a default, and documents it, because a default of a value that is read from text cannot be derived. */
export const queryDefault = (schema: ReturnType<typeof queryNumber>, value: number) =>
  z._default(schema, value).check(z.meta({ default: value }));

/** `limit` of a list, without a default. */
export const pageSize = once(() => queryNumber(1, 100).check(z.describe("Maximum number of entries on the page.")));

/** `limit` of most lists: 1 to 100, default 20. */
export const limit = once(() => queryDefault(pageSize(), 20));

/** Parameters of a list of tasks. */
export const TaskListParameters = once(() =>
  inOrder(
    z.strictObject({
      status: z
        .optional(z.pipe(z.string().check(z.regex(/^[0-5]$/, "must be a status from 0 to 5")), z.transform(Number)))
        .check(z.meta({ type: "integer", minimum: 0, maximum: 5, description: "Only tasks with this status." })),
      model: z
        .optional(z.string().check(z.minLength(1), z.maxLength(200)))
        .check(z.describe("Only tasks of this model.")),
      endUser: z
        .optional(z.string().check(z.minLength(1), z.maxLength(200)))
        .check(z.describe("Only tasks that client tokens of this end user made.")),
      keyId: z
        .optional(z.string().check(z.minLength(1), z.maxLength(200)))
        .check(z.describe("Only tasks of this key and of client tokens that it minted.")),
      q: z
        .optional(z.string().check(z.maxLength(200)))
        .check(z.describe("Part of the prompt or of the task name; ignores case.")),
      ...timeRange(),
      limit: limit(),
      cursor: z.optional(idCursor()),
    }),
  ),
);

/** What comes before the key in the name of a filter by metadata; the key may have dots itself. */
const METADATA = "metadata.";
const MAX_METADATA_KEY = 40;
const MAX_METADATA_VALUE = 500;
/** A task has no more pairs. */
const MAX_METADATA_FILTERS = 16;

/** @returns the filters, or the error that names what is wrong with each parameter */
export function readTaskListQuery(parameters: Readonly<Record<string, readonly string[]>>): Checked<TaskListQuery> {
  const entries = Object.entries(parameters);
  const isMetadata = ([name]: readonly [string, unknown]) => name.startsWith(METADATA);
  const metadata = entries.filter(isMetadata);
  const issues = metadata.flatMap(metadataIssues);
  if (metadata.length > MAX_METADATA_FILTERS) {
    issues.push({ path: "metadata", message: `has at most ${MAX_METADATA_FILTERS} pairs` });
  }
  const others = Object.fromEntries(entries.filter((entry) => !isMetadata(entry)));
  const checked = checkParameters(TaskListParameters(), others, issues);
  if (!checked.ok) return checked;
  const { cursor = null, limit, ...filters } = checked.value;
  const { status = null, model = null, endUser = null, keyId = null, q = null, from = null, to = null } = filters;
  const pairs = metadata.map(([name, [value = ""]]) => [name.slice(METADATA.length), value] as const);
  return { ok: true, value: { status, model, endUser, keyId, metadata: pairs, q, from, to, limit, before: cursor } };
}

function metadataIssues([path, [value = "", ...more]]: [string, readonly string[]]): FieldIssue[] {
  const issues: FieldIssue[] = [];
  if (more.length > 0) issues.push({ path, message: "must be given only once" });
  if ([...path].length > METADATA.length + MAX_METADATA_KEY) {
    issues.push({ path, message: `the key has at most ${MAX_METADATA_KEY} characters` });
  }
  if ([...value].length > MAX_METADATA_VALUE) {
    issues.push({ path, message: `has at most ${MAX_METADATA_VALUE} characters` });
  }
  return issues;
}
