/** The API documents and the pages that show them: the tenant's part, and all of it. `npm run openapi` generates them. */
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { MARK, pageHeaders, renderPage } from "../console/page.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { LLMS, OPENAPI, OPENAPI_TENANT, REFERENCE, REFERENCE_OPERATOR } from "../generated/openapi.ts";
import { type GeneratedText, sendText } from "./static.ts";

const HEADERS = { "cache-control": "private, max-age=300", "access-control-allow-origin": "*" };

/** Returns the routes of the API documents, their reference pages and `/llms.txt`. */
export function documentationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/openapi.json", (c) => sendText(c, OPENAPI, HEADERS));
  routes.get("/openapi-tenant.json", (c) => sendText(c, OPENAPI_TENANT, HEADERS));
  routes.get("/docs", (c) => reference(c, REFERENCE, "/openapi-tenant.json"));
  routes.get("/docs/operator", (c) => reference(c, REFERENCE_OPERATOR, "/openapi.json"));
  routes.get("/llms.txt", (c) => sendText(c, LLMS, { "cache-control": "private, max-age=300" }));
  return routes;
}

async function reference(c: AppContext, { load }: GeneratedText, document: string): Promise<Response> {
  const body = html`<header class="top">
<a class="brand" href="/docs">${MARK} Paddock <small>API reference</small></a>
<span class="spacer"></span>
<input class="filter" type="search" placeholder="Search  ( / )" aria-label="Search the reference" data-filter>
<a class="plain" href="${document}">${document.slice(1)}</a>
<span data-theme-slot></span>
</header>
${raw((await load()).default)}`;
  const page = renderPage({ title: "Paddock API reference", style: "docs.css", script: "docs.js", body });
  return c.html(page, 200, pageHeaders());
}
