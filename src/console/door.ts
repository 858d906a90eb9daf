/** A card in the middle of the page: signing in, and short messages. */
import { type Html, html } from "../lib/html.ts";
import { MARK } from "./page.ts";

export function door(title: string, text: string, rest: Html | null = null): Html {
  return html`<main class="door" id="content"><div class="door-card">
<span class="brand">${MARK} Paddock</span>
<h1>${title}</h1>
<p>${text}</p>
${rest}
</div></main>`;
}
