/** Cookies of sessions, and whether a request comes from this host's own pages. */
import { getCookie, setCookie } from "hono/cookie";
import type { AppContext } from "../context.ts";
import { isLoopbackHost } from "../domain/ip-address.ts";

/** A cookie that holds a session. Scripts cannot read it, and other sites cannot send it. */
export interface SessionCookie {
  readonly name: string;
  /** Path of the cookie in development. */
  readonly path: string;
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

/** @returns the session of the request, or undefined if it has none */
export function readSessionCookie(c: AppContext, cookie: SessionCookie): string | undefined {
  return getCookie(c, settingsOf(c, cookie).name);
}

/** @returns the sessions of all cookies whose name begins with that of `cookie` */
export function readSessionCookies(c: AppContext, cookie: SessionCookie): string[] {
  const { name } = settingsOf(c, cookie);
  return Object.entries(getCookie(c)).flatMap(([key, session]) => (key.startsWith(name) ? [session] : []));
}

/** @param expiresAt ms since epoch */
export function setSessionCookie(c: AppContext, cookie: SessionCookie, session: string, expiresAt: number): void {
  const { name, options } = settingsOf(c, cookie);
  const maxAge = Math.max(0, Math.floor((expiresAt - Date.now()) / 1_000));
  setCookie(c, name, session, { ...options, maxAge });
}

/** Removes the session's cookie. */
export function clearSessionCookie(c: AppContext, cookie: SessionCookie): void {
  setSessionCookie(c, cookie, "", 0);
}

/**
 * Returns the cookie's name and options. Over https only this host can set it; over http it works on localhost only
 * (development).
 */
function settingsOf(c: AppContext, { name, path }: SessionCookie) {
  const { protocol, hostname } = new URL(c.req.url);
  const shared = { httpOnly: true, sameSite: "Strict" } as const;
  return protocol === "http:" && isLoopbackHost(hostname)
    ? { name, options: { ...shared, path } }
    : { name: `__Host-${name}`, options: { ...shared, path: "/", secure: true } };
}
