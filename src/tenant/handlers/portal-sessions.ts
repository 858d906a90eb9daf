/**
 * Access to a tenant's portal: links that the operator creates, the sessions they are exchanged for, and the limits of
 * a session. Only hashes are stored, so the stored data cannot be used to sign in.
 */
import type { Actor } from "../../domain/audit.ts";
import { keyTextId } from "../../domain/client-token.ts";
import { hashKey } from "../../domain/key-format.ts";
import {
  mintPortalCredential,
  PORTAL_RANDOM_BYTES,
  type PortalCredentialKind,
} from "../../domain/portal-credential.ts";
import { type Bucket, take } from "../../domain/token-bucket.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ExpiringMap } from "../../lib/expiring-map.ts";
import type { PortalPerson } from "../api.ts";
import { type Access, isWorkingText } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import type { TenantRecord } from "../store/meta.ts";
import type { PortalRow } from "../store/portal.ts";

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
  /** For a link: the role of its person. An object of the previous release leaves it out; its links change everything. */
  readonly role?: PortalPerson["role"];
}

/** Access of a session: everything of its tenant and nothing else. */
export interface PortalAccess extends PortalPerson {
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

/** Most links and sessions of one tenant at once. */
const MOST_CREDENTIALS = 2_000;
/** Limit of links that a tenant's keys make: each is an event in the audit log, which all tenants share. */
const LINKS_PER_MINUTE = 60;
const ADMIN: PortalPerson = { role: "admin", person: null, returnUrl: null };
/** Made by the operator. */
const NO_KEY: Pick<PortalRow, "keyId" | "keyText"> = { keyId: null, keyText: null };

/**
 * Creates the code of a link; the code itself is in the response and nowhere else.
 *
 * @returns an error (70001) if too many links and sessions have not expired
 */
export async function createPortalLink(
  services: TenantServices,
  actor?: Actor,
  person: PortalPerson = ADMIN,
  madeBy = NO_KEY,
): Promise<PortalCredential | ApiError> {
  const { text, hash } = await mint(services, "link");
  const origin = await services.sentUrls.origin();
  return services.commit.run((): PortalCredential | ApiError => {
    const now = services.clock.now();
    services.portal.removeExpired(now);
    if (services.portal.count() >= MOST_CREDENTIALS) {
      const msg = "Too many portal links and sessions at once: end some of them first";
      return apiError(70001, msg, { retryAfterSeconds: 60 });
    }
    services.portal.put(hash, "link", { ...person, ...madeBy, expiresAt: now + LINK_MS });
    services.audit.enter(actor, { action: "portal-link.create", after: { role: person.role, person: person.person } });
    return { text, expiresAt: now + LINK_MS, origin, role: person.role };
  });
}

/** Creates the code of a link for a key of the tenant; link and session end with the text of the key. @returns an error (70001) if too many are made */
export async function createOwnPortalLink(
  services: TenantServices,
  { key, caller }: Access,
  person: PortalPerson,
  requestId: string,
): Promise<PortalCredential | ApiError> {
  const limited = takeFrom(services, "links", LINKS_PER_MINUTE, services.clock.now());
  if (limited) return limited;
  if (caller.kind !== "key") throw new Error("Only a key makes links");
  const actor: Actor = { kind: "portal", name: `key ${key.name}`, requestId };
  const madeBy = { keyId: key.keyId, keyText: keyTextId(caller.keyHash) };
  const link = await createPortalLink(services, actor, person, madeBy);
  await services.audit.deliver();
  return link;
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
    const link = services.portal.find(codeHash, "link", now);
    if (link === null || !hasMaker(services, link, now)) return null;
    services.portal.remove(codeHash);
    services.portal.removeExpired(now);
    services.portal.put(hash, "session", { ...link, expiresAt: now + SESSION_MS });
    services.audit.enter(actor && withName(actor, link), { action: "portal.sign-in", after: { role: link.role } });
    return { text, expiresAt: now + SESSION_MS };
  });
}

/** True unless a key made the link that has since been revoked, has expired, or has lost that text or the scope. */
function hasMaker({ keys }: TenantServices, { keyId, keyText }: PortalRow, now: number): boolean {
  if (keyId === null) return true;
  const key = keys.get(keyId);
  return key !== null && key.scopes.includes("portal") && isWorkingText(key, keyText ?? "", now);
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
function takeFrom(services: TenantServices, name: string, perMinute: number, now: number): ApiError | null {
  const own = buckets.get(services) ?? new ExpiringMap<Bucket>(MOST_BUCKETS);
  buckets.set(services, own);
  const { allowed, bucket, retryAfterSeconds } = take(own.get(name, now) ?? null, { perMinute }, now);
  if (!allowed) return apiError(70001, undefined, { retryAfterSeconds });
  own.set(name, bucket, now + 60_000);
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
  return { tenant, owner: null, session, ...found };
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
