/** `/` for people who open the host in a browser, and the files that browsers and crawlers request from every host. */
import { html } from "hono/html";
import type { AppRoutes } from "../context.ts";
import { brandName } from "../domain/brand.ts";
import { brandMark, ICON_SVG, pageHeaders, renderPage } from "../html/document.ts";
import { brandOf, logoOf } from "../middleware/brand-cache.ts";
import { sendLogo } from "./branding.ts";

/** Excludes crawlers: pages need a sign-in, and files are not meant to be public. */
const ROBOTS = "User-agent: *\nDisallow: /\n";
const DAY = "private, max-age=86400";

/** Adds the routes `/`, `/robots.txt` and `/favicon.ico`. */
export function addHomeRoutes(routes: AppRoutes): void {
  routes.get("/", async (c) => {
    const brand = await brandOf(c);
    const { supportUrl, termsUrl } = brand;
    const body = html`<header class="top">${brandMark(brand, "/")}</header>
<main id="content" class="notice">
<h1>${brandName(brand)}</h1>
<p>This is an API that generates images and videos. Requests go to <code>/api/v1</code> with a key.</p>
<ul>
<li><a href="/docs">API reference</a></li>
<li><a href="/portal">Portal: usage, tasks and keys of your account</a></li>
<li><a href="/console">Console: for the operator of this gateway</a></li>
${supportUrl && html`<li><a href="${supportUrl}">Support</a></li>`}
${termsUrl && html`<li><a href="${termsUrl}">Terms of service</a></li>`}
</ul>
</main>`;
    return c.html(
      renderPage({ brand, title: brandName(brand), style: "app.css", script: null, body }),
      200,
      pageHeaders(),
    );
  });
  routes.get("/robots.txt", (c) => c.text(ROBOTS, 200, { "cache-control": DAY }));
  routes.get("/favicon.ico", async (c) => {
    const logo = await logoOf(c);
    if (logo) return sendLogo(c, logo);
    return c.body(ICON_SVG, 200, { "content-type": "image/svg+xml", "cache-control": DAY });
  });
}
