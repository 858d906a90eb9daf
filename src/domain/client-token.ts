/**
 * Client tokens (contract, section 4): minted by a tenant's secret key, handed to a browser, valid by their MAC alone.
 *
 *     pdt_ base64url( JSON claims ) . base64url( HMAC-SHA256 )          at most 4096 characters
 *
 * Property names are short because browsers send the token with every request. What the claims allow is counted and held to
 * by the tenant's object.
 */
import { decodeBase64Url, decodeUtf8Strict, encodeBase64Url, utf8 } from "../lib/bytes.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../lib/json.ts";
import { DAY_MS } from "./calendar.ts";
import { formatPublicId, parseKeyId, parsePublicId, parseTenantId } from "./key-format.ts";
import { isSigned, type SigningSecret, sign } from "./signing-secrets.ts";

/** What a client token contains. */
export interface ClientTokenClaims {
  readonly tenantId: string;
  /** The secret key that minted it; the token ends when that key does. */
  readonly keyId: string;
  /**
   * The text of that key which minted it, as by {@link keyTextId}; the token ends when that text does. Null for a token of
   * release 0.1.
   */
  readonly mintedBy: string | null;
  readonly tokenId: string;
  readonly endUser: string | null;
  /** ms since the epoch. */
  readonly issuedAt: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
  readonly maxTasks: number | null;
  readonly maxCredits: number | null;
  /** Null for the default bound (rules/access.ts). */
  readonly requestsPerMinute: number | null;
  /** Tasks at once; null for the default bound. */
  readonly concurrentTasks: number | null;
  /** Null for all of the parent key's. */
  readonly models: readonly string[] | null;
  /** Null for the parent key's. */
  readonly allowedOrigins: readonly string[] | null;
}

/** A token whose MAC and expiry hold; or not. `isExpired`: its MAC holds. */
export type VerifiedClientToken =
  | { readonly ok: true; readonly claims: ClientTokenClaims }
  | { readonly ok: false; readonly isExpired?: true };

/** Every client token begins with this. */
export const CLIENT_TOKEN_PREFIX = "pdt_";
/** Longest client token that is looked at, in characters. */
const MAX_CLIENT_TOKEN_LENGTH = 4096;
/** Random bytes of a token's id. */
export const TOKEN_ID_BYTES = 8;
/** No token works longer, in ms. */
export const MAX_TOKEN_LIFE_MS = DAY_MS;

const LABEL = "paddock/client-token/1";
const TOKEN_PATTERN = /^pdt_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const REFUSED: VerifiedClientToken = { ok: false };

/** Names one text of a key in the tokens that it mints. @param keyHash as by `hashKey`. @returns its first 16 hex digits */
export function keyTextId(keyHash: string): string {
  return keyHash.slice(0, 16);
}

/** Whether a text is a token's id. */
export function isTokenId(text: string): boolean {
  return parsePublicId("tok_", TOKEN_ID_BYTES, text) !== null;
}

/** `tok_` + 16 hex digits from 8 bytes. @throws RangeError for another number of bytes. */
export function formatTokenId(bytes: Uint8Array): string {
  return formatPublicId("tok_", TOKEN_ID_BYTES, bytes);
}

/** The token, or null if its claims (long lists, a long end user) make it longer than 4096 characters. */
export async function mintClientToken(claims: ClientTokenClaims, signer: SigningSecret): Promise<string | null> {
  const payload = utf8(JSON.stringify(encodeClaims(claims)));
  const token = `${CLIENT_TOKEN_PREFIX}${encodeBase64Url(payload)}.${encodeBase64Url(await sign(signer, LABEL, payload))}`;
  return token.length <= MAX_CLIENT_TOKEN_LENGTH ? token : null;
}

/**
 * The claims of a token that this deployment made and that has not expired. All failures are alike. Never throws; what
 * does not have a token's shape is refused before any cryptography.
 *
 * @param now ms since the epoch
 */
export async function verifyClientToken(
  text: string,
  verifiers: readonly SigningSecret[],
  now: number,
): Promise<VerifiedClientToken> {
  const match = text.length <= MAX_CLIENT_TOKEN_LENGTH ? TOKEN_PATTERN.exec(text) : null;
  const payload = decodeBase64Url(match?.[1] ?? "");
  const mac = decodeBase64Url(match?.[2] ?? "");
  if (match === null || payload === null || mac === null) return REFUSED;
  if (!(await isSigned(verifiers, LABEL, payload, mac))) return REFUSED;
  const claims = decodeClaims(payload);
  if (claims === null) return REFUSED;
  return now >= claims.expiresAt ? { ok: false, isExpired: true } : { ok: true, claims };
}

function encodeClaims(claims: ClientTokenClaims): Record<string, unknown> {
  return {
    t: claims.tenantId,
    k: claims.keyId,
    i: claims.tokenId,
    u: claims.endUser,
    a: claims.issuedAt,
    e: claims.expiresAt,
    n: claims.maxTasks,
    c: claims.maxCredits,
    m: claims.models,
    o: claims.allowedOrigins,
    h: claims.mintedBy,
    r: claims.requestsPerMinute,
    p: claims.concurrentTasks,
  };
}

/**
 * Null unless every claim is there with its type: a later version's token must not be read as having no bounds. Tokens of release
 * 0.1 lack `h`, `r` and `p`.
 */
function decodeClaims(payload: Uint8Array): ClientTokenClaims | null {
  const json = parseObject(decodeUtf8Strict(payload));
  if (json === null) return null;
  const { t, k, i, u, a, e, n, c, m, o, h = null, r = null, p = null } = json;
  if (typeof t !== "string" || parseTenantId(t) === null) return null;
  if (typeof k !== "string" || parseKeyId(k) === null) return null;
  if (typeof i !== "string" || !isTokenId(i)) return null;
  if (!isCount(a) || !isCount(e)) return null;
  if (!(u === null || typeof u === "string") || !(n === null || isCount(n)) || !(c === null || isCount(c))) return null;
  if (!(h === null || typeof h === "string") || !(r === null || isCount(r)) || !(p === null || isCount(p))) return null;
  if (!(m === null || isTexts(m)) || !(o === null || isTexts(o))) return null;
  return {
    tenantId: t,
    keyId: k,
    mintedBy: h,
    tokenId: i,
    endUser: u,
    issuedAt: a,
    expiresAt: e,
    maxTasks: n,
    maxCredits: c,
    requestsPerMinute: r,
    concurrentTasks: p,
    models: m,
    allowedOrigins: o,
  };
}

function parseObject(text: string | null): JsonObject | null {
  try {
    const value = text === null ? null : parseJson(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
