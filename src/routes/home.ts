/** `/` for people who open the host in a browser, and the files that browsers and crawlers request from every host. */
import { Hono } from "hono";
import { html } from "hono/html";
import { ICON_SVG, MARK, pageHeaders, renderPage } from "../console/page.ts";
import type { AppEnv } from "../context.ts";

/** Excludes crawlers: pages need a sign-in, and files are not meant to be public. */
const ROBOTS = "User-agent: *\nDisallow: /\n";
const DAY = "public, max-age=86400";

/** Returns the routes `/`, `/robots.txt` and `/favicon.ico`. */
export function homeRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/", (c) => {
    const body = html`<header class="top"><a class="brand" href="/">${MARK} Paddock</a></header>
<main id="content" class="notice">
<h1>Paddock</h1>
<p>This is an API that generates images and videos. Requests go to <code>/api/v1</code> with a key.</p>
<ul>
<li><a href="/docs">API reference</a></li>
<li><a href="/portal">Portal: usage, tasks and keys of your account</a></li>
<li><a href="/console">Console: for the operator of this gateway</a></li>
</ul>
</main>`;
    return c.html(renderPage({ title: "Paddock", style: "app.css", script: null, body }), 200, pageHeaders());
  });
  routes.get("/robots.txt", (c) => c.text(ROBOTS, 200, { "cache-control": DAY }));
  routes.get("/favicon.ico", (c) => c.body(ICON_SVG, 200, { "content-type": "image/svg+xml", "cache-control": DAY }));
  return routes;
}
