/**
 * Authenticates operators and checks their scopes. A token is verified by its MAC first, so that made-up ones never
 * reach the Directory; what the Directory says about a token is remembered for some seconds.
 */
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { DIRECTORY_NAME } from "../config.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { missingCredential, wrongCredential } from "../domain/credential-mistake.ts";
import { hashKey } from "../domain/key-format.ts";
import { verifyOperatorCredential } from "../domain/operator-credential.ts";
import { neededScopes } from "../domain/operator-permissions.ts";
import { type OperatorIdentity, type OperatorScope, ROOT } from "../domain/operator-scopes.ts";
import { throwApiError } from "../errors.ts";
import { logEvent } from "../lib/log.ts";
import { bearer, hasOtherKeyHeader, isAdminToken } from "./authenticate.ts";
import { clearDenials, forgetOperators, rememberedOperator, rememberOperator } from "./credential-cache.ts";
import { rejectBlockedAddress, rejectCredential } from "./edge-limit.ts";

/** Authenticates for the operator API: one of ADMIN_TOKEN, or the token of an operator. */
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

async function operatorOf(c: AppContext): Promise<OperatorIdentity> {
  const header = c.req.header("authorization");
  const credential = bearer(header);
  if (credential === null) return throwApiError(20001, missingCredential("operator", header, hasOtherKeyHeader(c)));
  rejectBlockedAddress(c);
  if (await isAdminToken(c, credential)) return ROOT;
  const operator = await operatorOfToken(c, credential);
  return operator ?? rejectCredential(c, wrongCredential("operator", credential, false));
}

/** @returns the operator of a token that works, or null for anything else */
async function operatorOfToken(c: AppContext, token: string): Promise<OperatorIdentity | null> {
  const operatorId = await verifyOperatorCredential("token", token, c.get("secrets"));
  if (operatorId === null) return null;
  const hash = await hashKey(token);
  const known = rememberedOperator(hash);
  if (known !== undefined) return known;
  const holder = await c.env.DIRECTORY.getByName(DIRECTORY_NAME).operatorOfToken(operatorId, hash);
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
  const recorded = c.env.DIRECTORY.getByName(DIRECTORY_NAME)
    .recordOperatorOrigin(origin)
    .catch((error: unknown) => {
      recordedOrigin = null;
      logEvent("warn", "operator-origin", { error: String(error) });
    });
  c.executionCtx.waitUntil(recorded);
}
