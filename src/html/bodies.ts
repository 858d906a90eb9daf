/** The markup of console and portal before any script: the button that signs in, notices, and the shell of the page. */
import { html, raw } from "hono/html";
import type { Brand } from "../domain/brand.ts";
import type { Language } from "../domain/language.ts";
import { card, type Html } from "./document.ts";
import { servedTexts } from "./texts.ts";

/** For whom a body is rendered. */
export interface Reader {
  readonly brand: Brand;
  readonly language: Language;
}

/**
 * Returns the page behind a portal link. Only its button uses the link up, because mail scanners open links too.
 *
 * @param view the portal's page to open, such as `playground`; empty: its home
 */
export function signInBody({ brand, language }: Reader, code: string, view: string): Html {
  const texts = servedTexts(language);
  return card(
    brand,
    texts.signIn,
    texts.signInText,
    html`<form method="post" action="/portal/session">
<input type="hidden" name="code" value="${code}">
<input type="hidden" name="view" value="${view}">
<button class="button primary wide" type="submit" autofocus>${texts.continue}</button>
</form>`,
  );
}

/** Returns the body of a page that shows one notice. */
export function noticeBody({ brand, language }: Reader, notice: "used" | "forbidden" | "tooMany"): Html {
  const texts = servedTexts(language);
  // Another way in: a key, or a new link by e-mail.
  const rest = notice === "used" ? html`<p><a href="/portal">${texts.signIn}</a></p>` : null;
  return card(brand, texts[notice], texts[`${notice}Text`], rest);
}

/** Returns the element that the page's script fills. @param sendsMail whether people can ask for a portal link by e-mail */
export function shellBody({ brand, language }: Reader, sendsMail: boolean): Html {
  const texts = servedTexts(language);
  return html`<div id="app"${sendsMail && raw(" data-mail")}><noscript>${card(brand, texts.noScript, texts.noScriptText)}</noscript></div>`;
}
