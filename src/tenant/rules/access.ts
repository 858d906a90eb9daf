/**
 * Decides whether a credential is valid and what it may do. Every tenant-facing call asks this first, in the same hop
 * as its work, so that a revoked key, a suspended tenant or an empty bucket takes effect at once.
 */
import { isAllowedOrigin } from "../../domain/allowed-origin.ts";
import { MINUTE_MS } from "../../domain/calendar.ts";
import { isInRanges } from "../../domain/client-network.ts";
import { type ClientTokenClaims, keyTextId } from "../../domain/client-token.ts";
import type { RateLimitPolicy } from "../../domain/rate-limit-headers.ts";
import { type Bucket, take } from "../../domain/token-bucket.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { constantTimeEqual, utf8 } from "../../lib/bytes.ts";
import { ExpiringMap } from "../../lib/expiring-map.ts";
import type { Caller, Denied, RateState } from "../api.ts";
import { type Permission, permissionProblem } from "../permissions.ts";
import type { ClientTokenStore } from "../store/client-tokens.ts";
import type { EndUserStore } from "../store/end-users.ts";
import type { KeyRow, KeyStore } from "../store/keys.ts";
import type { MetaStore, TenantRecord } from "../store/meta.ts";
import { type Owner, ownerText } from "../store/task-filter.ts";

/** A valid credential. */
export interface Access {
  readonly tenant: TenantRecord;
  readonly key: KeyRow;
  readonly caller: Caller;
  readonly rate: readonly RateState[];
  /** The owner whose tasks it may see; null: all of the tenant's. */
  readonly owner: Owner | null;
}

/** Most buckets in memory: one for the tenant, one per key with a limit, and one per end user of the last minute. */
const MOST_BUCKETS = 10_000;
/** After this time a bucket is full again, like an unused one. */
const BUCKET_MS = MINUTE_MS;

/** Decides whether a credential may make a call, and counts it against the rate limits. */
export class AccessControl {
  readonly #meta: MetaStore;
  readonly #keys: KeyStore;
  readonly #tokens: ClientTokenStore;
  readonly #endUsers: EndUserStore;
  /** In memory on purpose: losing a bucket allows at most a minute's extra requests. */
  readonly #buckets = new ExpiringMap<Bucket>(MOST_BUCKETS);
  readonly #seen = new Map<string, number>();

  constructor(meta: MetaStore, keys: KeyStore, tokens: ClientTokenStore, endUsers: EndUserStore) {
    this.#meta = meta;
    this.#keys = keys;
    this.#tokens = tokens;
    this.#endUsers = endUsers;
  }

  /**
   * Decides about one request and takes its token from the buckets.
   *
   * @param counted false for a call that continues a request that was counted already
   */
  authorize(
    caller: Caller,
    permission: Permission,
    now: number,
    counted = true,
  ): ({ readonly ok: true } & Access) | Denied {
    const tenant = this.#meta.tenant();
    const key = this.#keyOf(caller);
    if (!tenant || tenant.deletedAt !== null || !key || !this.#isValid(key, caller, now)) {
      return { ok: false, rate: null, error: apiError(20008) };
    }
    this.#seen.set(key.keyId, now);
    const { rate, retryAfterSeconds, spentForMs } = this.#takeToken(tenant, key, caller, now, counted ? 1 : 0);
    const deny = (reason: Denied["error"]): Denied => ({ ok: false, rate, error: reason });
    if (retryAfterSeconds > 0) return { ...deny(apiError(70001, undefined, { retryAfterSeconds })), spentForMs };
    if (tenant.settings.status === "suspended") return deny(apiError(70004));
    const problem = this.#blockedProblem(caller) ?? callerAddressProblem(key, caller) ?? originProblem(key, caller);
    if (problem) return deny(apiError(20002, problem));
    const kind = caller.kind === "token" ? "token" : key.kind;
    const forbidden = permissionProblem(permission, kind, key.scopes);
    if (forbidden) return deny(apiError(20002, forbidden));
    return { ok: true, tenant, key, caller, rate, owner: ownerOf(key, caller) };
  }

