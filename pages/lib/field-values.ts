/** Values as people type them. */

/** A number as people write it: with a real minus sign, and thousands set apart as the pages print them. */
export function readNumber(text: string): number | string | null {
  const plain = text.trim().replace("−", "-");
  const joined = /^-?\d{1,3}([,'’\s]\d{3})+(\.\d+)?$/.test(plain) ? plain.replace(/[,'’\s]/g, "") : plain;
  return joined === "" ? null : /^-?\d+(\.\d+)?$/.test(joined) ? Number(joined) : plain;
}

/** Pairs of lines such as `name=value`; null without any. */
export function pairsOf(text: string): Record<string, string> | null {
  const pairs = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): [string, string] => {
      const [name = "", ...value] = line.split("=");
      return [name.trim(), value.join("=").trim()];
    });
  return pairs.length > 0 ? Object.fromEntries(pairs) : null;
}

/** A moment as `datetime-local` wants it, in the reader's time; "" for none. */
export function localTimeOf(moment: string | null): string {
  if (moment === null) return "";
  const local = new Date(moment);
  return new Date(local.getTime() - local.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The moment of a `datetime-local` in the reader's time; null for none. */
export function momentOf(localTime: string): string | null {
  return localTime === "" ? null : new Date(localTime).toISOString();
}
