/** Calls of the portal's pages: by the session of the request, to the tenant's object. */
import type { AppContext } from "../../context.ts";
import type { Actor } from "../../domain/audit.ts";
import { GatewayError } from "../../errors.ts";
import { rememberDenial } from "../../middleware/credential-cache.ts";
import type { PortalCall } from "../../tenant/handlers/portal.ts";
import { tenantOf } from "./responses.ts";

/** @returns JSON text. @throws GatewayError for an error of the call */
export async function askPortal(c: AppContext, call: PortalCall): Promise<string> {
  const actor: Actor = { kind: "portal", requestId: c.get("requestId") };
  const result = await tenantOf(c).portal(c.get("portalSession"), call, actor);
  if (result.ok) return result.json;
  if (result.error.code === 20001) rememberDenial(c.get("portalSession"), { ...result, rate: null });
  throw new GatewayError(result.error);
}
