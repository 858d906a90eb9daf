/** Returns texts in the language of the page: `t("tasks.count", { count: 3 })`. */
import { english } from "./en/english.ts";
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

let texts: Readonly<Record<string, Area>> = english;

/** Chooses the language and loads its texts. Called once, before anything is shown. */
export async function startTexts(): Promise<void> {
  if (detectLanguage() === "zh") texts = (await import("./zh/chinese.ts")).chinese;
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
