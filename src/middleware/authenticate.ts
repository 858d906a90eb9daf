/**
 * Authenticates callers. Credentials are verified by their MAC alone, so that a burst of forged keys causes no requests
 * to objects.
 */
import type { MiddlewareHandler } from "hono";
import { DIRECTORY_NAME } from "../config.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { CLIENT_TOKEN_PREFIX, verifyClientToken } from "../domain/client-token.ts";
import { type Audience, missingCredential, wrongCredential } from "../domain/credential-mistake.ts";
import { GatewayError, throwApiError } from "../errors.ts";
import { constantTimeEqualText } from "../lib/bytes.ts";
import { logEvent } from "../lib/log.ts";
import type { Caller } from "../tenant/api.ts";
import { clearDenials, credentialName, rememberedDenial, verifyKeyOnce } from "./credential-cache.ts";
import { rejectBlockedAddress, rejectCredential } from "./edge-limit.ts";
import { setRateHeaders } from "./rate-headers.ts";

/** Authenticates for the tenant API: a key or a client token in `Authorization: Bearer`. */
export function authenticate(): MiddlewareHandler<AppEnv> {
  return async function authenticateMiddleware(c, next) {
    const credential = bearer(c.req.header("authorization")) ?? eventSourceToken(c);
    if (credential === null) return throwApiError(20001, missing(c, "tenant"));
    rejectBlockedAddress(c);
    const holder = await verifyCredential(c, credential);
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

/** Authenticates for the operator API: one of ADMIN_TOKEN. */
export function authenticateOperator(): MiddlewareHandler<AppEnv> {
  return async function authenticateOperatorMiddleware(c, next) {
    const credential = bearer(c.req.header("authorization"));
    if (credential === null) return throwApiError(20001, missing(c, "operator"));
    rejectBlockedAddress(c);
    if (!(await isAdminToken(c, credential))) {
      return rejectCredential(c, wrongCredential("operator", credential, false));
    }
    recordOrigin(c);
    await next();
    if (c.req.method !== "GET") clearDenials();
  };
}

/** The origin that this isolate has reported to the Directory. */
let recordedOrigin: string | null = null;

/**
 * Reports the request's origin to the Directory, without waiting: without PUBLIC_BASE_URL, tenants of release 0.1 send
 * URLs of the operator's last origin.
 */
function recordOrigin(c: AppContext): void {
  const { origin } = new URL(c.req.url);
  if (c.get("config").publicBaseUrl !== null || origin === recordedOrigin) return;
  recordedOrigin = origin;
  const recorded = c.env.DIRECTORY.getByName(DIRECTORY_NAME)
    .recordOperatorOrigin(origin)
    .catch((error: unknown) => {
      recordedOrigin = null;
      logEvent("warn", "operator-origin", { error: String(error) });
    });
  c.executionCtx.waitUntil(recorded);
}

function missing(c: AppContext, audience: Audience): string {
  const hasOtherHeader = ["x-api-key", "api-key", "x-goog-api-key"].some((name) => c.req.header(name) !== undefined);
  return missingCredential(audience, c.req.header("authorization"), hasOtherHeader);
}

/** True if the credential is one of ADMIN_TOKEN; takes the same time for every credential. */
async function isAdminToken(c: AppContext, credential: string): Promise<boolean> {
  const { adminTokens } = c.get("config");
  const equal = await Promise.all(adminTokens.map((token) => constantTimeEqualText(credential, token)));
  return equal.includes(true);
}

/** Verifies a tenant's key or client token. @returns null for a credential that this deployment did not sign */
export async function verifyCredential(c: AppContext, credential: string): Promise<Holder | null> {
  const from = { origin: c.req.header("origin") ?? null, address: c.req.header("cf-connecting-ip") ?? null };
  if (credential.startsWith(CLIENT_TOKEN_PREFIX)) {
    const token = await verifyClientToken(credential, c.get("secrets"), Date.now());
    return token.ok
      ? { tenantId: token.claims.tenantId, caller: { kind: "token", claims: token.claims, ...from } }
      : null;
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
function bearer(header: string | undefined): string | null {
  return header?.match(/^Bearer +(\S.*)$/i)?.[1]?.trimEnd() ?? null;
}
