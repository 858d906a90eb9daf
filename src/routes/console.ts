/** `/console`: the operator's console. A static page: all data comes from /admin/v1, with the token that the operator enters. */
import { Hono } from "hono";
import { consoleBody } from "../console/bodies.ts";
import { pageHeaders, renderPage } from "../console/page.ts";
import type { AppEnv } from "../context.ts";

/** Returns the routes of the console and of the pages' bundles. */
export function consoleRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/console", (c) => {
    const page = { title: "Paddock console", style: "app.css", script: "console.js", body: consoleBody() } as const;
    return c.html(renderPage(page), 200, pageHeaders());
  });
  return routes;
}
