/** Kinds of fields that several bodies have. */
import * as z from "zod";
import { once } from "../lib/once.ts";

/** Returns the schema of an integer within a range. */
export const wholeNumber = (min: number, max: number) =>
  z.int("must be an integer").min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);

/** Text for people and exports: nothing that breaks a line. */
export const plainText = (max: number, message = "must be a string") =>
  z
    .string(message)
    .max(max, `has at most ${max} characters`)
    .refine((text) => !/\p{Cc}/u.test(text), "must not have control characters");

const ISO_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i;

/** ISO 8601 date and time with an offset (`Z`, `+02:00` or `+0200`) that has not passed; as ms since epoch. */
export const futureTime = () =>
  z
    .string("must be an ISO 8601 date and time")
    .transform((text, context) => {
      const ms = ISO_DATE_TIME.test(text) && isRealDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
      if (!Number.isFinite(ms))
        context.addIssue({ code: "custom", message: "must be an ISO 8601 date and time with offset" });
      else if (ms <= Date.now()) context.addIssue({ code: "custom", message: "must be in the future" });
      return ms;
    })
    .meta({ format: "date-time" });

/** `Date.parse` takes 30 February for 2 March. @param day as in "2026-02-28" */
export function isRealDay(day: string): boolean {
  const ms = Date.parse(day);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(day);
}

type Shape = Readonly<Record<string, z.ZodType>>;
type Optional<F extends z.ZodType, Output> = z.ZodType<Output | undefined, z.input<F> | null | undefined>;

const notGiven = (field: z.ZodType) => field.nullish().transform((value) => value ?? undefined);

/** Fields of a body that creates something: each may be left out, and null means not given (contract section 9). */
export function whenCreating<S extends Shape>(
  fields: S,
): { [N in keyof S]: Optional<S[N], Exclude<z.output<S[N]>, null>> } {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, notGiven(field)])) as never;
}

/**
 * Fields of a PATCH: each may be left out. Null clears a setting whose values include null, and leaves any other unchanged
 * (contract section 9).
 */
export function whenPatching<S extends Shape>(fields: S): { [N in keyof S]: Optional<S[N], z.output<S[N]>> } {
  const patched = (field: z.ZodType) => (field.safeParse(null).success ? field.optional() : notGiven(field));
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, patched(field)])) as never;
}

/** For calls that need no body: a field in one would have no effect. */
export const NoFields = once(() => z.strictObject({}));
