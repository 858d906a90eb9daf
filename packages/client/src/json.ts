/**
 * JSON with exact 64-bit integers: reads an integer that a number cannot hold as a bigint, and writes a bigint as an
 * integer. Does not need `JSON.rawJSON`, which older browsers do not have.
 */

/** Strings and numbers. Strings are matched so that digits in them are skipped. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Returns a random prefix that does not occur in the text. */
function newMark(): string {
  return `bigint:${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}:`;
}

/** Parses JSON text; integers past 2^53 become bigints. @throws SyntaxError */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const mark = newMark();
  const marked = text.replace(TOKEN, (token) => {
    const exact = !/^-?\d{16,}$/.test(token) || Number.isSafeInteger(Number(token));
    return exact ? token : `"${mark}${token}"`;
  });
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** Returns the JSON text of a value; a `bigint` becomes an integer of all its digits. */
export function stringifyJson(value: unknown): string {
  const mark = newMark();
  const text = JSON.stringify(value, (_name, item: unknown) => (typeof item === "bigint" ? `${mark}${item}` : item));
  return text.replace(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1");
}
