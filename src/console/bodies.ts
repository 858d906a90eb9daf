/** The portal's markup before any script: the button that signs in, notices, and the shell of the signed-in page. */
import { html } from "hono/html";
import type { Brand } from "../domain/brand.ts";
import { card, type Html } from "./page.ts";

/**
 * Returns the page behind a portal link. Only its button uses the link up, because mail scanners open links too.
 *
 * @param view the portal's page to open, such as `playground`; empty: its home
 */
export function signInBody(brand: Brand, code: string, view: string): Html {
  return card(
    brand,
    "Sign in to your portal",
    "See your tasks, usage and balance, and manage your keys. This link works once.",
    html`<form method="post" action="/portal/session">
<input type="hidden" name="code" value="${code}">
<input type="hidden" name="view" value="${view}">
<button class="button primary wide" type="submit" autofocus>Continue</button>
</form>`,
  );
}

const NOTICES = {
  used: ["This link has expired", "Each link works once, within 15 minutes. Ask your provider for a new link."],
  forbidden: ["This request was blocked", "Reload the page and try again."],
  "too-many": ["Too many attempts", "Wait one minute, then open the link again."],
} as const;

/** Returns the body of a page that shows one notice. */
export function noticeBody(brand: Brand, notice: keyof typeof NOTICES): Html {
  const [title, text] = NOTICES[notice];
  return card(brand, title, text);
}

/** Returns the element that the portal's script fills. */
export function portalBody(brand: Brand): Html {
  return html`<div id="app"><noscript>${card(brand, "JavaScript is off", "The portal needs JavaScript. Turn it on and reload the page.")}</noscript></div>`;
}

/** Returns the element that the console's script fills. */
export function consoleBody(brand: Brand): Html {
  return html`<div id="app"><noscript>${card(brand, "JavaScript is off", "The console needs JavaScript. Turn it on and reload the page.")}</noscript></div>`;
}
