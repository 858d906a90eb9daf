/** Sessions of a tenant's portal: what they may do, their limits, their list and their end. How they begin: portal-sign-in.ts. */
import type { Actor } from "../../domain/audit.ts";
import { MINUTE_MS } from "../../domain/calendar.ts";
import { type Bucket, take } from "../../domain/token-bucket.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ExpiringMap } from "../../lib/expiring-map.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { PortalPerson } from "../api.ts";
import { isWorkingText } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import type { TenantRecord } from "../store/meta.ts";
import type { ListedSession, PortalRow, PortalSessionQuery, SignInMethod } from "../store/portal.ts";

/** More than a person can click; a page in a loop must not keep the object from its other callers. */
const REQUESTS_PER_MINUTE = 300;
/** Time in ms after which a session without requests left has one again. */
export const NEXT_REQUEST_MS = 60_000 / REQUESTS_PER_MINUTE;
/** A stored time of use younger than this is not rewritten. */
const LAST_SEEN_MS = 10 * MINUTE_MS;

/** Access of a session: everything of its tenant and nothing else. */
export interface PortalAccess extends PortalPerson, Pick<PortalRow, "keyId" | "keyText"> {
  readonly tenant: TenantRecord;
  readonly owner: null;
  /** ms since epoch. */
  readonly expiresAt: number;
  /** Hash of the session. */
  readonly session: string;
}

/**
 * True while what made a link or session still stands: the text of a key, which must have the scope, or the address to which the
 * link was mailed, with the same role.
 */
export function hasMaker(
  { keys, meta }: TenantServices,
  { keyId, keyText, method, person, role }: PortalRow,
  now: number,
): boolean {
  if (method === "email") return meta.tenant()?.settings.portalEmails?.[person ?? ""] === role;
  if (keyId === null) return true;
  const key = keys.get(keyId);
  return key?.scopes.includes("portal") === true && isWorkingText(key, keyText ?? "", now);
}

/** Returns the actor with the name of the person, if it is known. */
export function withName(actor: Actor, { person }: Pick<PortalPerson, "person">): Actor {
  return person === null ? actor : { ...actor, name: person };
}

/**
 * Limit of changes by all of a tenant's people together: each is an event in the audit log, which all tenants share.
 */
const CHANGES_PER_MINUTE = 30;
const MOST_BUCKETS = 1_000;

/** In memory on purpose: losing a bucket allows at most a minute's extra requests. */
const buckets = new WeakMap<TenantServices, ExpiringMap<Bucket>>();

/** Takes one request from a bucket of this tenant's portal. @returns an error (70001) if it is empty, else null */
export function takeFrom(services: TenantServices, name: string, perMinute: number, now: number): ApiError | null {
  const own = buckets.get(services) ?? new ExpiringMap<Bucket>(MOST_BUCKETS);
  buckets.set(services, own);
  const { allowed, bucket, retryAfterSeconds } = take(own.get(name, now) ?? null, { perMinute }, now);
  if (!allowed) return apiError(70001, undefined, { retryAfterSeconds });
  own.set(name, bucket, now + MINUTE_MS);
  return null;
}

/** What a call of the portal costs of its limits. */
export interface PortalCost {
  /** False for a call that continues a counted one. */
  readonly counted: boolean;
  /** True for a change that is an event in the audit log. */
  readonly audited: boolean;
}

/**
 * @param writes true if the call changes or spends anything; viewers and a suspended tenant's people can only read
 * @returns an error: 20001 for a session that has ended, 20002 for a viewer, 70001, 70004
 */
