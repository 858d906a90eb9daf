/**
 * Ways into a tenant's portal: links that the operator or a key of the tenant makes, and secret keys with the scope `portal`.
 * Only hashes are stored, so the stored data cannot be used to sign in.
 */
import type { Actor } from "../../domain/audit.ts";
import { HOUR_MS, MINUTE_MS } from "../../domain/calendar.ts";
import { keyTextId } from "../../domain/client-token.ts";
import { hashKey } from "../../domain/key-format.ts";
import {
  mintPortalCredential,
  PORTAL_RANDOM_BYTES,
  type PortalCredentialKind,
} from "../../domain/portal-credential.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { PortalPerson } from "../api.ts";
import { type Access, addressProblem, isWorkingText } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import type { PortalRow } from "../store/portal.ts";
import { hasMaker, takeFrom, withName } from "./portal-sessions.ts";

/** Contract section 6. */
const LINK_MS = 15 * MINUTE_MS;
/** A working day. The time is not extended by use, so a browser left signed in is signed out the next morning. */
const SESSION_MS = 12 * HOUR_MS;
/** A link's code or a session with its text, which is shown only once; `expiresAt` in ms since epoch. */
export interface PortalCredential {
  readonly text: string;
  readonly expiresAt: number;
  /** For a link: origin of the portal's pages, if known. */
  readonly origin?: string | null;
  /** For a link: the role of its person. An object of the previous release leaves it out; its links change everything. */
  readonly role?: PortalPerson["role"];
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
/** Part of them that links by keys do not take, so that the operator can still make one. */
const RESERVED = 100;
/** Most sessions of one person, and of one key that signs in; the oldest ends for a new one. */
const MOST_SESSIONS = 50;
/** Sign-ins with one key, and with all keys of a tenant: each is an event in the audit log, which all tenants share. */
const SIGN_INS_PER_MINUTE = 20;
const ALL_SIGN_INS_PER_MINUTE = 60;
/** Limit of links that a tenant's keys make: each is an event in the audit log, which all tenants share. */
const LINKS_PER_MINUTE = 60;
const ADMIN: PortalPerson = { role: "admin", person: null, returnUrl: null };
/** Most unopened links that were mailed to one person: a stranger who knows the address must not fill the mailbox. */
const MOST_MAILED = 3;

const tooManyAtOnce = () =>
  apiError(70001, "Too many portal links and sessions at once: end some of them first", { retryAfterSeconds: 60 });

type Maker = Pick<PortalRow, "keyId" | "keyText" | "method">;
const OPERATOR: Maker = { keyId: null, keyText: null, method: "link" };

/**
 * Creates the code of a link; the code itself is in the response and nowhere else.
 *
 * @returns an error (70001) if too many links and sessions have not expired, or too many links were mailed to the person
 */
export async function createPortalLink(
  services: TenantServices,
  actor?: Actor,
  person: PortalPerson = ADMIN,
  madeBy = OPERATOR,
): Promise<PortalCredential | ApiError> {
  const { text, hash } = await mint(services, "link");
  const origin = await services.sentUrls.origin();
  return services.commit.run((): PortalCredential | ApiError => {
    const now = services.clock.now();
    services.portal.removeExpired(now);
    if (madeBy.method === "email" && services.portal.mailed(person.person, now) >= MOST_MAILED) return apiError(70001);
    if (services.portal.count() >= MOST_CREDENTIALS - (madeBy === OPERATOR ? 0 : RESERVED)) return tooManyAtOnce();
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + LINK_MS };
    services.portal.put(hash, "link", { ...person, ...madeBy, ...times });
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
  const madeBy = { keyId: key.keyId, keyText: keyTextId(caller.keyHash), method: "link" } as const;
  const link = await createPortalLink(services, actor, person, madeBy);
  await services.audit.deliver();
  return link;
}

/** The code of a link for one person, and the name of the tenant. */
export type MailedLink = PortalCredential & { readonly tenantName: string };

/** Creates the code of a link to be mailed. @returns null for an address that is not among the tenant's, or has asked too often */
export async function createMailedLink(
  services: TenantServices,
  email: string,
  actor: Actor,
): Promise<MailedLink | null> {
  const settings = services.meta.tenant()?.settings;
  const role = settings?.portalEmails?.[email];
  if (settings === undefined || role === undefined) return null;
  const person: PortalPerson = { role, person: email, returnUrl: null };
  const link = await createPortalLink(services, actor, person, { ...OPERATOR, method: "email" });
  return "code" in link ? null : { ...link, tenantName: settings.name };
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
    return open(services, hash, text, { ...link, expiresAt: now + SESSION_MS }, actor);
  });
}

/** Opens a session, inside a transaction. */
function open(
  services: TenantServices,
  hash: string,
  text: string,
  row: Omit<PortalRow, "createdAt" | "lastSeenAt">,
  actor: Actor | undefined,
): PortalCredential {
  const { portal, clock, audit } = services;
  const now = clock.now();
  const { role, method, expiresAt } = row;
  portal.removeExpired(now);
  portal.put(hash, "session", { ...row, createdAt: now, lastSeenAt: now });
  // People without a name may be many, and none of them ends another one's session.
  if (row.person !== null) portal.keepNewest(row, MOST_SESSIONS);
  const after = method === "link" ? { role } : { role, method, keyId: row.keyId };
  audit.enter(actor && withName(actor, row), { action: "portal.sign-in", after });
  return { text, expiresAt };
}

/** A key as the Worker has verified it, and the address it comes from. */
export interface SignInKey {
  readonly keyId: string;
  readonly keyHash: string;
  readonly address: string | null;
}

/**
 * Opens a session for a secret key with the scope `portal`; it ends with the text of the key.
 *
 * @returns an error: 20008 for a key that does not work, 20002 for one that may not do this, 70001
 */
export async function signInByKey(
  services: TenantServices,
  { keyId, keyHash, address }: SignInKey,
  actor?: Actor,
): Promise<PortalCredential | ApiError> {
  const { text, hash } = await mint(services, "session");
  return services.commit.run((): PortalCredential | ApiError => {
    const now = services.clock.now();
    const key = services.keys.get(keyId);
    const keyText = keyTextId(keyHash);
    if (key === null || !isWorkingText(key, keyText, now)) return apiError(20008, "Unknown, revoked or expired key");
    if (key.kind !== "secret") return apiError(20002, "A publishable key cannot sign in: use a secret key");
    if (!key.scopes.includes("portal")) {
      return apiError(
        20002,
        "This key lacks the scope `portal`: use a key that has it, or ask your provider for a link",
      );
    }
    const problem = addressProblem(key, address);
    if (problem !== null) return apiError(20002, problem);
    const limited =
      takeFrom(services, `sign-ins ${keyId}`, SIGN_INS_PER_MINUTE, now) ??
      takeFrom(services, "sign-ins", ALL_SIGN_INS_PER_MINUTE, now);
    if (limited) return limited;
    services.portal.removeExpired(now);
    if (services.portal.count() >= MOST_CREDENTIALS - RESERVED) return tooManyAtOnce();
    const expiresAt = Math.min(now + SESSION_MS, key.expiresAt ?? Number.POSITIVE_INFINITY);
    const person: PortalPerson = { ...ADMIN, person: `key ${key.name}` };
    return open(services, hash, text, { ...person, expiresAt, keyId, keyText, method: "key" }, actor);
  });
}
