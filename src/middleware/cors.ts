/**
 * CORS for the tenant API. Credentials are bearer tokens, never cookies, so any page may be told what the API answers;
 * which pages may use a credential is the credential's own rule (contract section 4), checked in tenant/access.ts.
 */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { answerHeader } from "../answer.ts";
import type { AppEnv } from "../context.ts";

const EXPOSED_HEADERS = [
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "X-Request-Id",
  "Idempotent-Replayed",
  "Preference-Applied",
].join(",");

export function apiCors(): MiddlewareHandler<AppEnv> {
  const preflight = cors({
    origin: "*",
    allowMethods: ["GET", "POST", "PUT", "DELETE", "HEAD"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "X-Idempotency-Key",
      "Idempotency-Key",
      "Prefer",
      "X-Request-Id",
      "Last-Event-ID",
    ],
    maxAge: 86_400,
  });
  // No `async`, here and in the other middleware of every request: each would be one more turn of the promise queue.
  return function apiCorsMiddleware(c, next) {
    if (c.req.method === "OPTIONS") return preflight(c, next);
    // Hono's own would make an empty response first, only to copy these headers to the real one.
    answerHeader(c, "access-control-allow-origin", "*");
    answerHeader(c, "access-control-expose-headers", EXPOSED_HEADERS);
    return next();
  };
}
