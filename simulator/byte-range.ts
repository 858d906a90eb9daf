/** What a Range header asks of a file: a part, nothing that exists, or nothing special. */
export type ByteRange = { readonly start: number; readonly end: number } | "unsatisfiable" | "whole";

/** Reads a Range header of one range against a file's size; `end` is one past the last byte. */
export function parseRange(header: string | null, size: number): ByteRange {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "")
    return Number(last) === 0 ? "unsatisfiable" : { start: Math.max(0, size - Number(last)), end: size };
  if (last !== "" && Number(last) < Number(first)) return "whole";
  if (Number(first) >= size) return "unsatisfiable";
  return { start: Number(first), end: last === "" ? size : Math.min(size, Number(last) + 1) };
}
