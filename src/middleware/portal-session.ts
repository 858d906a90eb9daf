/**
 * The portal's cookies, one for each tenant, so that two portals live side by side in one browser. Each identifies a
 * session, and ensures that a request comes from the portal's own pages. The cookies are used under /portal alone; the
 * APIs take bearer tokens and ignore them.
 */
import type { MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { hashKey } from "../domain/key-format.ts";
import { verifyPortalCredential } from "../domain/portal-credential.ts";
import { GatewayError, throwApiError } from "../errors.ts";
import { sessionEnded } from "../tenant/handlers/portal-sessions.ts";
import { rememberedDenial } from "./credential-cache.ts";
import { rejectBlockedAddress, rejectCredential } from "./edge-limit.ts";
import {
  clearSessionCookie,
  isFromOwnPage,
  readSessionCookie,
  readSessionCookies,
  type SessionCookie,
} from "./session-cookie.ts";

/** Returns the cookie of a tenant's portal; with "", the part that the names of all of them begin with. */
export function portalCookie(tenantId: string): SessionCookie {
  return { name: `paddock-portal-${tenantId}`, path: "/portal" };
}

/** @throws GatewayError 20002 for a request of another page than the portal's own */
export function requirePortalPage(c: AppContext): void {
  if (!isFromOwnPage(c))
    throwApiError(20002, "This request did not come from the portal's own pages. Reload the page and try again");
}

/** A session of the request's cookies, its MAC verified. */
export interface OpenPortal {
  readonly tenantId: string;
  /** Hash of the session. */
  readonly session: string;
}

/** Most portals of one browser that are looked at. */
const MOST_PORTALS = 20;

/** Returns the sessions of all tenants that the request has cookies of. */
export async function openPortals(c: AppContext): Promise<OpenPortal[]> {
  const sessions = readSessionCookies(c, portalCookie("")).slice(0, MOST_PORTALS);
  const portals = sessions.map(async (text): Promise<OpenPortal[]> => {
    const verified = await verifyPortalCredential("session", text, c.get("secrets"));
    const session = await hashKey(text);
    return verified && !rememberedDenial(session) ? [{ tenantId: verified.tenantId, session }] : [];
  });
  return (await Promise.all(portals)).flat();
}

/** Requires a session of the tenant in the path, and for all but reads a page of this host as the sender. */
export function portalSession(): MiddlewareHandler<AppEnv> {
  return async function portalSessionMiddleware(c, next) {
    requirePortalPage(c);
    const tenantId = c.req.param("tenantId") ?? "";
    const session = readSessionCookie(c, portalCookie(tenantId));
    if (session === undefined) throw new GatewayError(sessionEnded());
    rejectBlockedAddress(c);
    const verified = await verifyPortalCredential("session", session, c.get("secrets"));
    if (!verified) {
      // The browser would send it with every request.
      clearSessionCookie(c, portalCookie(tenantId));
      return rejectCredential(c);
    }
    if (verified.tenantId !== tenantId)
      throwApiError(20002, "This page and your session belong to different tenants. Open your portal link again");
    c.set("tenantId", tenantId);
    const hash = await hashKey(session);
    const refused = rememberedDenial(hash);
    if (refused) throw new GatewayError(refused.error);
    c.set("portalSession", hash);
    return next();
  };
}
