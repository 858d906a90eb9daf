/** `/openapi.json` describes the whole API and `/docs` shows it. `npm run openapi` generates both. */
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { MARK, pageHeaders, renderPage } from "../console/page.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { OPENAPI, REFERENCE } from "../generated/openapi.ts";
import { sendText } from "./static.ts";

/** Returns the routes of the API document and its reference page. */
export function documentationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/openapi.json", (c) =>
    sendText(c, OPENAPI, { "cache-control": "private, max-age=300", "access-control-allow-origin": "*" }),
  );
  routes.get("/docs", reference);
  return routes;
}

async function reference(c: AppContext): Promise<Response> {
  const body = html`<header class="top">
<a class="brand" href="/docs">${MARK} Paddock <small>API reference</small></a>
<span class="spacer"></span>
<input class="filter" type="search" placeholder="Filter calls  ( / )" aria-label="Filter calls" data-filter>
<a class="plain" href="/openapi.json">openapi.json</a>
<span data-theme-slot></span>
</header>
${raw((await REFERENCE.load()).default)}`;
  const page = renderPage({ title: "Paddock API reference", style: "docs.css", script: "docs.js", body });
  return c.html(page, 200, pageHeaders());
}
