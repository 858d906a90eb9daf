/** Values as people type them. */

/**
 * Returns a number in plain digits: written in the full-width digits of Chinese and Japanese keyboards too, with a real minus
 * sign, and with thousands set apart as the pages print them. Other texts stay as they are.
 */
export function joinThousands(text: string): string {
  const plain = text.normalize("NFKC").trim().replace("−", "-");
  return /^-?\d{1,3}([,'’\s]\d{3})+(\.\d+)?$/.test(plain) ? plain.replace(/[,'’\s]/g, "") : plain;
}

/** A number as people write it; null for none, and what is no number as it is. */
export function readNumber(text: string): number | string | null {
  const joined = joinThousands(text);
  return joined === "" ? null : /^-?\d+(\.\d+)?$/.test(joined) ? Number(joined) : text.trim();
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
