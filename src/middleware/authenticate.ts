/**
 * Authenticates callers. Credentials are verified by their MAC alone, so that a burst of forged keys causes no requests
 * to objects.
 */
import type { MiddlewareHandler } from "hono";
import type { AppContext, AppEnv } from "../context.ts";
import { CLIENT_TOKEN_PREFIX, verifyClientToken } from "../domain/client-token.ts";
import { missingCredential, wrongCredential } from "../domain/credential-mistake.ts";
import { GatewayError, throwApiError } from "../errors.ts";
import { constantTimeEqualText } from "../lib/bytes.ts";
import type { Caller } from "../tenant/api.ts";
import { credentialName, rememberedDenial, verifyKeyOnce } from "./credential-cache.ts";
import { rejectBlockedAddress, rejectCredential } from "./edge-limit.ts";
import { setRateHeaders } from "./rate-headers.ts";

/** Authenticates for the tenant API: a key or a client token in `Authorization: Bearer`. */
export function authenticate(): MiddlewareHandler<AppEnv> {
  return async function authenticateMiddleware(c, next) {
    const header = c.req.header("authorization");
    const credential = bearer(header) ?? eventSourceToken(c);
    if (credential === null) return throwApiError(20001, missingCredential("tenant", header, hasOtherKeyHeader(c)));
    rejectBlockedAddress(c);
    const holder = await verifyCredential(c, credential);
    // Not counted: a page that is left open sends it again and again. The same words as for any other credential.
    if (holder === "expired") throwApiError(20008);
    if (holder === null) {
      return rejectCredential(c, wrongCredential("tenant", credential, await isAdminToken(c, credential)));
    }
    const { tenantId, caller } = holder;
    c.set("tenantId", tenantId);
    const refused = rememberedDenial(credentialName(caller));
    if (refused?.rate === null) return rejectCredential(c);
    if (refused) {
      setRateHeaders(c, refused.rate);
      throw new GatewayError(refused.error);
    }
    c.set("caller", caller);
    return next();
  };
}

/** The holder of a request's credential, its MAC verified. */
interface Holder {
  readonly tenantId: string;
  readonly caller: Caller;
}

/** True if the request has a header in which other services take keys. */
export function hasOtherKeyHeader(c: AppContext): boolean {
  return ["x-api-key", "api-key", "x-goog-api-key"].some((name) => c.req.header(name) !== undefined);
}

/** True if the credential is one of ADMIN_TOKEN; takes the same time for every credential. */
export async function isAdminToken(c: AppContext, credential: string): Promise<boolean> {
  const { adminTokens } = c.get("config");
  const equal = await Promise.all(adminTokens.map((token) => constantTimeEqualText(credential, token)));
  return equal.includes(true);
}

/**
 * Verifies a tenant's key or client token.
 *
 * @returns null for a credential that this deployment did not sign; `expired` for a client token of its own, which is no
 * guess: a page that is left open sends it again and again
 */
async function verifyCredential(c: AppContext, credential: string): Promise<Holder | "expired" | null> {
  const from = { origin: c.req.header("origin") ?? null, address: c.req.header("cf-connecting-ip") ?? null };
  if (credential.startsWith(CLIENT_TOKEN_PREFIX)) {
    const token = await verifyClientToken(credential, c.get("secrets"), Date.now());
    if (!token.ok) return token.isExpired === true ? "expired" : null;
    return { tenantId: token.claims.tenantId, caller: { kind: "token", claims: token.claims, ...from } };
  }
  const key = await verifyKeyOnce(credential, c.get("secrets"));
  return key && { tenantId: key.tenantId, caller: { kind: "key", keyId: key.keyId, keyHash: key.keyHash, ...from } };
}

/**
 * Returns a client token from the URL, because a browser's EventSource cannot send headers. Other credentials are not
 * accepted there (contract section 4).
 */
function eventSourceToken(c: AppContext): string | null {
  if (c.req.method !== "GET" || !/^\/api\/v1\/tasks\/\d+\/events$/.test(c.req.path)) return null;
  const token = c.req.query("token");
  return token?.startsWith(CLIENT_TOKEN_PREFIX) ? token : null;
}

/** Returns the text after the scheme. A text that cannot be a key is refused as a wrong one, not as a missing one. */
export function bearer(header: string | undefined): string | null {
  return header?.match(/^Bearer +(\S.*)$/i)?.[1]?.trimEnd() ?? null;
}
