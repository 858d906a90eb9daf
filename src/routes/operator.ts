/** Helpers of the operator API: validated bodies, and 404 for missing things. */
import type * as z from "zod/mini";
import { DIRECTORY_NAME } from "../config.ts";
import type { AppContext } from "../context.ts";
import type { Actor } from "../domain/audit.ts";
import { parseTenantId } from "../domain/key-format.ts";
import { GatewayError, throwApiError } from "../errors.ts";
import { withPlainNumbers } from "../lib/json.ts";
import { logEvent } from "../lib/log.ts";
import { within } from "../lib/time-limit.ts";
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
  return { tenantId, tenant: c.env.TENANTS.getByName(tenantId) };
}

/** Longest wait in ms for a call of the Directory that is not required. */
const PATIENCE_MS = 5_000;

/**
 * Waits for a call of the Directory that is not required: it reads a copy, or the same change reaches the Directory another
 * way later. Only logs a failure.
 *
 * @returns null if the call failed or took too long
 */
export function bestEffort<T>(tenantId: string, call: Promise<T>): Promise<T | null> {
  const failed = (error: unknown) => {
    logEvent("warn", "directory", { tenantId, error: String(error) });
    return null;
  };
  return within<T | null, null>(call.catch(failed), PATIENCE_MS, null);
}

/** @throws GatewayError 404 if `value` is null */
export function found<T>(value: T | null, what: string): T {
  return value ?? throwApiError(40002, `${what} does not exist`);
}

/** Returns the stub of the Directory. */
export function directoryOf(c: AppContext): DirectoryStub {
  return c.env.DIRECTORY.getByName(DIRECTORY_NAME);
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

/** Removes undefined fields, so that a patch changes only the given ones. */
export function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

/** @returns the actor of this request, as the audit log names it */
export function actorOf(c: AppContext, kind: Actor["kind"] = "operator"): Actor {
  const requestId = c.get("requestId");
  if (kind === "portal") return { kind, requestId };
  const { id, name } = c.get("operator");
  return { kind, id, name, requestId };
}
