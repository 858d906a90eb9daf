/**
 * Discards bodies that no handler has read: of requests without credentials, over a limit, or to an unknown address.
 * They are read to their end before the response is sent, so that the sender gets the response and not a reset
 * connection.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../context.ts";
import { discardBody } from "../lib/read-body.ts";

/** Discards the request's body after the handlers, if none of them has read from it. */
export function discardUnreadBody(): MiddlewareHandler<AppEnv> {
  return async function discardUnreadBodyMiddleware(c, next) {
    await next();
    const request = c.req.raw;
    if (request.method === "GET" || request.method === "HEAD" || request.bodyUsed || request.body === null) return;
    await discardBody(request.body);
  };
}
