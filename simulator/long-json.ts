/** Any JSON value; an integer that a double cannot hold exactly is a bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

// Node 24 has both halves of the "JSON.parse source text access" proposal; TypeScript's libraries do not know them yet.
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const engine = JSON as unknown as {
  parse(text: string, reviver: Reviver): Json;
  rawJSON(text: string): unknown;
};

const INTEGER = /^-?\d+$/;

/**
 * Parses JSON without losing the value of 64-bit integers (SeedHorse's `long`).
 * @throws SyntaxError if `text` is not JSON
 */
export function parseLongJson(text: string): Json {
  return engine.parse(text, (_key, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && INTEGER.test(source)
      ? BigInt(source)
      : value,
  );
}

/** Writes JSON with every bigint as the integer it is; members that are undefined are left out. */
export function stringifyLongJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, member: unknown) => (typeof member === "bigint" ? engine.rawJSON(member.toString()) : member),
    indent,
  );
}

/** True for a JSON object (not for an array, not for null). */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The integer in `value` as a bigint, or undefined if it is not an integer of any size. */
export function integerIn(value: Json | undefined): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
}
