/** A tenant's object about people: the portal with its links and sessions, end users and their tokens. */
import type { Actor } from "../domain/audit.ts";
import type { PortalPerson } from "./api.ts";
import { endToken, mintToken, tokenPage, viewToken } from "./handlers/client-tokens.ts";
import { endUserPage, putEndUser, viewEndUser } from "./handlers/end-users.ts";
import { callPortal, type PortalCall, type PortalResult } from "./handlers/portal.ts";
import { endPortalSession, endPortalSessions, portalSessionPage, sessionEnded } from "./handlers/portal-sessions.ts";
import * as signIn from "./handlers/portal-sign-in.ts";
import type { TenantLoader } from "./loader.ts";
import { audited, forAnyCaller, forTenant, live, type Methods } from "./methods.ts";
import type { PortalSessionQuery } from "./store/portal.ts";

/** The methods about people. */
export const PEOPLE_METHODS = {
  // ---- portal ----------------------------------------------------------------------------------------------------

  /** @returns the code of a single-use link to the portal */
  createPortalLink: audited((services, actor?: Actor, person?: PortalPerson) =>
    signIn.createPortalLink(services, actor, person),
  ),
  /** @returns the code of a link to be mailed; null for an address that this tenant does not know, or that has asked too often */
  createMailedLink: audited(signIn.createMailedLink),
  /** Opens a session of the portal for a key. */
  openPortalByKey: audited(signIn.signInByKey),
  /** Returns one page of the portal's sessions, newest first. */
  portalSessions: live((services, query: PortalSessionQuery) => portalSessionPage(services, query, null)),
  /** Ends one session of the portal. @returns null also if there is no such session */
  endPortalSession: audited(endPortalSession),
  /** Ends all sessions and unopened links of the portal. */
  endPortalSessions: audited(endPortalSessions),
  /** Exchanges a link's code for a session, once. @returns null for a code that is used, expired or unknown */
  openPortal: audited(signIn.openPortalSession),
  /** Handles one call by a session of the portal. */
  async portal(loader: TenantLoader, sessionHash: string, call: PortalCall, actor?: Actor): Promise<PortalResult> {
    const services = await loader.openLive();
    return services ? callPortal(services, sessionHash, call, actor) : { ok: false, error: sessionEnded() };
  },

  // ---- end users and tokens, for the tenant ------------------------------------------------------------------------

  /** Creates a client token. */
  mintToken: forTenant("mintToken", mintToken),
  /** Ends a client token before its expiry. */
  endToken: forAnyCaller("endToken", endToken),
  /** Returns the caller's own client token with its remaining allowance. */
  ownToken: forTenant("ownToken", viewToken),
  /** Creates the code of a single-use link to the portal. */
  createOwnPortalLink: forTenant("portalLinks", signIn.createOwnPortalLink),
  /** Returns one page of the tokens that made a task or were ended. */
  tokens: forAnyCaller("endUsers", tokenPage),
  /** Returns one page of the end users that have limits, use or tasks. */
  endUsers: forAnyCaller("endUsers", endUserPage),
  endUser: forAnyCaller("endUsers", viewEndUser),
  /** Replaces the limits of an end user. */
  putEndUser: forAnyCaller("endUsers", putEndUser),

  // ---- end users and tokens, for the operator ----------------------------------------------------------------------

  operatorEndUsers: live(endUserPage),
  /** Returns the next end users with limits or a block, by name, for an export. */
  limitedEndUsers: live((services, after: string, limit: number) => services.endUsers.limited(after, limit)),
  operatorEndUser: live(viewEndUser),
  operatorPutEndUser: audited(putEndUser),
  operatorTokens: live(tokenPage),
  operatorEndToken: audited(endToken),
} satisfies Methods;
