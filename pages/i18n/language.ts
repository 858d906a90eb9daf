/** The language of the pages: the browser's, until a person chooses another. */
import {
  chosenLanguage,
  LANGUAGE_COOKIE,
  type Language,
  languageTag,
  pickLanguage,
} from "../../src/domain/language.ts";

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

/** Takes up the choice of the person, or the browser's language, as the gateway does for the pages that it renders itself. */
export function detectLanguage(): Language {
  current = stored() ?? pickLanguage(navigator.languages);
  locale = pickLocale(current, navigator.languages);
  document.documentElement.lang = languageTag(current);
  return current;
}

const YEAR_SECONDS = 365 * 86_400;

/** Keeps the choice in a cookie and loads the page again, so that no text of the other language remains. */
export function chooseLanguage(next: Language): void {
  // biome-ignore lint/suspicious/noDocumentCookie: Firefox has no Cookie Store before version 140.
  document.cookie = `${LANGUAGE_COOKIE}=${next}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  location.reload();
}

function stored(): Language | null {
  return chosenLanguage(new RegExp(`(?:^|; )${LANGUAGE_COOKIE}=(\\w+)`).exec(document.cookie)?.[1]);
}
