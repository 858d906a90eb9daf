/**
 * Turns an object's result into an HTTP response: always with rate-limit headers, and with the envelope around JSON
 * text.
 */
import type * as z from "zod/mini";
import type { AppContext } from "../../context.ts";
import { MINUTE_MS } from "../../domain/calendar.ts";
import { type ApiError, GatewayError, successEnvelope, throwApiError } from "../../errors.ts";
import { withPlainNumbers } from "../../lib/json.ts";
import { limited } from "../../lib/time-limit.ts";
import { credentialName, rememberDenial } from "../../middleware/credential-cache.ts";
import { rejectCredential } from "../../middleware/edge-limit.ts";
import { setRateHeaders } from "../../middleware/rate-headers.ts";
import { type Checked, check, checkParameters } from "../../schemas/check.ts";
import { sendEnvelope } from "../../send-envelope.ts";
import type { Caller, Result } from "../../tenant/api.ts";
import type { PermissionName } from "../../tenant/permissions.ts";
import { readJsonBody } from "./body.ts";

/** Longest wait in ms for a call of a tenant's API beyond SUBMIT_TIMEOUT_MS, which a submission may take. */
const BEYOND_SUBMIT_MS = MINUTE_MS;

/** Returns the object of the tenant whose credential this request has. */
export function tenantOf(c: AppContext): TenantStub {
  const tenant = c.env.TENANTS.getByName(c.get("tenantId"));
  return limited(tenant, c.get("config").submitTimeoutMs + BEYOND_SUBMIT_MS);
}

/**
 * Waits for an object's result and sets the headers of every authenticated response (contract section 2).
 *
 * @throws GatewayError for an error; a credential that the object does not accept is a failed authentication
 */
export async function unwrap<T>(c: AppContext, result: Result<T> | Promise<Result<T>>): Promise<T> {
  const settled = await result;
  if (settled.rate && settled.rate.length > 0) setRateHeaders(c, settled.rate);
  if (settled.ok) return settled.data;
  rememberDenial(credentialName(c.get("caller")), settled);
  if (settled.rate === null) return hasExpired(c.get("caller")) ? throwApiError(20008) : rejectCredential(c);
  throw new GatewayError(settled.error);
}

/** True if the caller's token has expired since its MAC was verified, which is no guess either. */
function hasExpired(caller: Caller): boolean {
  return caller.kind === "token" && caller.claims.expiresAt <= Date.now();
}

/**
 * Rejects a malformed request after the tenant's object has checked its credential, so that a revoked key learns
 * nothing, and the response has its rate-limit headers.
 */
export async function rejectAfterCheck(c: AppContext, reason: ApiError, permission: PermissionName): Promise<never> {
  await unwrap(c, tenantOf(c).check(c.get("caller"), permission));
  throw new GatewayError(reason);
}

/** Returns a checked value; without one it rejects the request as `rejectAfterCheck` does. */
export async function requireValid<T>(c: AppContext, checked: Checked<T>, permission: PermissionName): Promise<T> {
  return checked.ok ? checked.value : rejectAfterCheck(c, checked.error, permission);
}

/** Reads the parameters of a list; rejects as `rejectAfterCheck` does. */
export function requireParameters<S extends z.ZodMiniType>(
  c: AppContext,
  schema: S,
  permission: PermissionName,
): Promise<z.output<S>> {
  return requireValid(c, checkParameters(schema, c.req.queries()), permission);
}

/** Reads and validates a body; rejects as `rejectAfterCheck` does. @param isOptional true if an empty body counts as `{}` */
export async function requireBody<S extends z.ZodMiniType>(
  c: AppContext,
  schema: S,
  permission: PermissionName,
  isOptional = false,
): Promise<z.output<S>> {
  const body = await readJsonBody(c, isOptional);
  return requireValid(c, body.ok ? check(schema, withPlainNumbers(body.value)) : body, permission);
}

/** Responds 200 with `data` as JSON text. */
export function respondJson(c: AppContext, dataJson: string): Response {
  return sendEnvelope(c, successEnvelope(dataJson));
}

/** Responds 200 with `data` as a value. */
export function respond(c: AppContext, data: unknown): Response {
  return respondJson(c, JSON.stringify(data));
}

/** Responds 200 with an object's result; throws as `unwrap` does. */
export async function respondResult(c: AppContext, result: Promise<Result<unknown>>): Promise<Response> {
  return respond(c, await unwrap(c, result));
}

/** Returns the start of this deployment's stable URLs. */
export function publicBaseUrl(c: AppContext): string {
  return c.get("config").publicBaseUrl ?? requestOrigin(c);
}

/** Returns the origin that the request was sent to. */
export function requestOrigin(c: AppContext): string {
  return new URL(c.req.url).origin;
}
