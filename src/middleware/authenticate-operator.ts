/**
 * Authenticates operators, by a token or by a session of the console, and checks their scopes. Credentials are verified by
 * their MAC first, so that made-up ones never reach the Directory, whose response is remembered for some seconds.
 */
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { AccessConfig } from "../config.ts";
import { type AppContext, type AppEnv, directoryOf } from "../context.ts";
import type { TokenHolder } from "../directory/operator-register.ts";
import { operatorOfEmail } from "../domain/access-operators.ts";
import { missingCredential, wrongCredential } from "../domain/credential-mistake.ts";
import { hashKey } from "../domain/key-format.ts";
import { verifyOperatorCredential } from "../domain/operator-credential.ts";
import { neededScopes } from "../domain/operator-permissions.ts";
import { type OperatorIdentity, type OperatorScope, ROOT } from "../domain/operator-scopes.ts";
import { throwApiError } from "../errors.ts";
import { utf8 } from "../lib/bytes.ts";
import { logEvent } from "../lib/log.ts";
import { ifMethodMissing } from "../lib/missing-method.ts";
import { emailOfAssertion } from "./access-assertion.ts";
import { bearer, hasOtherKeyHeader, isAdminToken } from "./authenticate.ts";
import { clearDenials, forgetOperators, rememberedOperator, rememberOperator } from "./credential-cache.ts";
import { countFailure, rejectBlockedAddress, rejectCredential } from "./edge-limit.ts";
import { clearSessionCookie, isFromOwnPage, readSessionCookie, type SessionCookie } from "./session-cookie.ts";

/** Authenticates for the operator API: one of ADMIN_TOKEN, the token of an operator, or a session of the console. */
export function authenticateOperator(): MiddlewareHandler<AppEnv> {
  return async function authenticateOperatorMiddleware(c, next) {
    c.set("operator", await operatorOf(c));
    recordOrigin(c);
    await next();
    if (c.req.method === "GET") return;
    clearDenials();
    forgetOperators();
  };
}

/**
 * Requires a scope of the route's entry in the table of permissions. A path without a route passes: its response
 * reveals nothing but that.
 */
export function authorizeOperator(): MiddlewareHandler<AppEnv> {
  return async function authorizeOperatorMiddleware(c, next) {
    const route = matchedRoutes(c).find(({ method }) => method !== "ALL");
    const needed = route && neededScopes(c.get("operator"), `${route.method} ${route.path}`);
    if (needed) refuseScopes(needed);
    return next();
  };
}

/** @throws GatewayError 20002 that names the scopes, of which one would be enough */
function refuseScopes(needed: readonly OperatorScope[]): never {
  const names = needed.map((scope) => `\`${scope}\``).join(" or ");
  return throwApiError(
    20002,
    `Not allowed for this operator: ${names ? `needs the scope ${names}` : "no scope covers it"}`,
  );
}

/** @throws GatewayError 20002 that names the scopes which the operator does not have, if there are any */
export function requireScopes(c: AppContext, needed: readonly OperatorScope[]): void {
  const { isRoot, scopes } = c.get("operator");
  for (const scope of needed) if (!isRoot && !scopes.includes(scope)) refuseScopes([scope]);
}

/** The cookie of the console. */
export const CONSOLE_COOKIE: SessionCookie = { name: "paddock-console", path: "/" };

/** @throws GatewayError 20002 unless a page of this host sent the request; for credentials that browsers add themselves */
export function requireOwnPage(c: AppContext): void {
  if (isFromOwnPage(c)) return;
  throwApiError(20002, "This request did not come from the console's own pages. Reload the page and try again");
}

async function operatorOf(c: AppContext): Promise<OperatorIdentity> {
  const header = c.req.header("authorization");
  const credential = bearer(header);
  if (credential !== null) return operatorOfCredential(c, credential);
  const operator = header === undefined ? await operatorOfBrowser(c) : null;
  return operator ?? throwApiError(20001, missingCredential("operator", header, hasOtherKeyHeader(c)));
}

/**
 * Returns the operator of what a browser sends by itself: the console's session, otherwise the assertion of Cloudflare
 * Access. Null without either. @throws GatewayError 20001 for a session that has ended, 20002, 20008
 */
