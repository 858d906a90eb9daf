/** The portal's markup before any script: the button that signs in, notices, and the shell of the signed-in page. */
import { html } from "hono/html";
import { door, type Html } from "./page.ts";

/** Returns the body of an opened link: the code is in a form, and pressing the button uses it. */
export function signInBody(code: string): Html {
  return door(
    "Sign in to your portal",
    "See your generations, usage and balance, and manage your keys. This link works once.",
    html`<form method="post" action="/portal/session">
<input type="hidden" name="code" value="${code}">
<button class="button primary wide" type="submit" autofocus>Continue</button>
</form>`,
  );
}

const NOTICES = {
  used: ["This link does not work any more", "It was used already, or is older than 15 minutes. Ask for a new one."],
  forbidden: ["That did not come from this page", "Open the link again and press the button there."],
  "too-many": ["Too many attempts", "Wait a minute, then open your link again."],
} as const;

/** Returns the body of a page that shows one notice. */
export function noticeBody(notice: keyof typeof NOTICES): Html {
  const [title, text] = NOTICES[notice];
  return door(title, text);
}

/** Returns the empty body that the portal's script fills. */
export function portalBody(): Html {
  return html`<div id="app"><noscript>${door("Scripts are off", "The portal needs JavaScript.")}</noscript></div>`;
}

/** Returns the empty body that the console's script fills. */
export function consoleBody(): Html {
  return html`<div id="app"><noscript>${door("Scripts are off", "The console needs JavaScript.")}</noscript></div>`;
}
