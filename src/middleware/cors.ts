/**
 * CORS for the tenant API. Credentials are bearer tokens, never cookies, so any page may read the API's responses. Each
 * credential limits the pages that may use it (contract section 4); tenant/rules/access.ts checks that.
 */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { AppEnv } from "../context.ts";

const EXPOSED_HEADERS = [
  "Accept-Ranges",
  "Allow",
  "Content-Disposition",
  "Content-Range",
  "ETag",
  "Idempotent-Replayed",
  "Last-Modified",
  "Preference-Applied",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "WWW-Authenticate",
  "X-Request-Id",
  "X-Should-Retry",
].join(",");

/** Responds to preflights for any request headers, and lets pages read every other response. */
export function apiCors(): MiddlewareHandler<AppEnv> {
  const preflight = cors({ origin: "*", allowMethods: ["GET", "POST", "PUT", "DELETE", "HEAD"], maxAge: 86_400 });
  return async function apiCorsMiddleware(c, next) {
    if (c.req.method === "OPTIONS") return preflight(c, next);
    c.header("access-control-allow-origin", "*");
    c.header("access-control-expose-headers", EXPOSED_HEADERS);
    return next();
  };
}
