/**
 * Settings that arrive as text: how each kind is read, and one pass over all of them that names every wrong one. By hand and
 * not by a schema, because every start of the Worker waits for it (docs/performance.md).
 */

/** Thrown by a `Setting`'s `parse`; the message never holds the text that was refused. */
export class InvalidSetting extends Error {
  override readonly name = "InvalidSetting";
}

/** How one setting is read. */
export interface Setting<T> {
  /** @throws InvalidSetting saying what the text must be */
  readonly parse: (text: string) => T;
  /** Default value; a setting without one is required. */
  readonly fallback?: T;
}

/** A table of settings by name. */
type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table of settings. */
export type SettingValues<S extends Settings> = {
  readonly [N in keyof S]: S[N] extends Setting<infer T> ? T : never;
};

/**
 * Reads every setting; what is undefined, null or empty counts as not given.
 *
 * @returns the values, or one line for each setting that is missing or wrong, in the order of the table
 */
export function readSettings<S extends Settings>(
  settings: S,
  given: Readonly<Record<string, unknown>>,
): { readonly values: SettingValues<S>; readonly problems: null } | { readonly problems: readonly string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const value = given[name];
    if (value === undefined || value === null || value === "") {
      if ("fallback" in setting) values[name] = setting.fallback;
      else problems.push(`${name} is missing`);
      continue;
    }
    try {
      values[name] = setting.parse(String(value));
    } catch (error) {
      if (!(error instanceof InvalidSetting)) throw error;
      problems.push(`${name} ${error.message}`);
    }
  }
  return problems.length > 0 ? { problems } : { values: values as SettingValues<S>, problems: null };
}

const number =
  (form: RegExp, words: string, { min, max }: { readonly min: number; readonly max: number }) =>
  (text: string): number => {
    const value = form.test(text) ? Number(text) : invalid(words);
    return value >= min && value <= max ? value : invalid(`must be between ${min} and ${max}`);
  };

/** A number without decimals. */
export const wholeNumber = (min: number, max: number) => number(/^\d{1,15}$/, "must be a whole number", { min, max });

/** A number that may have decimals. */
export const decimalNumber = (min: number, max: number) =>
  number(/^\d{1,12}(\.\d{1,9})?$/, "must be a number that is not negative", { min, max });

/** @returns the origin and path of an http(s) URL, without slashes at its end */
export function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    return invalid("must be an http(s) URL without credentials, query or fragment");
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/** @returns the entries of a comma-separated list of printable ASCII without spaces, in their order; no entry comes twice */
export function secretList(text: string): string[] {
  const items = commaSeparated(text).filter((item) => item !== "");
  if (items.length === 0) return invalid("must have at least one entry");
  if (!items.every(isPrintable)) return invalid("entries must be printable ASCII without spaces");
  if (new Set(items).size < items.length) return invalid("must not have the same entry twice");
  return items;
}

/** A comma-separated list of at most 50 durations. */
export function secondsList(text: string): number[] {
  const items = commaSeparated(text);
  if (items.length > 50 || !items.every((item) => /^\d{1,7}(\.\d{1,3})?$/.test(item))) {
    return invalid("must be a comma-separated list of seconds");
  }
  return items.map(Number);
}

/** `true`, `1`, `false` or `0`, in capitals or not. */
export function truth(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === "true" || word === "1") return true;
  return word === "false" || word === "0" ? false : invalid("must be true or false");
}

const commaSeparated = (text: string) => text.split(",").map((item) => item.trim());
const isPrintable = (text: string) => /^[\x21-\x7e]+$/.test(text);

function invalid(words: string): never {
  throw new InvalidSetting(words);
}