export function authorizePortal(
  services: TenantServices,
  session: string,
  writes: boolean,
  { counted, audited }: PortalCost = { counted: true, audited: writes },
): PortalAccess | ApiError {
  const now = services.clock.now();
  const tenant = services.meta.tenant();
  const found = services.portal.find(session, "session", now);
  if (!tenant || tenant.deletedAt !== null || found === null || !hasMaker(services, found, now)) {
    return sessionEnded();
  }
  if (writes && found.role === "viewer") return apiError(20002, "You can look, but not change anything here");
  const limited =
    (counted ? takeFrom(services, session, REQUESTS_PER_MINUTE, now) : null) ??
    (audited ? takeFrom(services, "changes", CHANGES_PER_MINUTE, now) : null);
  if (limited) return limited;
  if (writes && tenant.settings.status === "suspended") return apiError(70004);
  if (now - found.lastSeenAt >= LAST_SEEN_MS) void services.commit.later(() => services.portal.seen(session, now));
  return { tenant, owner: null, session, ...found };
}

/** Ends all sessions and unopened links. @returns the number of sessions */
export function endPortalSessions(services: TenantServices, actor?: Actor): Promise<{ readonly ended: number }> {
  return services.commit.run(() => {
    services.portal.removeExpired(services.clock.now());
    const ended = services.portal.removeAll();
    if (ended > 0) services.audit.enter(actor, { action: "portal-sessions.end", after: { ended } });
    return { ended };
  });
}

/** A session as it is listed. */
export interface PortalSessionView extends Pick<PortalPerson, "role" | "person"> {
  /** Name of the session, which is no credential. */
  readonly sessionId: string;
  readonly method: SignInMethod;
  /** Key that made the link or signed in; null: the operator made the link. */
  readonly keyId: string | null;
  /** Null for a session of an earlier release. */
  readonly createdAt: string | null;
  /** Up to ten minutes late. */
  readonly lastSeenAt: string | null;
  readonly expiresAt: string;
  /** True for the session of the request. */
  readonly current: boolean;
}

/** One page of sessions, newest first. */
export interface PortalSessionPage {
  readonly sessions: readonly PortalSessionView[];
  readonly nextCursor: string | null;
}

const ID_CHARACTERS = 16;
const idOf = ({ hash }: Pick<ListedSession, "hash">) => hash.slice(0, ID_CHARACTERS);

/** Returns the sessions that work, newest first. */
function working(services: TenantServices): ListedSession[] {
  const now = services.clock.now();
  return services.portal.sessions(now).filter((session) => hasMaker(services, session, now));
}

/** Returns one page of the sessions that work, newest first. @param own hash of the session that asks; null: the operator */
export function portalSessionPage(
  services: TenantServices,
  { limit, after }: PortalSessionQuery,
  own: string | null,
): PortalSessionPage {
  // A page begins behind the last one's place, whether that session still exists or not.
  const isBehind = (session: ListedSession) =>
    after === null ||
    session.createdAt < after.createdAt ||
    (session.createdAt === after.createdAt && idOf(session) > after.sessionId);
  const rest = working(services).filter(isBehind);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const iso = (ms: number) => (ms === 0 ? null : isoTime(ms));
  return {
    sessions: shown.map((session) => ({
      sessionId: idOf(session),
      role: session.role,
      person: session.person,
      method: session.method,
      keyId: session.keyId,
      createdAt: iso(session.createdAt),
      lastSeenAt: iso(session.lastSeenAt),
      expiresAt: isoTime(session.expiresAt),
      current: session.hash === own,
    })),
    nextCursor: rest.length > limit && last ? `${last.createdAt}.${idOf(last)}` : null,
  };
}

/** Ends one session. @returns null for an unknown one */
export function endPortalSession(
  services: TenantServices,
  sessionId: string,
  actor?: Actor,
): Promise<{ readonly sessionId: string; readonly ended: true } | null> {
  return services.commit.run(() => {
    const session = services.portal.sessions(services.clock.now()).find((one) => idOf(one) === sessionId);
    if (session === undefined) return null;
    services.portal.remove(session.hash);
    const { person, role } = session;
    services.audit.enter(actor, { action: "portal-session.end", target: sessionId, after: { person, role } });
    return { sessionId, ended: true };
  });
}

/** Returns the error for a session that has ended or never existed. */
export function sessionEnded(): ApiError {
  return apiError(20001, "You are signed out. Ask your provider for a new link");
}
