/** Types of texts: an area is an object of texts, in English and, with the same keys, in Chinese. */

/** A text that depends on `{count}`, by the plural categories of the language. */
export type Plural = { readonly one?: string; readonly other: string };

/** A text: `{name}` is replaced by the parameter of that name. */
export type Text = string | Plural;

/** Texts of one area by key. */
export type Area = { readonly [key: string]: Text };

/** What another language has for an area: the same keys, and a plural where there is one. */
export type Translated<A extends Area> = { readonly [K in keyof A]: A[K] extends string ? string : Plural };

type NamesIn<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** Names of the parameters of a text. */
export type NamesOf<T> = T extends string
  ? NamesIn<T>
  : T extends { readonly other: infer S }
    ? "count" | NamesIn<S>
    : never;
