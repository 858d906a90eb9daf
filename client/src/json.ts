/**
 * JSON whose 64-bit integers survive: what a number cannot hold exactly is read as a bigint, and bigints are written as
 * plain integers. Works where `JSON.rawJSON` does not exist yet.
 */

/** Strings, so that digits in them are passed over; and numbers. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A prefix that no text has by chance. */
function newMark(): string {
  return `bigint:${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}:`;
}

/** @throws SyntaxError */
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
