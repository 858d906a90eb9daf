/** `/console`: the operator's console. A static page; all data comes through /admin/v1 with the token the operator types in. */
import { Hono } from "hono";
import { consoleBody } from "../console/bodies.ts";
import { pageHeaders, renderPage, serveBundle } from "../console/page.ts";
import type { AppEnv } from "../context.ts";

export function consoleRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/console", (c) => {
    const page = { title: "Paddock console", path: "/console", style: "app.css", script: "console.js" } as const;
    return c.body(renderPage({ ...page, body: consoleBody() }), 200, pageHeaders());
  });
  routes.get(
    "/console/:bundle",
    (c) => serveBundle(c.req.param("bundle"), c.req.header("if-none-match")) ?? c.notFound(),
  );
  return routes;
}
