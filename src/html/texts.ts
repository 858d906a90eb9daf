/** Texts of the pages that are rendered here and not in the browser; they are kept with all other texts of the pages. */
import { served as english } from "../../pages/i18n/en/served.ts";
import { served as chinese } from "../../pages/i18n/zh/served.ts";
import type { Language } from "../domain/language.ts";

/** Returns the texts in a language. */
export function servedTexts(language: Language): Readonly<Record<keyof typeof english, string>> {
  return language === "zh" ? chinese : english;
}
