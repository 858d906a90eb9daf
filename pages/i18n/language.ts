/** The language of the pages: the browser's, until a person chooses another. */

/** A language that the pages have. */
export type Language = "en" | "zh";

const STORED = "paddock-language";

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

/** Returns the locale of dates: the browser's own of the same language, such as `en-GB`; a browser in a language that the pages lack keeps its dates. */
export function pickLocale(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => pickLanguage([tag]) === language) ?? language;
}

let current: Language = "en";
let locale = "en";

/** Returns the language that the page is shown in. */
export function language(): Language {
  return current;
}

/** Returns the locale in which dates are written. */
export function dateLocale(): string {
  return locale;
}

/** Takes up the stored choice, or the browser's language. */
export function detectLanguage(): Language {
  current = stored() ?? pickLanguage(navigator.languages);
  locale = pickLocale(current, navigator.languages);
  document.documentElement.lang = current === "zh" ? "zh-Hans" : "en";
  return current;
}

/** Stores the choice and loads the page again, so that no text of the other language remains. */
export function chooseLanguage(next: Language): void {
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // Without storage the language cannot be kept: the browser's stays.
  }
  location.reload();
}

function stored(): Language | null {
  try {
    const value = localStorage.getItem(STORED);
    return value === "en" || value === "zh" ? value : null;
  } catch {
    return null;
  }
}
