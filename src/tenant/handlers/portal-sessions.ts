/**
 * Access to a tenant's portal: links that the operator creates, the sessions they are exchanged for, and the limits of
 * a session. Only hashes are stored, so the stored data cannot be used to sign in.
 */
import type { Actor } from "../../domain/audit.ts";
import { hashKey } from "../../domain/key-format.ts";
import {
  mintPortalCredential,
  PORTAL_RANDOM_BYTES,
  type PortalCredentialKind,
} from "../../domain/portal-credential.ts";
import { type Bucket, take } from "../../domain/token-bucket.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ExpiringMap } from "../../lib/expiring-map.ts";
import type { TenantServices } from "../services.ts";
import type { TenantRecord } from "../store/meta.ts";

/** Contract section 6. */
const LINK_MS = 15 * 60_000;
/** A working day. The time is not extended by use, so a browser left signed in is signed out the next morning. */
const SESSION_MS = 12 * 3_600_000;
/** More than a person can click; a page in a loop must not keep the object from its other callers. */
const REQUESTS_PER_MINUTE = 300;

/** A link's code or a session with its text, which is shown only once; `expiresAt` in ms since epoch. */
export interface PortalCredential {
  readonly text: string;
  readonly expiresAt: number;
  /** For a link: origin of the portal's pages, if known. */
  readonly origin?: string | null;
}

/** Access of a session: everything of its tenant and nothing else. */
export interface PortalAccess {
  readonly tenant: TenantRecord;
  readonly owner: null;
  /** ms since epoch. */
  readonly expiresAt: number;
  /** Hash of the session. */
  readonly session: string;
}

async function mint(services: TenantServices, kind: PortalCredentialKind): Promise<{ text: string; hash: string }> {
  const [signer] = services.secrets;
  const tenantId = services.meta.tenant()?.tenantId;
  if (!signer || tenantId === undefined) throw new Error("The portal needs a tenant and a signing secret");
  const text = await mintPortalCredential(kind, tenantId, services.random.bytes(PORTAL_RANDOM_BYTES), signer);
  return { text, hash: await hashKey(text) };
}

/** Creates the code of a link; the code itself is in the response and nowhere else. */
export async function createPortalLink(services: TenantServices, actor?: Actor): Promise<PortalCredential> {
  const { text, hash } = await mint(services, "link");
  const origin = await services.sentUrls.origin();
  return services.commit.run(() => {
    const now = services.clock.now();
    services.portal.removeExpired(now);
    services.portal.put(hash, "link", now + LINK_MS);
    services.audit.enter(actor, { action: "portal-link.create" });
    return { text, expiresAt: now + LINK_MS, origin };
  });
}

/**
 * Exchanges a link's code for a session, once. @returns null for a code that was used, has expired or was never issued
 */
export async function openPortalSession(
  services: TenantServices,
  codeHash: string,
  actor?: Actor,
): Promise<PortalCredential | null> {
  const { text, hash } = await mint(services, "session");
  return services.commit.run(() => {
    const now = services.clock.now();
    const usable = services.portal.expiryOf(codeHash, "link", now) !== null;
    if (!usable) return null;
    services.portal.remove(codeHash);
    services.portal.removeExpired(now);
    services.portal.put(hash, "session", now + SESSION_MS);
    services.audit.enter(actor, { action: "portal.sign-in" });
    return { text, expiresAt: now + SESSION_MS };
  });
}

/**
 * Limit of changes by all of a tenant's people together: each is an event in the audit log, which all tenants share.
 */
const CHANGES_PER_MINUTE = 30;
const MOST_BUCKETS = 1_000;

/** In memory on purpose: losing a bucket allows at most a minute's extra requests. */
const buckets = new WeakMap<TenantServices, ExpiringMap<Bucket>>();

/** Takes one request from a bucket of this tenant's portal. @returns an error (70001) if it is empty, else null */
function takeFrom(services: TenantServices, name: string, perMinute: number, now: number): ApiError | null {
  const own = buckets.get(services) ?? new ExpiringMap<Bucket>(MOST_BUCKETS);
  buckets.set(services, own);
  const { allowed, bucket, retryAfterSeconds } = take(own.get(name, now) ?? null, { perMinute }, now);
  if (!allowed) return apiError(70001, undefined, { retryAfterSeconds });
  own.set(name, bucket, now + 60_000);
  return null;
}

/**
 * @param writes true if the call changes anything; a suspended tenant's people can only read
 * @returns an error: 20001 for a session that has ended, 70001, 70004
 */
export function authorizePortal(services: TenantServices, session: string, writes: boolean): PortalAccess | ApiError {
  const now = services.clock.now();
  const tenant = services.meta.tenant();
  const expiresAt = services.portal.expiryOf(session, "session", now);
  if (!tenant || tenant.deletedAt !== null || expiresAt === null) return sessionEnded();
  const limited =
    takeFrom(services, session, REQUESTS_PER_MINUTE, now) ??
    (writes ? takeFrom(services, "changes", CHANGES_PER_MINUTE, now) : null);
  if (limited) return limited;
  if (writes && tenant.settings.status === "suspended") return apiError(70004);
  return { tenant, owner: null, expiresAt, session };
}

/** Ends all sessions and unopened links. @returns the number of sessions */
export function endPortalSessions(services: TenantServices, actor?: Actor): Promise<{ readonly ended: number }> {
  return services.commit.run(() => {
    services.portal.removeExpired(services.clock.now());
    const ended = services.portal.removeAll();
    services.audit.enter(actor, { action: "portal-sessions.end", after: { ended } });
    return { ended };
  });
}

/** Returns the error for a session that has ended or never existed. */
export function sessionEnded(): ApiError {
  return apiError(20001, "You are signed out. Ask your provider for a new link");
}
