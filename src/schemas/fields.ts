/** Kinds of fields that several bodies have. */
import * as z from "zod/mini";
import { MODELS } from "../domain/catalogue.ts";
import { parseIsoTime } from "../lib/iso-time.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { once } from "../lib/once.ts";

/** A field that may be left out, or null. */
export const nullByDefault = <S extends z.ZodMiniType>(schema: S) => z._default(z.nullable(schema), null);

/** Name of a model. */
export const modelName = once(() =>
  z.enum(
    MODELS.map(({ name }) => name),
    "is not a model",
  ),
);

/** Returns the schema of an integer within a range. */
export const wholeNumber = (min: number, max: number) =>
  z
    .int("must be an integer")
    .check(z.minimum(min, `must be at least ${min}`), z.maximum(max, `must be at most ${max}`));

/** Text for people and exports: nothing that breaks a line. */
export const plainText = (max: number, message = "must be a string") =>
  z.string(message).check(
    z.maxLength(max, `has at most ${max} characters`),
    // A lone surrogate is stored as other characters, and would not be found again.
    z.refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), "must not have control characters or halves of characters"),
  );

/** Own properties only, `__proto__` too. */
const isStringPairs = (value: unknown) =>
  isJsonObject(value as JsonValue) && Object.values(value as JsonObject).every((text) => typeof text === "string");
/** Characters are code points, as JSON Schema counts them. */
const atMost = (characters: number) => (value: string) =>
  value.length <= characters || (value.length <= 2 * characters && Array.from(value).length <= characters);

/** `metadata` of a task, a tenant or a key: string pairs of the caller's own. */
export const stringPairs = once(() =>
  z.custom<Record<string, string>>(isStringPairs, "must be an object of strings").check(
    z.refine((pairs) => Object.keys(pairs).length <= 16, "at most 16 pairs"),
    z.refine((pairs) => Object.keys(pairs).every(atMost(40)), "keys have at most 40 characters"),
    z.refine((pairs) => Object.values(pairs).every(atMost(500)), "values have at most 500 characters"),
    z.meta({ type: "object", maxProperties: 16, additionalProperties: { type: "string", maxLength: 500 } }),
  ),
);

/**
 * Returns the schema of a text that stands for something else.
 *
 * @param parse returns what the text stands for, or null if it stands for nothing
 */
export const parsedText = <T>(parse: (text: string) => T | null, error: string, schema = z.string()) =>
  z.pipe(
    schema,
    z.transform((text: string, { issues }): T => {
      const value = parse(text);
      if (value === null) issues.push({ code: "custom", input: text, message: error });
      return value ?? z.NEVER;
    }),
  );

/** ISO 8601 date and time with an offset (`Z`, `+02:00` or `+0200`) that has not passed; as ms since epoch. */
export const futureTime = () =>
  dateTime().check(
    z.refine((ms) => ms > Date.now(), "must be in the future"),
    z.meta({ format: "date-time" }),
  );

/** The same for a time that is not in the future. */
export const pastTime = () =>
  dateTime().check(
    z.refine((ms) => ms <= Date.now(), "must not be in the future"),
    z.meta({ format: "date-time" }),
  );

const dateTime = () =>
  parsedText(
    (text) => {
      const time = parseIsoTime(text);
      return time?.hasOffset ? time.ms : null;
    },
    "must be an ISO 8601 date and time with offset",
    z.string("must be an ISO 8601 date and time"),
  );

type Shape = Readonly<Record<string, z.ZodMiniType>>;
type Optional<F extends z.ZodMiniType, Output> = z.ZodMiniType<Output | undefined, z.input<F> | null | undefined>;

const notGiven = (field: z.ZodMiniType) =>
  z.pipe(
    z.nullish(field),
    z.transform((value) => value ?? undefined),
  );

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
  const patched = (field: z.ZodMiniType) => (field.safeParse(null).success ? z.optional(field) : notGiven(field));
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, patched(field)])) as never;
}

/** For calls that need no body: a field in one would have no effect. */
export const NoFields = once(() => z.strictObject({}));
