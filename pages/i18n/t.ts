/** Returns texts in the language of the page: `t("tasks.count", { count: 3 })`. */
import type { english } from "./en/english.ts";
import { detectLanguage, language } from "./language.ts";
import type { Area, NamesOf, Text } from "./texts.ts";

type English = typeof english;

/** `area.key`. */
export type Key = { [A in keyof English]: `${A & string}.${keyof English[A] & string}` }[keyof English];

type TextAt<K extends Key> = K extends `${infer A}.${infer N}`
  ? A extends keyof English
    ? N extends keyof English[A]
      ? English[A][N]
      : never
    : never
  : never;

/** Parameters of a text: none, or an object with each of its names. */
export type Params<K extends Key, V> = [NamesOf<TextAt<K>>] extends [never]
  ? []
  : [params: { readonly [N in NamesOf<TextAt<K>>]: V | (N extends "count" ? number : never) }];

/** Texts by area. */
type Texts = Readonly<Record<string, Area>>;

let texts: Texts = {};

/** Adds the texts of areas. */
export function addTexts(areas: Texts): void {
  texts = { ...texts, ...areas };
}

/**
 * Chooses the language and adds the texts of the first page. Called once, before anything is shown.
 *
 * @param first the texts in English, which are at hand
 * @param loadChinese loads the same in Chinese
 */
export async function startTexts(first: Texts, loadChinese: () => Promise<{ readonly first: Texts }>): Promise<void> {
  addTexts(detectLanguage() === "zh" ? (await loadChinese()).first : first);
}

/** Loads the texts of all other pages, which a page awaits beside its module. */
export async function loadTexts(): Promise<void> {
  addTexts(language() === "zh" ? (await import("./zh/chinese.ts")).chinese : (await import("./en/english.ts")).english);
}

/** Returns a text; numbers are written with separators. */
export function t<K extends Key>(key: K, ...[params]: Params<K, string | number>): string {
  return pieces(key, params ?? {}).join("");
}

/** Returns the pieces of a text whose parameters may be elements. */
export function rich<K extends Key, V>(key: K, ...[params]: Params<K, V>): (V | string)[] {
  return pieces(key, params ?? {}) as (V | string)[];
}

/** Returns the text at a key that is made at run time, such as a code of the API; undefined if there is none. */
export function lookUp(area: keyof English, key: string): string | undefined {
  const text = Object.hasOwn(texts[area] ?? {}, key) ? texts[area]?.[key] : undefined;
  return typeof text === "string" ? text : undefined;
}

/**
 * Returns an error of the API in the language of the page, as far as there are texts; the API answers in English.
 *
 * @param code 0 for what concerns one field
 */
export function translateError(code: number, message: string): string {
  const [, path = "", problem = ""] = /^([\w.]+: )?(.*)$/s.exec(message) ?? [];
  const detail = translateProblem(message) ?? path + (translateProblem(problem) ?? problem);
  const text = texts.errors?.[code];
  return text === undefined ? detail : formOf(text, 1).replace("{detail}", () => detail);
}

function translateProblem(problem: string): string | null {
  for (const [english, text] of Object.entries(texts.problems ?? {})) {
    // `{name}` is anything.
    const pattern = english.replace(/[$()*+.?[\\\]^|]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>.+)");
    const groups = new RegExp(`^${pattern}$`).exec(problem);
    if (groups) return formOf(text, 1).replace(/\{(\w+)\}/g, (_, name: string) => groups.groups?.[name] ?? "");
  }
  return null;
}

function pieces(key: string, params: Readonly<Record<string, unknown>>): unknown[] {
  const [area = "", name = ""] = key.split(".");
  const text = formOf(texts[area]?.[name] ?? key, params.count);
  const number = new Intl.NumberFormat(language());
  return text.split(/\{(\w+)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const value = params[piece];
    return typeof value === "number" ? number.format(value) : value;
  });
}

function formOf(text: Text, count: unknown): string {
  if (typeof text === "string") return text;
  const category = new Intl.PluralRules(language()).select(Number(count));
  return (category === "one" ? text.one : undefined) ?? text.other;
}
