/**
 * `/portal`: the pages, one for each tenant. Opening a link shows a button, and only pressing the button uses the link: previews
 * and scanners that fetch links do no harm (docs/decisions/0013).
 */
import { type AppContext, type AppRoutes, tenantObject } from "../context.ts";
import { shellBody, signInBody } from "../html/bodies.ts";
import { rejectBlockedAddress } from "../middleware/edge-limit.ts";
import { openPortals, requirePortalPage } from "../middleware/portal-session.ts";
import type { PortalResult } from "../tenant/handlers/portal.ts";
import { askForLink } from "./portal-mail.ts";
import { portalPage, viewOf } from "./portal-page.ts";
import { signIn } from "./portal-sign-in.ts";
import { portalActor } from "./support/portal-call.ts";
import { respond } from "./support/responses.ts";
import { callObject, unavailableError } from "./support/tenant-object.ts";

/** Adds the routes of the portal's pages and sessions. */
export function addPortalRoutes(routes: AppRoutes): void {
  routes.get("/portal", open);
  routes.get("/portal/t/:tenantId", shell);
  routes.post("/portal/links", askForLink);
  routes.get("/portal/sessions", sessions);
  routes.post("/portal/session", signIn);
}

function open(c: AppContext): Response | Promise<Response> {
  const code = c.req.query("code");
  const view = viewOf(c.req.query("view"));
  if (code !== undefined) return portalPage(c, 200, (reader) => signInBody(reader, code, view), null);
  return shell(c);
}

function shell(c: AppContext): Promise<Response> {
  const sendsMail = c.get("config").mailFrom !== null;
  return portalPage(c, 200, (reader) => shellBody(reader, sendsMail), "portal.js");
}

/** The portals of this browser, which `/portal` leads to: the cookies are not sent when another site links to it. */
async function sessions(c: AppContext): Promise<Response> {
  requirePortalPage(c);
  rejectBlockedAddress(c);
  const calls = (await openPortals(c)).map(async ({ tenantId, session }) => {
    const asked: Promise<PortalResult> = tenantObject(c, tenantId).portal(session, { name: "account" }, portalActor(c));
    return { tenantId, call: await callObject(tenantId, asked) };
  });
  const asked = await Promise.all(calls);
  const portals = asked.flatMap(({ tenantId, call }) =>
    call.responded && call.value.ok ? [{ tenantId, name: (JSON.parse(call.value.json) as { name: string }).name }] : [],
  );
  // One that does not respond hides no other; alone, it must not look like none.
  if (portals.length === 0 && asked.some(({ call }) => !call.responded)) throw unavailableError(c);
  return respond(c, { portals });
}
