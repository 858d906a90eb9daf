/** A tenant's object about people: the portal with its links and sessions, end users and their tokens. */
import { DurableObject } from "cloudflare:workers";
import type { Actor } from "../domain/audit.ts";
import type { ApiError } from "../errors.ts";
import { migrate, schemaVersion } from "../lib/migrations.ts";
import type { Caller, PortalPerson, Result } from "./api.ts";
import {
  type EndedToken,
  endToken,
  type MintedToken,
  mintToken,
  type TokenPage,
  type TokenQuery,
  type TokenRequest,
  type TokenView,
  tokenPage,
  viewToken,
} from "./handlers/client-tokens.ts";
import {
  type EndUserPage,
  type EndUserQuery,
  type EndUserView,
  endUserPage,
  putEndUser,
  viewEndUser,
} from "./handlers/end-users.ts";
import { callPortal, type PortalCall, type PortalResult } from "./handlers/portal.ts";
import {
  endPortalSession,
  endPortalSessions,
  type PortalSessionPage,
  portalSessionPage,
  sessionEnded,
} from "./handlers/portal-sessions.ts";
import {
  createMailedLink,
  createOwnPortalLink,
  createPortalLink,
  type MailedLink,
  openPortalSession,
  type PortalCredential,
  type SignInKey,
  signInByKey,
} from "./handlers/portal-sign-in.ts";
import { TenantLoader } from "./loader.ts";
import { TENANT_MIGRATIONS } from "./migrations.ts";
import type { EndUserLimits, LimitedEndUser } from "./store/end-users.ts";
import type { PortalSessionQuery } from "./store/portal.ts";

