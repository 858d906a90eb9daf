/** The language of a page for its reader. */
import { getCookie } from "hono/cookie";
import type { AppContext } from "../../context.ts";
import { chosenLanguage, LANGUAGE_COOKIE, type Language, pickLanguage } from "../../domain/language.ts";
import { acceptedLanguages } from "../../lib/accept.ts";

/** Returns the language that the person chose, or else the browser's. */
export function languageOf(c: AppContext): Language {
  return (
    chosenLanguage(getCookie(c, LANGUAGE_COOKIE)) ?? pickLanguage(acceptedLanguages(c.req.header("accept-language")))
  );
}
