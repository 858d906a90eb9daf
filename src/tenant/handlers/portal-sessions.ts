/**
 * Who may see a tenant's portal: links that the operator makes, the sessions they are exchanged for, and what a session
 * may do. Only hashes are kept, so nothing here can be used to sign in.
 */
import type { Doer } from "../../domain/audit.ts";
import { hashKey } from "../../domain/key-format.ts";
import {
  mintPortalCredential,
  PORTAL_RANDOM_BYTES,
  type PortalCredentialKind,
} from "../../domain/portal-credential.ts";
import { type Bucket, take } from "../../domain/token-bucket.ts";
import { type Refusal, refusal } from "../../errors.ts";
import type { Tenancy } from "../services.ts";
import type { TenantRecord } from "../store/meta.ts";

/** Contract section 6. */
const LINK_MS = 15 * 60_000;
/** A working day; there is no sliding, so a forgotten browser is signed out the next morning. */
const SESSION_MS = 12 * 3_600_000;
/** More than a person can click; a page that runs wild must not keep the object from its other callers. */
const REQUESTS_PER_MINUTE = 300;

/** A link's code or a session at the one moment when it can be seen; `expiresAt` in ms since epoch. */
export interface PortalCredential {
  readonly text: string;
  readonly expiresAt: number;
}

/** What a session may see: everything of its tenant, and nothing else. */
export interface PortalAccess {
  readonly tenant: TenantRecord;
  readonly owner: null;
  /** ms since epoch. */
  readonly expiresAt: number;
  /** Hash of the session. */
  readonly session: string;
}

async function mint(tenancy: Tenancy, kind: PortalCredentialKind): Promise<{ text: string; hash: string }> {
  const [signer] = tenancy.secrets;
  const tenantId = tenancy.meta.tenant()?.tenantId;
  if (!signer || tenantId === undefined) throw new Error("The portal needs a tenant and a signing secret");
  const text = await mintPortalCredential(kind, tenantId, tenancy.chance.randomBytes(PORTAL_RANDOM_BYTES), signer);
  return { text, hash: await hashKey(text) };
}

/** Makes the code of a link; the code itself is in the answer and nowhere else. */
export async function createPortalLink(tenancy: Tenancy, doer?: Doer): Promise<PortalCredential> {
  const { text, hash } = await mint(tenancy, "link");
  return tenancy.commit.run(() => {
    const now = tenancy.chance.now();
    tenancy.portal.removeExpired(now);
    tenancy.portal.put(hash, "link", now + LINK_MS);
    tenancy.audit.enter(doer, { action: "portal-link.create" });
    return { text, expiresAt: now + LINK_MS };
  });
}

/** Exchanges a link's code for a session, once. @returns null for a code that was used, has expired or never was */
export async function openPortalSession(
  tenancy: Tenancy,
  codeHash: string,
  doer?: Doer,
): Promise<PortalCredential | null> {
  const { text, hash } = await mint(tenancy, "session");
  return tenancy.commit.run(() => {
    const now = tenancy.chance.now();
    const usable = tenancy.portal.expiryOf(codeHash, "link", now) !== null;
    if (!usable) return null;
    tenancy.portal.remove(codeHash);
    tenancy.portal.removeExpired(now);
    tenancy.portal.put(hash, "session", now + SESSION_MS);
    tenancy.audit.enter(doer, { action: "portal.sign-in" });
    return { text, expiresAt: now + SESSION_MS };
  });
}

/** In memory on purpose: a bucket is worth a minute at most. */
const buckets = new WeakMap<Tenancy, Map<string, Bucket>>();

/**
 * @param writes whether the call changes anything: a suspended tenant's people can look, and no more
 * @returns a refusal: 20001 for a session that has ended, 70001, 70004
 */
export function authorizePortal(tenancy: Tenancy, session: string, writes: boolean): PortalAccess | Refusal {
  const now = tenancy.chance.now();
  const tenant = tenancy.meta.tenant();
  const expiresAt = tenancy.portal.expiryOf(session, "session", now);
  if (!tenant || tenant.deletedAt !== null || expiresAt === null) return sessionEnded();
  const own = buckets.get(tenancy) ?? new Map<string, Bucket>();
  buckets.set(tenancy, own);
  const { allowed, bucket, retryAfterSeconds } = take(
    own.get(session) ?? null,
    { perMinute: REQUESTS_PER_MINUTE },
    now,
  );
  if (!allowed) return refusal(70001, undefined, { retryAfterSeconds });
  own.set(session, bucket);
  if (writes && tenant.settings.status === "suspended") return refusal(70004);
  return { tenant, owner: null, expiresAt, session };
}

/** The refusal of a session that is over, or never was. */
export function sessionEnded(): Refusal {
  return refusal(20001, "You are signed out: ask for a new link");
}