/** The methods of a tenant's object about people; the base of all others. */
export class TenantOfPeople extends DurableObject<Bindings> {
  protected readonly loader: TenantLoader;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    // An object that was never a tenant stays empty: a call with an invented id must not create anything.
    if (schemaVersion(ctx.storage) > 0) migrate(ctx.storage, TENANT_MIGRATIONS);
    this.loader = new TenantLoader(ctx, () => this.env);
  }

  // ---- portal ----------------------------------------------------------------------------------------------------

  /** @returns the code of a single-use link to the portal */
  createPortalLink(actor?: Actor, person?: PortalPerson): Promise<PortalCredential | ApiError | null> {
    return this.loader.audited((services) => createPortalLink(services, actor, person));
  }

  /** @returns the code of a link to be mailed; null for an address that this tenant does not know, or that has asked too often */
  createMailedLink(email: string, actor: Actor): Promise<MailedLink | null> {
    return this.loader.audited((services) => createMailedLink(services, email, actor));
  }

  /** Opens a session of the portal for a key. @returns null if there is no such tenant */
  openPortalByKey(key: SignInKey, actor?: Actor): Promise<PortalCredential | ApiError | null> {
    return this.loader.audited((services) => signInByKey(services, key, actor));
  }

  /** Returns one page of the portal's sessions, newest first; null if there is no such tenant. */
  portalSessions(query: PortalSessionQuery): Promise<PortalSessionPage | null> {
    return this.loader.live((services) => portalSessionPage(services, query, null));
  }

  /** Ends one session of the portal. @returns null if there is no such session or tenant */
  endPortalSession(sessionId: string, actor?: Actor) {
    return this.loader.audited((services) => endPortalSession(services, sessionId, actor));
  }

  /** Ends all sessions and unopened links of the portal. @returns null if there is no such tenant */
  endPortalSessions(actor?: Actor): Promise<{ readonly ended: number } | null> {
    return this.loader.audited((services) => endPortalSessions(services, actor));
  }

  /** Exchanges a link's code for a session, once. @returns null for a code that is used, expired or unknown */
  openPortal(codeHash: string, actor?: Actor): Promise<PortalCredential | null> {
    return this.loader.audited((services) => openPortalSession(services, codeHash, actor));
  }

  /** Handles one call by a session of the portal. */
  async portal(sessionHash: string, call: PortalCall, actor?: Actor): Promise<PortalResult> {
    const services = await this.loader.openLive();
    return services ? callPortal(services, sessionHash, call, actor) : { ok: false, error: sessionEnded() };
  }

  // ---- end users and tokens, for the tenant ------------------------------------------------------------------------

  /** Creates a client token. */
  mintToken(caller: Caller, request: TokenRequest): Promise<Result<MintedToken>> {
    return this.loader.withAccess(caller, "mintToken", (services, access) => mintToken(services, access, request));
  }

  /** Ends a client token before its expiry. */
  endToken(caller: Caller, tokenId: string): Promise<Result<{ readonly tokenId: string; readonly ended: true }>> {
    return this.loader.withAccess(caller, "endToken", (services) => endToken(services, tokenId));
  }

  /** Returns the caller's own client token with its remaining allowance. */
  ownToken(caller: Caller): Promise<Result<TokenView>> {
    return this.loader.withAccess(caller, "ownToken", (services, access) => viewToken(services, access));
  }

  /** Creates the code of a single-use link to the portal. */
  createOwnPortalLink(caller: Caller, person: PortalPerson, requestId: string): Promise<Result<PortalCredential>> {
    return this.loader.withAccess(caller, "portalLinks", (services, access) =>
      createOwnPortalLink(services, access, person, requestId),
    );
  }

  /** Returns one page of the tokens that made a task or were ended. */
  tokens(caller: Caller, query: TokenQuery): Promise<Result<TokenPage>> {
    return this.loader.withAccess(caller, "endUsers", (services) => tokenPage(services, query));
  }

  /** Returns one page of the end users that have limits, use or tasks. */
  endUsers(caller: Caller, query: EndUserQuery): Promise<Result<EndUserPage>> {
    return this.loader.withAccess(caller, "endUsers", (services) => endUserPage(services, query));
  }

  endUser(caller: Caller, endUser: string): Promise<Result<EndUserView>> {
    return this.loader.withAccess(caller, "endUsers", (services) => viewEndUser(services, endUser));
  }

  /** Replaces the limits of an end user. */
  putEndUser(caller: Caller, endUser: string, limits: EndUserLimits): Promise<Result<EndUserView>> {
    return this.loader.withAccess(caller, "endUsers", (services) => putEndUser(services, endUser, limits));
  }

  // ---- end users and tokens, for the operator ----------------------------------------------------------------------

  /** Returns one page of end users; null if there is no such tenant. */
  operatorEndUsers(query: EndUserQuery): Promise<EndUserPage | null> {
    return this.loader.live((services) => endUserPage(services, query));
  }

  /** Returns the next end users with limits or a block, by name, for an export; null if there is no such tenant. */
  limitedEndUsers(after: string, limit: number): Promise<LimitedEndUser[] | null> {
    return this.loader.live((services) => services.endUsers.limited(after, limit));
  }

  /** Returns one end user; null if there is no such tenant. */
  operatorEndUser(endUser: string): Promise<EndUserView | null> {
    return this.loader.live((services) => viewEndUser(services, endUser));
  }

  /** Replaces the limits of an end user. @returns null if there is no such tenant */
  operatorPutEndUser(endUser: string, limits: EndUserLimits, actor?: Actor): Promise<EndUserView | ApiError | null> {
    return this.loader.audited((services) => putEndUser(services, endUser, limits, actor));
  }

  /** Returns one page of client tokens; null if there is no such tenant. */
  operatorTokens(query: TokenQuery): Promise<TokenPage | null> {
    return this.loader.live((services) => tokenPage(services, query));
  }

  /** Ends a client token before its expiry. @returns null if there is no such tenant */
  operatorEndToken(tokenId: string, actor?: Actor): Promise<EndedToken | ApiError | null> {
    return this.loader.audited((services) => endToken(services, tokenId, actor));
  }
}
