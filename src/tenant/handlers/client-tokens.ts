/** Client tokens: stateless credentials for browsers, bound to the key text that minted them (contract section 4). */
import type { Actor } from "../../domain/audit.ts";
import {
  formatTokenId,
  isTokenId,
  keyTextId,
  MAX_TOKEN_LIFE_MS,
  mintClientToken,
  TOKEN_ID_BYTES,
} from "../../domain/client-token.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { TokenQuery } from "../api.ts";
import { expectAging } from "../engine/aging.ts";
import type { Access } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import { blockedError } from "./end-users.ts";

/** Settings of a token that the tenant's backend requests; null: only the limits of the parent key and the defaults. */
export interface TokenRequest {
  readonly expiresInSeconds: number;
  readonly endUser: string | null;
  readonly maxTasks: number | null;
  readonly maxCredits: number | null;
  readonly models: readonly string[] | null;
  readonly allowedOrigins: readonly string[] | null;
  readonly requestsPerMinute?: number | null;
  readonly concurrentTasks?: number | null;
}

/** A new token with its text, which is shown only once. */
export interface MintedToken {
  readonly token: string;
  readonly tokenId: string;
  /** ISO 8601; never later than the expiry of the key, or of the key's text that minted the token. */
  readonly expiresAt: string;
}

/**
 * Creates a token. Nothing is stored until it is used.
 *
 * @returns an error: 20002 for a blocked end user, 30001 if its lists make it too long, 70009 while the tenant's database is full
 */
export async function mintToken(
  services: TenantServices,
  { tenant, key, caller }: Access,
  { expiresInSeconds, ...bounds }: TokenRequest,
): Promise<MintedToken | ApiError> {
  const { secrets, clock, random, storageLimit } = services;
  const denied = storageLimit.fullError() ?? blockedError(services, bounds.endUser);
  if (denied) return denied;
  const [signer] = secrets;
  if (!signer || caller.kind !== "key") throw new Error("A token needs a key and a signing secret");
  const now = clock.now();
  const textEnd = key.previous.find(({ hash }) => hash === caller.keyHash)?.expiresAt;
  const ends = [now + expiresInSeconds * 1_000, key.expiresAt, textEnd];
  const expiresAt = Math.min(...ends.map((end) => end ?? Number.POSITIVE_INFINITY));
  const tokenId = formatTokenId(random.bytes(TOKEN_ID_BYTES));
  const token = await mintClientToken(
    {
      requestsPerMinute: null,
      concurrentTasks: null,
      ...bounds,
      tenantId: tenant.tenantId,
      keyId: key.keyId,
      mintedBy: keyTextId(caller.keyHash),
      tokenId,
      issuedAt: now,
      expiresAt,
    },
    signer,
  );
  if (token === null) return apiError(30001, "The token would be too long: shorten endUser or allowedOrigins");
  return { token, tokenId, expiresAt: isoTime(expiresAt) };
}

/** Most ended tokens of one tenant that have not expired: one row each. */
const MOST_ENDED = 10_000;

/** A token that was ended. */
export interface EndedToken {
  readonly tokenId: string;
  readonly ended: true;
}

/**
 * Ends a token before its expiry. Tokens are not stored, so an id that was never issued is ended as well.
 *
 * @returns an error: 40002 for a malformed id, 70001 when too many were ended within a day
 */
export function endToken(services: TenantServices, tokenId: string, actor?: Actor): Promise<EndedToken | ApiError> {
  return services.commit.run(() => {
    const { tokens, clock } = services;
    if (!isTokenId(tokenId)) return apiError(40002, "Client token does not exist");
    const now = clock.now();
    if (!tokens.isEnded(tokenId)) {
      if (tokens.countEnded(now) >= MOST_ENDED) {
        const msg = "Too many tokens were ended within a day: rotate or revoke their key";
        return apiError(70001, msg, { retryAfterSeconds: 3_600 });
      }
      tokens.end(tokenId, now + MAX_TOKEN_LIFE_MS);
      expectAging(services, true);
      services.audit.enter(actor, { action: "client-token.end", target: tokenId });
    }
    return { tokenId, ended: true };
  });
}

/** A token in the tenant's list: one that made a task or was ended, and has not expired. */
export interface ListedToken {
  readonly tokenId: string;
  readonly endUser: string | null;
  readonly expiresAt: string;
  readonly ended: boolean;
  readonly tasks: { readonly used: number };
  readonly credits: { readonly used: number };
}

/** One page of tokens by id; `nextCursor` is null at the end. A page may have fewer tokens than its limit and still a next page. */
export interface TokenPage {
  readonly tokens: readonly ListedToken[];
  readonly nextCursor: string | null;
}

/** @returns one page of the tokens that made a task or were ended; a token that was only minted is not stored */
export function tokenPage({ tokens, clock }: TenantServices, query: TokenQuery): TokenPage {
  const { rows, next } = tokens.list({ ...query, now: clock.now() });
  const shown = rows.map((row) => ({
    tokenId: row.token_id,
    endUser: row.end_user,
    expiresAt: isoTime(row.expires_at),
    ended: row.ended === 1,
    tasks: { used: row.tasks },
    credits: { used: row.credits },
  }));
  return { tokens: shown, nextCursor: next };
}

/** A token as its holder sees it. */
export interface TokenView {
  readonly endUser: string | null;
  readonly expiresAt: string;
  readonly tasks: { readonly used: number; readonly max: number | null };
  readonly credits: { readonly used: number; readonly max: number | null };
}

/** @returns the caller's own token with its remaining allowance. @throws Error for a caller with a key */
export function viewToken({ tokens }: TenantServices, { caller }: Access): TokenView {
  if (caller.kind !== "token") throw new Error("The caller has no token");
  const { endUser, expiresAt, tokenId, maxTasks, maxCredits } = caller.claims;
  const used = tokens.get(tokenId);
  return {
    endUser,
    expiresAt: isoTime(expiresAt),
    tasks: { used: used.tasks, max: maxTasks },
    credits: { used: used.credits, max: maxCredits },
  };
}
