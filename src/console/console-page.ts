/** The console's markup before its script. */
import { type Html, html } from "../lib/html.ts";
import { door } from "./door.ts";

/** What the script fills. */
export function consoleBody(): Html {
  return html`<div id="app"><noscript>${door("Scripts are off", "The console needs JavaScript.")}</noscript></div>`;
}
