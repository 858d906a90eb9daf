/**
 * `/portal`: the pages, one for each tenant, and sign-in by a single-use link. Opening the link shows a button, and only pressing the button
 * uses the link: previews and scanners that fetch links do no harm (docs/decisions/0013).
 */
import { Hono } from "hono";
import { noticeBody, portalBody, signInBody } from "../console/bodies.ts";
import { type Html, pageHeaders, renderPage } from "../console/page.ts";
import type { AppContext, AppEnv } from "../context.ts";
import type { Brand } from "../domain/brand.ts";
import { hashKey } from "../domain/key-format.ts";
import { verifyPortalCredential } from "../domain/portal-credential.ts";
import { apiError, GatewayError } from "../errors.ts";
import { discardBody, readTextBody } from "../lib/read-body.ts";
import { brandOf } from "../middleware/brand-cache.ts";
import { rememberDenial, rememberedDenial } from "../middleware/credential-cache.ts";
import { countFailure, rejectBlockedAddress } from "../middleware/edge-limit.ts";
import { openPortals, portalCookie, requirePortalPage } from "../middleware/portal-session.ts";
import { isFromOwnPage, setSessionCookie } from "../middleware/session-cookie.ts";
import type { UrlRules } from "../schemas/check-generate.ts";
import { checkPortalLink } from "../schemas/portal-link.ts";
import type { PortalCredential } from "../tenant/handlers/portal-sessions.ts";
import { actorOf, checkedValue, found, namedTenant } from "./operator.ts";
import { readJsonBody } from "./support/body.ts";
import { requireHonored } from "./support/require-honored.ts";
import { publicBaseUrl, requestOrigin, respond, tenantOf, unwrap } from "./support/responses.ts";
import { rejectAfterCheck } from "./tasks.ts";

const MOST_FORM_BYTES = 4_096;

/** Returns the routes of the portal's pages and sessions. */
export function portalRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/portal", open);
  routes.get("/portal/t/:tenantId", (c) => page(c, 200, portalBody, "portal.js"));
  routes.get("/portal/sessions", sessions);
  routes.post("/portal/session", signIn);
  return routes;
}

/** `POST /api/v1/portal-links`: for keys with the scope `portal`. */
export function ownPortalLinkRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/portal-links", async (c) => {
    const body = await readJsonBody(c, true);
    const checked = body.ok ? checkPortalLink(body.value, "viewer", returnRules(c)) : body;
    if (!checked.ok) return rejectAfterCheck(c, checked.error, "portalLinks");
    const link = tenantOf(c).createOwnPortalLink(c.get("caller"), checked.value, c.get("requestId"));
    return respondLink(c, await unwrap(c, link));
  });
  return routes;
}

/** The portal links back to any page but its own host's, where a link could not be told from the portal's. */
function returnRules(c: AppContext): UrlRules {
  return { allowPrivate: c.get("config").allowPrivateUrls, ownOrigins: [requestOrigin(c)] };
}

function respondLink(c: AppContext, { text, expiresAt, origin }: PortalCredential): Response {
  const url = `${origin ?? requestOrigin(c)}/portal?code=${text}`;
  return respond(c, { url, expiresAt: new Date(expiresAt).toISOString() });
}

/** `POST …/portal-links` and `DELETE …/portal-sessions` under `/admin/v1/tenants/{tenantId}`. */
export function portalLinkRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.post("/tenants/:tenantId/portal-links", async (c) => {
    const { tenant } = namedTenant(c);
    const body = checkedValue(await readJsonBody(c, true));
    const person = checkedValue(checkPortalLink(body, "admin", returnRules(c)));
    const link = found(await tenant.createPortalLink(actorOf(c), person), "Tenant");
    if ("code" in link) throw new GatewayError(link);
    if (person.role !== "admin") await requireHonored({ role: person.role }, link);
    return respondLink(c, link);
  });
  routes.delete("/tenants/:tenantId/portal-sessions", async (c) =>
    respond(c, found(await namedTenant(c).tenant.endPortalSessions(actorOf(c)), "Tenant")),
  );
  return routes;
}

function open(c: AppContext): Response | Promise<Response> {
  const code = c.req.query("code");
  const view = viewOf(c.req.query("view"));
  if (code !== undefined) return page(c, 200, (brand) => signInBody(brand, code, view), null);
  return page(c, 200, portalBody, "portal.js");
}

/** The portals of this browser, which `/portal` leads to: the cookies are not sent when another site links to it. */
async function sessions(c: AppContext): Promise<Response> {
  requirePortalPage(c);
  rejectBlockedAddress(c);
  const portals = (await openPortals(c)).map(async ({ tenantId, session }) => {
    const call = { name: "account" } as const;
    const result = await c.env.TENANTS.getByName(tenantId).portal(session, call, actorOf(c, "portal"));
    return result.ok ? [{ tenantId, name: (JSON.parse(result.json) as { name: string }).name }] : [];
  });
  return respond(c, { portals: (await Promise.all(portals)).flat() });
}

/** Returns the name of one of the portal's pages, or nothing for anything else: a link leads to no other address. */
function viewOf(given: string | null | undefined): string {
  return /^[a-z]{1,30}$/.test(given ?? "") ? String(given) : "";
}

async function signIn(c: AppContext): Promise<Response> {
  try {
    return await exchangeCode(c);
  } catch (error) {
    if (error instanceof GatewayError && error.error.code === 70001) return page(c, 429, noticeOf("too-many"), null);
    throw error;
  }
}

/** Exchanges a link's code for a session. @throws GatewayError 70001 for an address with too many failed attempts */
async function exchangeCode(c: AppContext): Promise<Response> {
  rejectBlockedAddress(c);
  if (!isFromOwnPage(c)) return page(c, 403, noticeOf("forbidden"), null);
  const form = await readTextBody(c.req.raw, MOST_FORM_BYTES, discardBody);
  const fields = new URLSearchParams(form.ok ? form.text : "");
  const code = fields.get("code") ?? "";
  const verified = await verifyPortalCredential("link", code, c.get("secrets"));
  const codeHash = await hashKey(code);
  const session =
    verified && rememberedDenial(codeHash) === null
      ? await c.env.TENANTS.getByName(verified.tenantId).openPortal(codeHash, actorOf(c, "portal"))
      : null;
  if (!verified || !session) {
    if (verified) rememberDenial(codeHash, { ok: false, rate: null, error: apiError(20008) });
    await countFailure(c);
    return page(c, 410, noticeOf("used"), null);
  }
  setSessionCookie(c, portalCookie(verified.tenantId), session.text, session.expiresAt);
  const view = viewOf(fields.get("view"));
  return c.redirect(`/portal/t/${verified.tenantId}${view && `#/${view}`}`, 303);
}

type Body = (brand: Brand) => Html;

const noticeOf =
  (notice: Parameters<typeof noticeBody>[1]): Body =>
  (brand) =>
    noticeBody(brand, notice);

async function page(
  c: AppContext,
  status: 200 | 403 | 410 | 429,
  body: Body,
  script: "portal.js" | null,
): Promise<Response> {
  const brand = await brandOf(c);
  const mediaOrigin = new URL(publicBaseUrl(c)).origin;
  const text = renderPage({ brand, title: "portal", style: "app.css", script, body: body(brand) });
  return c.html(text, status, pageHeaders(mediaOrigin === new URL(c.req.url).origin ? null : mediaOrigin));
}