  /**
   * Checks the same credential again before a decision that spends, because settings may have changed meanwhile.
   *
   * @returns the access with the present settings, or the error for a credential that was stopped
   */
  renew(access: Access, now: number): Access | ApiError {
    const tenant = this.#meta.tenant();
    const key = this.#keys.get(access.key.keyId);
    if (!tenant || tenant.deletedAt !== null || !key || !this.#isValid(key, access.caller, now)) return apiError(20008);
    if (tenant.settings.status === "suspended") return apiError(70004);
    const problem = this.#blockedProblem(access.caller);
    return problem === null ? { ...access, tenant, key } : apiError(20002, problem);
  }

  /** @returns when the key was last used, unless `takeLastUsed` has taken it; ms since epoch */
  lastUsed(keyId: string): number | null {
    return this.#seen.get(keyId) ?? null;
  }

  /** @returns the last use of each wanted key since the previous call; times in ms since epoch */
  takeLastUsed(wanted: (keyId: string, at: number) => boolean): [keyId: string, at: number][] {
    const taken = [...this.#seen].filter(([keyId, at]) => wanted(keyId, at));
    for (const [keyId] of taken) this.#seen.delete(keyId);
    return taken;
  }

  /** A blocked end user has no access by any token, until it is unblocked. @returns what is wrong, or null */
  #blockedProblem(caller: Caller): string | null {
    if (caller.kind !== "token" || caller.claims.endUser === null) return null;
    return this.#endUsers.get(caller.claims.endUser).blocked ? "This end user is blocked" : null;
  }

  /** Sessions of the portal have no key: handlers/portal-caller.ts decides about them. */
  #keyOf(caller: Caller): KeyRow | null {
    if (caller.kind === "portal") return null;
    return this.#keys.get(caller.kind === "key" ? caller.keyId : caller.claims.keyId);
  }

