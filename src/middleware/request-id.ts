/** `X-Request-Id` on every response and in the log line: the caller's if it sent a sane one, else a new one. */
import type { MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { logEvent } from "../lib/log.ts";

/** Letters, digits and a little punctuation: nothing that could break a header or a log line. */
const SANE = /^[A-Za-z0-9._~:+/=-]{1,128}$/;

/**
 * One log line a request: no query strings (they can hold tokens), no headers, no bodies. A file that was served leaves none:
 * views are most of all requests, carry no credential, and each line is billed (docs/operations.md).
 */
export function requestId(): MiddlewareHandler<AppEnv> {
  return async function requestIdMiddleware(c, next) {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && SANE.test(given) ? given : crypto.randomUUID();
    c.set("requestId", id);
    const startedAt = Date.now();
    await next();
    setCommonHeaders(c, id);
    if (isServedFile(c)) return;
    logEvent("info", "request", {
      requestId: id,
      method: c.req.method,
      path: loggedPath(c.req.path),
      status: c.res.status,
      ms: Date.now() - startedAt,
      tenantId: c.get("tenantId"),
    });
  };
}

/** On every response, also those that were not made here: files, pages, preflights. HSTS counts over https alone. */
function setCommonHeaders(c: AppContext, id: string): void {
  const { headers } = c.res;
  headers.set("x-request-id", id);
  headers.set("x-content-type-options", "nosniff");
  if (c.req.url.startsWith("https:")) headers.set("strict-transport-security", "max-age=31536000");
}

/** Content, a part of it, or word that the caller's copy is still right; "not ready" and refusals are none. */
function isServedFile(c: AppContext): boolean {
  const { status } = c.res;
  return (status === 200 || status === 206 || status === 304) && /^\/(files|uploads)\//.test(c.req.path);
}

/** A file's token is as good as the file, and portal codes sign people in: neither belongs in a log. */
function loggedPath(path: string): string {
  return path.replace(/^\/(files|uploads)\/[^/]+/, "/$1/…").slice(0, 200);
}
