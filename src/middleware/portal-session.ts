/**
 * The portal's cookie: identifies the session, and ensures that a request comes from the portal's own pages. The cookie
 * is used under /portal/api alone; the APIs take bearer tokens and ignore it.
 */
import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { AppContext, AppEnv } from "../context.ts";
import { isLoopbackHost } from "../domain/ip-address.ts";
import { hashKey } from "../domain/key-format.ts";
import { verifyPortalCredential } from "../domain/portal-credential.ts";
import { GatewayError, throwApiError } from "../errors.ts";
import { sessionEnded } from "../tenant/handlers/portal-sessions.ts";
import { rememberedDenial } from "./credential-cache.ts";
import { rejectBlockedAddress, rejectCredential } from "./edge-limit.ts";

/** Requires a session, and for all but reads a page of this host as the sender. */
export function portalSession(): MiddlewareHandler<AppEnv> {
  return async function portalSessionMiddleware(c, next) {
    if (!isFromOwnPage(c))
      throwApiError(20002, "This request did not come from the portal's own pages. Reload the page and try again");
    const session = getCookie(c, cookieOf(c).name);
    if (session === undefined) throw new GatewayError(sessionEnded());
    rejectBlockedAddress(c);
    const verified = await verifyPortalCredential("session", session, c.get("secrets"));
    if (!verified) return rejectCredential(c);
    c.set("tenantId", verified.tenantId);
    const hash = await hashKey(session);
    const refused = rememberedDenial(hash);
    if (refused) throw new GatewayError(refused.error);
    c.set("portalSession", hash);
    return next();
  };
}

/**
 * True if the browser reports that a page of this origin sent the request: by `Sec-Fetch-Site` where present, else by
 * `Origin`. A read requires neither header, but is refused if it is known to come from elsewhere.
 */
export function isFromOwnPage(c: AppContext): boolean {
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (site !== undefined) return site === "same-origin" || (reads && site === "none");
  if (origin !== undefined) return origin === new URL(c.req.url).origin;
  return reads;
}

/** @param expiresAt ms since epoch */
export function setSessionCookie(c: AppContext, session: string, expiresAt: number): void {
  writeCookie(c, session, Math.max(0, Math.floor((expiresAt - Date.now()) / 1_000)));
}

/** Removes the session's cookie. */
export function clearSessionCookie(c: AppContext): void {
  writeCookie(c, "", 0);
}

function writeCookie(c: AppContext, value: string, maxAge: number): void {
  const { name, options } = cookieOf(c);
  setCookie(c, name, value, { ...options, maxAge });
}

/**
 * Returns the cookie's name and options. Over https only this host can set it; over http it works on localhost only
 * (development).
 */
function cookieOf(c: AppContext) {
  const { protocol, hostname } = new URL(c.req.url);
  const shared = { httpOnly: true, sameSite: "Strict" } as const;
  return protocol === "http:" && isLoopbackHost(hostname)
    ? { name: "paddock-portal", options: { ...shared, path: "/portal" } }
    : { name: "__Host-paddock-portal", options: { ...shared, path: "/", secure: true } };
}