async function operatorOfBrowser(c: AppContext): Promise<OperatorIdentity | null> {
  const session = readSessionCookie(c, CONSOLE_COOKIE);
  const { access } = c.get("config");
  const assertion = access && c.req.header("cf-access-jwt-assertion");
  if (session === undefined && !assertion) return null;
  requireOwnPage(c);
  rejectBlockedAddress(c);
  const signedIn = session === undefined ? null : await operatorOfSession(c, session);
  if (signedIn !== null && signedIn !== "forged") return signedIn;
  // The browser would send a cookie that does not work with every request.
  if (session !== undefined) clearSessionCookie(c, CONSOLE_COOKIE);
  if (access && assertion) return operatorOfAssertion(c, access, assertion);
  if (signedIn === "forged") await countFailure(c);
  return throwApiError(20001, "You are signed out. Sign in again");
}

/** Returns the person behind Cloudflare Access. @throws GatewayError 20002, 20008, 10001 */
async function operatorOfAssertion(c: AppContext, access: AccessConfig, assertion: string): Promise<OperatorIdentity> {
  const email = await emailOfAssertion(access, assertion);
  if (email === null) return rejectCredential(c, "Cf-Access-Jwt-Assertion is not valid for this gateway");
  const operator = operatorOfEmail(access.operators, email);
  return operator ?? throwApiError(20002, "Your e-mail address is not in ACCESS_OPERATORS of this deployment");
}

/** @returns the operator of a session that works; null for one that has ended; `forged` for any other text */
async function operatorOfSession(c: AppContext, session: string): Promise<OperatorIdentity | "forged" | null> {
  const adminTokens = c.get("config").adminTokens.map(utf8);
  const operatorId = await verifyOperatorCredential("session", session, c.get("secrets"), adminTokens);
  if (operatorId === null) return "forged";
  return remembered(await hashKey(session), (hash) =>
    ifMethodMissing<TokenHolder | null>(directoryOf(c).operatorOfSession(hash), noSessionsYet),
  );
}

/**
 * During a gradual deployment the Directory may be of the previous release, which stores no sessions. None works then, not
 * even by its MAC: nobody could see that it was ended. @throws GatewayError 10001
 */
export function noSessionsYet(): never {
  return throwApiError(
    10001,
    "The console opens when this release is fully deployed. Programs can use the API meanwhile",
    {
      retryAfterSeconds: 60,
    },
  );
}

/** Returns the operator of a token. @throws GatewayError 20008 for one that does not work, 70001 */
export async function operatorOfCredential(c: AppContext, credential: string): Promise<OperatorIdentity> {
  rejectBlockedAddress(c);
  if (await isAdminToken(c, credential)) return ROOT;
  const operator = await operatorOfToken(c, credential);
  return operator ?? rejectCredential(c, wrongCredential("operator", credential, false));
}

/** @returns the operator of a token that works, or null for anything else */
async function operatorOfToken(c: AppContext, token: string): Promise<OperatorIdentity | null> {
  const operatorId = await verifyOperatorCredential("token", token, c.get("secrets"));
  if (operatorId === null) return null;
  return remembered(await hashKey(token), (hash) => directoryOf(c).operatorOfToken(operatorId, hash));
}

/** Asks the Directory about a credential, unless it was asked a moment ago. */
async function remembered(
  hash: string,
  ask: (hash: string) => Promise<TokenHolder | null>,
): Promise<OperatorIdentity | null> {
  const known = rememberedOperator(hash);
  if (known !== undefined) return known;
  const holder = await ask(hash);
  rememberOperator(hash, holder);
  return holder?.operator ?? null;
}

/** The origin that this isolate has reported to the Directory. */
let recordedOrigin: string | null = null;

/**
 * Reports the request's origin to the Directory, without waiting: events for the operator link to it, and without
 * PUBLIC_BASE_URL so do webhooks of tenants of release 0.1.
 */
function recordOrigin(c: AppContext): void {
  const { origin } = new URL(c.req.url);
  if (origin === recordedOrigin) return;
  recordedOrigin = origin;
  const recorded = directoryOf(c)
    .recordOperatorOrigin(origin)
    .catch((error: unknown) => {
      recordedOrigin = null;
      logEvent("warn", "operator-origin", { error: String(error) });
    });
  c.executionCtx.waitUntil(recorded);
}
