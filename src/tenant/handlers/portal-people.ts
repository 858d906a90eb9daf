/** Calls of a signed-in person about people and deliveries: sessions, invitations, end users, and all of the tenant's events. */
import type { Actor } from "../../domain/audit.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { DeliveryListQuery, PortalPerson } from "../api.ts";
import type { TenantServices } from "../services.ts";
import type { EndUserLimits } from "../store/end-users.ts";
import type { PortalSessionQuery } from "../store/portal.ts";
import { endToken, type TokenQuery, tokenPage } from "./client-tokens.ts";
import { type EndUserQuery, endUserPage, putEndUser, viewEndUser } from "./end-users.ts";
import { endPortalSession, type PortalAccess, portalSessionPage } from "./portal-sessions.ts";
import { createPortalLink } from "./portal-sign-in.ts";
import * as webhooks from "./webhooks.ts";

/** One of these calls. It crosses RPC, so it has plain values only. */
export type PeopleCall =
  | { readonly name: "sessions"; readonly query: PortalSessionQuery }
  | { readonly name: "endSession"; readonly sessionId: string }
  | { readonly name: "invite"; readonly person: PortalPerson }
  | { readonly name: "endUsers"; readonly query: EndUserQuery }
  | { readonly name: "endUser"; readonly endUser: string }
  | { readonly name: "putEndUser"; readonly endUser: string; readonly limits: EndUserLimits }
  | { readonly name: "tokens"; readonly query: TokenQuery }
  | { readonly name: "endToken"; readonly tokenId: string }
  | { readonly name: "deliveryList"; readonly query: DeliveryListQuery }
  | { readonly name: "delivery"; readonly deliveryId: string }
  | { readonly name: "redeliverFailed" };

/** Calls that change nothing. */
export const PEOPLE_READS = ["sessions", "endUsers", "endUser", "tokens", "deliveryList", "delivery"] as const;

/** @returns a value or an error */
export async function performForPeople(
  services: TenantServices,
  access: PortalAccess,
  call: PeopleCall,
  actor: Actor | undefined,
): Promise<object | ApiError> {
  switch (call.name) {
    case "sessions":
      if (access.role === "viewer") return apiError(20002, "Only administrators see who is signed in");
      return portalSessionPage(services, call.query, access.session);
    case "endSession": {
      const ended = await endPortalSession(services, call.sessionId, actor);
      return ended ?? apiError(40002, "Session does not exist");
    }
    case "invite": {
      // The invitation ends with the key that the inviting session ends with.
      const { keyId, keyText } = access;
      return createPortalLink(services, actor, call.person, { keyId, keyText, method: "link" });
    }
    case "endUsers":
      return endUserPage(services, call.query);
    case "endUser":
      return viewEndUser(services, call.endUser);
    case "putEndUser":
      return putEndUser(services, call.endUser, call.limits, actor);
    case "tokens":
      return tokenPage(services, call.query);
    case "endToken":
      return endToken(services, call.tokenId, actor);
    case "deliveryList":
      return webhooks.deliveryPage(services, call.query);
    case "delivery":
      return webhooks.findDelivery(services, call.deliveryId);
    case "redeliverFailed":
      return webhooks.redeliverFailed(services, actor);
  }
}
