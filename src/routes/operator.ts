/** Helpers of the operator API: validated bodies, and 404 for missing things. */
import type * as z from "zod/mini";
import { type AppContext, tenantObject } from "../context.ts";
import type { Actor } from "../domain/audit.ts";
import { parseTenantId } from "../domain/key-format.ts";
import { type ApiError, GatewayError, isApiError, throwApiError } from "../errors.ts";
import { attempt } from "../lib/attempt.ts";
import { withPlainNumbers } from "../lib/json.ts";
import { type Checked, check, checkParameters } from "../schemas/check.ts";
import { MAX_JSON_BYTES, readJsonBody } from "./support/body.ts";

/**
 * Reads and validates a body.
 *
 * @param isOptional true if an empty body counts as `{}`
 * @throws GatewayError 30001 with every issue, 70006 or 70008
 */
export async function readBody<S extends z.ZodMiniType>(
  c: AppContext,
  schema: S,
  isOptional = false,
  maxBytes = MAX_JSON_BYTES,
): Promise<z.output<S>> {
  const body = checkedValue(await readJsonBody(c, isOptional, null, maxBytes));
  return checkedValue(check(schema, withPlainNumbers(body)));
}

/** Reads the parameters of a list. @throws GatewayError 30001 with every issue */
export function readParameters<S extends z.ZodMiniType>(c: AppContext, schema: S): z.output<S> {
  return checkedValue(checkParameters(schema, c.req.queries()));
}

/** Returns a checked value. @throws GatewayError for a failed check */
export function checkedValue<T>(checked: Checked<T>): T {
  if (!checked.ok) throw new GatewayError(checked.error);
  return checked.value;
}

/** Returns the tenant object that the path names. @throws GatewayError 404 for a malformed tenant id */
export function namedTenant(c: AppContext): { tenantId: string; tenant: TenantStub } {
  const tenantId = c.req.param("tenantId") ?? "";
  if (parseTenantId(tenantId) === null) throwApiError(40002, "Tenant does not exist");
  return { tenantId, tenant: tenantObject(c, tenantId) };
}

/**
 * Waits for a call of the Directory that is not required: it reads a copy, or the same change reaches the Directory another
 * way later. Only logs a failure.
 *
 * @returns null if the call failed
 */
export function bestEffort<T>(tenantId: string, call: Promise<T>): Promise<T | null> {
  return attempt(call, "directory", { tenantId });
}

/** Returns the result of an object. @throws GatewayError for an error */
export function successful<T>(result: T): Exclude<T, ApiError> {
  if (isApiError(result)) throw new GatewayError(result);
  return result as Exclude<T, ApiError>;
}

/** The same for a result that may be null. @throws GatewayError 404 if it is */
export function found<T>(result: T, what: string): Exclude<T, ApiError | null> {
  const known = result ?? throwApiError(40002, `${what} does not exist`);
  return successful(known) as Exclude<T, ApiError | null>;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

/** Removes undefined fields, so that a patch changes only the given ones. */
export function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

/** @returns the operator of this request, as the audit log names it */
export function actorOf(c: AppContext): Actor {
  const { id, name } = c.get("operator");
  return { kind: "operator", id, name, requestId: c.get("requestId") };
}
