/**
 * CORS for the tenant API. Credentials are bearer tokens, never cookies, so any page may be told what the API answers;
 * which pages may use a credential is the credential's own rule (contract section 4), checked in tenant/access.ts.
 */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { AppEnv } from "../context.ts";

export function apiCors(): MiddlewareHandler<AppEnv> {
  return cors({
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
    exposeHeaders: [
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
      "X-Request-Id",
      "Idempotent-Replayed",
      "Preference-Applied",
    ],
    maxAge: 86_400,
  });
}
