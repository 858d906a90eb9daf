/**
 * The portal's cookie: identifies the session, and ensures that a request comes from the portal's own pages. The cookie
 * is used under /portal/api alone; the APIs take bearer tokens and ignore it.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../context.ts";
import { hashKey } from "../domain/key-format.ts";
import { verifyPortalCredential } from "../domain/portal-credential.ts";
import { GatewayError, throwApiError } from "../errors.ts";
import { sessionEnded } from "../tenant/handlers/portal-sessions.ts";
import { rememberedDenial } from "./credential-cache.ts";
import { rejectBlockedAddress, rejectCredential } from "./edge-limit.ts";
import { isFromOwnPage, readSessionCookie, type SessionCookie } from "./session-cookie.ts";

/** The cookie of the portal. */
export const PORTAL_COOKIE: SessionCookie = { name: "paddock-portal", path: "/portal" };

/** Requires a session, and for all but reads a page of this host as the sender. */
export function portalSession(): MiddlewareHandler<AppEnv> {
  return async function portalSessionMiddleware(c, next) {
    if (!isFromOwnPage(c))
      throwApiError(20002, "This request did not come from the portal's own pages. Reload the page and try again");
    const session = readSessionCookie(c, PORTAL_COOKIE);
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
