/** The languages of the console and the portal, and how one is chosen. */

/** A language that the pages have. */
export type Language = "en" | "zh";

/** Cookie that holds the choice of a person who chose another language than the browser's. */
export const LANGUAGE_COOKIE = "paddock-language";

/** Browsers that ask for one of these get Simplified Chinese. */
const CHINESE = /^zh(-(CN|SG|Hans(-.*)?))?$/i;

/** Returns the first of the browser's languages that the pages have; English if there is none. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (CHINESE.test(tag)) return "zh";
    if (/^en(-|$)/i.test(tag)) return "en";
  }
  return "en";
}

/** Returns the language that a cookie chooses, null for any other text. */
export function chosenLanguage(text: string | null | undefined): Language | null {
  return text === "en" || text === "zh" ? text : null;
}

/** Returns the value of the attribute `lang`. */
export function languageTag(language: Language): string {
  return language === "zh" ? "zh-Hans" : "en";
}
