/** Calls of the portal's pages: by the session of the request, to the tenant's object. */
import { type AppContext, OBJECT_CALL_MS, tenantObject, WEBHOOK_CALL_MS } from "../../context.ts";
import type { Actor } from "../../domain/audit.ts";
import { GatewayError } from "../../errors.ts";
import { rememberDenial } from "../../middleware/credential-cache.ts";
import type { PortalCall } from "../../tenant/handlers/portal.ts";
import { NEXT_REQUEST_MS } from "../../tenant/handlers/portal-sessions.ts";

/** @returns the person of a request in the portal, as the audit log names it; the object adds the name */
export function portalActor(c: AppContext): Actor {
  return { kind: "portal", requestId: c.get("requestId") };
}

/** @returns JSON text. @throws GatewayError for an error of the call */
export async function askPortal(c: AppContext, call: PortalCall): Promise<string> {
  const limitMs = call.name === "testWebhook" ? WEBHOOK_CALL_MS : OBJECT_CALL_MS;
  const tenant = tenantObject(c, c.get("tenantId"), { limitMs });
  const result = await tenant.portal(c.get("portalSession"), call, portalActor(c));
  if (result.ok) return result.json;
  const { code } = result.error;
  if (code === 20001) rememberDenial(c.get("portalSession"), { ...result, rate: null });
  // A read is refused with 70001 only if the session has no requests left; a change also if its tenant has none.
  if (code === 70001 && c.req.method === "GET") {
    rememberDenial(c.get("portalSession"), { ...result, rate: [], spentForMs: NEXT_REQUEST_MS });
  }
  throw new GatewayError(result.error);
}
