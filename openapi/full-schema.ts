/**
 * Schemas of the Worker as schemas of the whole of zod. The Worker uses `zod/mini`, which leaves out what only a generator of
 * documents reads; the definition of a schema is the same in both.
 */
import * as z from "zod";

type Full<T> = T extends z.core.$ZodType ? z.ZodType<z.output<T>, z.input<T>> : T;
type Constructor = new (definition: object) => z.ZodType;

const constructors = new Map(Object.entries(z) as [string, unknown][]) as Map<string, Constructor>;
const made = new WeakMap<z.core.$ZodType, z.ZodType>();

/** @returns the same schema with zod's methods and properties; equal ones are the same object */
export function fullSchema<S extends z.core.$ZodType>(schema: S): Full<S> {
  let full = made.get(schema);
  if (!full) {
    const name = schema._zod.constr.name.replace("ZodMini", "Zod");
    const Made = constructors.get(name);
    if (!Made) throw new Error(`No ${name} in zod`);
    // The generator takes an id only from a schema that was made by `meta()`.
    full = new Made(fullFields(schema._zod.def)).meta(z.globalRegistry.get(schema) ?? {});
    made.set(schema, full);
  }
  return full as Full<S>;
}

/** @returns the fields of an object with each schema among them made full */
export function fullFields<F extends object>(fields: F): { [N in keyof F]: Full<F[N]> } {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fullValue(value, name)])) as never;
}

/** True for what `zod/mini` has as a check: the schema's registration has it. */
function isMetadata(check: z.core.$ZodCheck): boolean {
  return ["describe", "meta"].includes(check._zod.def.check);
}

function fullValue(value: unknown, name: string): unknown {
  if (value instanceof z.core.$ZodType) return fullSchema(value);
  if (name === "shape") return fullFields(value as object);
  if (name === "options") return (value as z.core.$ZodType[]).map(fullSchema);
  return name === "checks" ? (value as z.core.$ZodCheck[]).filter((check) => !isMetadata(check)) : value;
}
