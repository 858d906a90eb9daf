/** `/openapi.json` describes everything the gateway does, and `/docs` shows it. */
import { Hono } from "hono";
import type { OpenApiDocument } from "../../openapi/parts.ts";
import { renderReference } from "../../openapi/reference/page.ts";
import { MARK, pageHeaders, renderPage, serveBundle } from "../console/page.ts";
import type { AppEnv } from "../context.ts";
import { documentPieces } from "../generated/openapi.ts";
import { html } from "../lib/html.ts";
import { once } from "../lib/once.ts";

export function documentationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/openapi.json", (c) =>
    c.body(openApiJson(), 200, {
      "content-type": "application/json",
      "cache-control": "public, max-age=300",
      "access-control-allow-origin": "*",
    }),
  );
  routes.get("/docs", (c) =>
    c.body(docsPage(new URL(c.req.url).origin), 200, { ...pageHeaders(), "cache-control": "public, max-age=300" }),
  );
  routes.get("/docs/:bundle", (c) => serveBundle(c.req.param("bundle"), c.req.header("if-none-match")) ?? c.notFound());
  return routes;
}

const openApiJson = once(() => documentPieces().join(""));

let latest: { readonly origin: string; readonly page: string } | null = null;

/** The page's samples name the host; one host at a time is remembered. */
function docsPage(origin: string): string {
  if (latest?.origin !== origin) latest = { origin, page: renderDocs(origin) };
  return latest.page;
}

function renderDocs(origin: string): string {
  const document = JSON.parse(openApiJson()) as OpenApiDocument;
  const body = html`<header class="top">
<a class="brand" href="/docs">${MARK} Paddock <small>API reference</small></a>
<span class="spacer"></span>
<input class="filter" type="search" placeholder="Filter calls  ( / )" aria-label="Filter calls" data-filter>
<a class="plain" href="/openapi.json">openapi.json</a>
<span data-theme-slot></span>
</header>
${renderReference(document, origin)}`;
  return renderPage({ title: "Paddock API reference", path: "/docs", style: "docs.css", script: "docs.js", body });
}
