/** `X-Request-Id` on every response and in the log line: the caller's if it is well-formed, otherwise a new one. */
import type { MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { withoutCredentials } from "../domain/credential-mistake.ts";
import { traceIdOf } from "../domain/trace-context.ts";
import { logEvent } from "../lib/log.ts";

/** Letters, digits and a little punctuation: nothing that could break a header or a log line. */
const SANE = /^[A-Za-z0-9._~:+/=-]{1,128}$/;

/**
 * Logs one line per request: no query strings (they can contain tokens), no headers, no bodies. A served file logs
 * none: views are most of all requests, have no credential, and each line is billed (docs/operations.md).
 */
export function requestId(): MiddlewareHandler<AppEnv> {
  return async function requestIdMiddleware(c, next) {
    const given = c.req.header("x-request-id");
    const isUsable = given !== undefined && SANE.test(given) && withoutCredentials(given) === given;
    const id = isUsable ? given : crypto.randomUUID();
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
      ...whoAndWhat(c),
    });
  };
}

/**
 * Returns the fields by which log lines of a request are found: tenant, task, actor and the caller's trace. A field that
 * the request does not have is undefined, and left out of the line.
 */
export function whoAndWhat(c: AppContext): Record<string, string | number | undefined> {
  const [, taskId] = /\/(?:query\/|tasks\/|videos\/video_)(\d{1,16})(?:\/|$)/.exec(c.req.path) ?? [];
  const [, namedTenant] = /^\/admin\/v1\/tenants\/(ten_[0-9a-f]{20})(?:\/|$)/.exec(c.req.path) ?? [];
  return {
    tenantId: c.get("tenantId") ?? namedTenant,
    taskId: c.get("taskId") ?? (taskId === undefined ? undefined : Number(taskId)),
    actor: actorId(c),
    traceId: traceIdOf(c.req.header("traceparent")) ?? undefined,
  };
}

/** Returns the id of the operator, key or client token that made the request, or `portal`. */
function actorId(c: AppContext): string | undefined {
  const caller = c.get("caller");
  if (caller?.kind === "portal") return "portal";
  if (caller !== undefined) return caller.kind === "key" ? caller.keyId : caller.claims.tokenId;
  return c.get("operator")?.id ?? (c.get("portalSession") === undefined ? undefined : "portal");
}

/**
 * Sets headers on every response, also of files, pages, preflights and errors. HSTS applies over https only. A response
 * that no route has given a Cache-Control is never stored: without one, caches decide by its status.
 */
function setCommonHeaders(c: AppContext, id: string): void {
  const { headers } = c.res;
  headers.set("x-request-id", id);
  headers.set("x-content-type-options", "nosniff");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (c.req.url.startsWith("https:")) headers.set("strict-transport-security", "max-age=31536000");
}

/** True for a file, a part of it, or a 304; false for "not ready" and errors. */
function isServedFile(c: AppContext): boolean {
  const { status } = c.res;
  return (status === 200 || status === 206 || status === 304) && /^\/(files|uploads)\//.test(c.req.path);
}

/** Removes secrets from a path: the token of a file gives access to it, and a caller may put a key where an id belongs. */
function loggedPath(path: string): string {
  return withoutCredentials(path.replace(/^\/(files|uploads)\/[^/]+/, "/$1/…")).slice(0, 200);
}
