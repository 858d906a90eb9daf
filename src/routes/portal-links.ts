/** Links to the portal: those that a tenant's key makes, and those of the operator. */
import type { AppContext, AppRoutes } from "../context.ts";
import { isoTime } from "../lib/iso-time.ts";
import type { UrlRules } from "../schemas/check-generate.ts";
import { checkPortalLink } from "../schemas/portal-link.ts";
import type { PortalCredential } from "../tenant/handlers/portal-sign-in.ts";
import { actorOf, checkedValue, found, namedTenant } from "./operator.ts";
import { readJsonBody } from "./support/body.ts";
import { requireHonored } from "./support/require-honored.ts";
import { requestOrigin, requireValid, respond, tenantOf, unwrap } from "./support/responses.ts";

/** `POST /api/v1/portal-links`: for keys with the scope `portal`. */
export function addOwnPortalLinkRoutes(routes: AppRoutes): void {
  routes.post("/portal-links", async (c) => {
    const body = await readJsonBody(c, true);
    const checked = body.ok ? checkPortalLink(body.value, "viewer", returnRules(c)) : body;
    const person = await requireValid(c, checked, "portalLinks");
    const link = tenantOf(c).createOwnPortalLink(c.get("caller"), person, c.get("requestId"));
    return respondLink(c, await unwrap(c, link));
  });
}

/** The portal links back to any page but its own host's, where a link would look like one of the portal's. */
export function returnRules(c: AppContext): UrlRules {
  return { allowPrivate: c.get("config").allowPrivateUrls, ownOrigins: [requestOrigin(c)] };
}

/** Responds with a link's URL, at the origin of the portal's pages. */
export function respondLink(c: AppContext, { text, expiresAt, origin }: PortalCredential): Response {
  return respond(c, { url: portalLink(origin ?? requestOrigin(c), text), expiresAt: isoTime(expiresAt) });
}

/** Returns the URL of a link. */
export function portalLink(origin: string, code: string): string {
  return `${origin}/portal?code=${code}`;
}

/** `POST …/portal-links` and `DELETE …/portal-sessions` under `/admin/v1/tenants/{tenantId}`. */
export function addPortalLinkRoutes(routes: AppRoutes): void {
  routes.post("/tenants/:tenantId/portal-links", async (c) => {
    const { tenant } = namedTenant(c);
    const body = checkedValue(await readJsonBody(c, true));
    const person = checkedValue(checkPortalLink(body, "admin", returnRules(c)));
    const link = found(await tenant.createPortalLink(actorOf(c), person), "Tenant");
    if (person.role !== "admin") await requireHonored({ role: person.role }, link);
    return respondLink(c, link);
  });
  routes.delete("/tenants/:tenantId/portal-sessions", async (c) =>
    respond(c, found(await namedTenant(c).tenant.endPortalSessions(actorOf(c)), "Tenant")),
  );
}