  #isValid(key: KeyRow, caller: Caller, now: number): boolean {
    if (!isWorking(key, now)) return false;
    if (caller.kind === "key") {
      const given = utf8(caller.keyHash);
      return workingHashes(key, now).some((hash) => constantTimeEqual(utf8(hash), given));
    }
    if (caller.kind === "portal") return false;
    const { claims } = caller;
    if (claims.expiresAt <= now || key.kind !== "secret" || !isMintedByWorkingText(key, claims, now)) return false;
    return !this.#tokens.isEnded(claims.tokenId);
  }

  #takeToken(
    tenant: TenantRecord,
    key: KeyRow,
    caller: Caller,
    now: number,
    cost: number,
  ): { rate: RateState[]; retryAfterSeconds: number; spentForMs: number } {
    const limits = [{ id: "tenant", name: "requests", perMinute: tenant.settings.requestsPerMinute }];
    if (key.requestsPerMinute !== null) {
      limits.push({ id: key.keyId, name: "key-requests", perMinute: key.requestsPerMinute });
    }
    if (caller.kind === "token") {
      const perMinute = caller.claims.requestsPerMinute ?? shareOf(tenant.settings.requestsPerMinute);
      limits.push({ id: ownerText(tokenOwner(caller.claims)), name: "token-requests", perMinute });
    }
    const takeFromEach = (tokens: number) =>
      limits.map((limit) => ({ ...limit, ...take(this.#buckets.get(limit.id, now) ?? null, limit, now, tokens) }));
    const takes = takeFromEach(cost);
    const allowed = takes.every((one) => one.allowed);
    if (allowed) for (const { id, bucket } of takes) this.#buckets.set(id, bucket, now + BUCKET_MS);
    // A request that one bucket refuses takes nothing from the others.
    const states = allowed ? takes : takeFromEach(0);
    return {
      rate: states.map(
        ({ name, perMinute, remaining, nextTokenSeconds }): RateLimitPolicy => ({
          name,
          perMinute,
          remaining,
          nextTokenSeconds,
        }),
      ),
      retryAfterSeconds: Math.max(...takes.map((one) => one.retryAfterSeconds)),
      spentForMs: Math.max(...takes.map((one) => one.refusedForMs)),
    };
  }
}

/**
 * @returns the models that a credential may use, null for all. The tenant, the key and the token each allow models;
 * each can only narrow the list before it.
 */
export function allowedModels({ tenant, key, caller }: Omit<Access, "rate" | "owner">): readonly string[] | null {
  const lists = [tenant.settings.models, key.models, caller.kind === "token" ? caller.claims.models : null];
  return lists.reduce((allowed, list) => {
    if (allowed === null || list === null) return allowed ?? list;
    return allowed.filter((model) => list.includes(model));
  });
}

/** True unless a key is revoked or has expired. */
export function isWorking({ revokedAt, expiresAt }: KeyRow, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}

/** Whether a key still works, and still has the text that made something. @param textId as by `keyTextId` */
export function isWorkingText(key: KeyRow, textId: string, now: number): boolean {
  return isWorking(key, now) && workingHashes(key, now).some((hash) => keyTextId(hash) === textId);
}

/** Returns the hashes of a key's texts that work now: the present one, and replaced ones within their overlap. */
function workingHashes(key: KeyRow, now: number): string[] {
  return [key.hash, ...key.previous.flatMap(({ hash, expiresAt }) => (expiresAt > now ? [hash] : []))];
}

/**
 * Whether the text that minted a token still works. A token of release 0.1 does not name it: it ends when no text from before the
 * last rotation works any more.
 */
function isMintedByWorkingText(key: KeyRow, { mintedBy, issuedAt }: ClientTokenClaims, now: number): boolean {
  const hashes = workingHashes(key, now);
  // Undefined from a Worker of release 0.1 during a deploy.
  if (mintedBy) return hashes.some((hash) => keyTextId(hash) === mintedBy);
  return key.rotatedAt === null || issuedAt > key.rotatedAt || hashes.length > 1;
}

/** Returns the owner of a client token's tasks and requests: its end user, or the token itself if it has none. */
function tokenOwner({ endUser, tokenId }: ClientTokenClaims): Owner {
  return endUser === null ? { column: "token_id", value: tokenId } : { column: "end_user", value: endUser };
}

/** Returns one end user's part of a tenant's limit where the token sets no bound: half, so that others get through. */
export function shareOf(limit: number): number {
  return Math.ceil(limit / 2);
}

/** `allowedIps` binds the key itself and not its tokens (contract section 9). */
function callerAddressProblem(key: KeyRow, caller: Caller): string | null {
  return caller.kind === "token" ? null : addressProblem(key, caller.address ?? null);
}

/** Checks the `allowedIps` of a key. @returns what is wrong, or null */
export function addressProblem({ allowedIps }: KeyRow, address: string | null): string | null {
  if (allowedIps === null || isInRanges(allowedIps, address ?? "")) return null;
  return "This key may not be used from this address";
}

/** Checks the browser rules of contract section 4. @returns what is wrong, or null */
function originProblem(key: KeyRow, caller: Caller): string | null {
  const { origin } = caller;
  if (caller.kind === "token") {
    const allowed = caller.claims.allowedOrigins ?? key.allowedOrigins;
    return allowed === null || (origin !== null && isAllowedOrigin(allowed, origin))
      ? null
      : "This origin is not allowed";
  }
  if (key.kind === "publishable") {
    return origin !== null && isAllowedOrigin(key.allowedOrigins ?? [], origin) ? null : "This origin is not allowed";
  }
  if (origin === null || isAllowedOrigin(key.allowedOrigins ?? [], origin)) return null;
  return "A secret key must not be used in a browser";
}

function ownerOf(key: KeyRow, caller: Caller): Owner | null {
  if (caller.kind === "token") return tokenOwner(caller.claims);
  return key.kind === "publishable" ? { column: "key_id", value: key.keyId } : null;
}
