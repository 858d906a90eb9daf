/** The operator API's helpers: validated bodies, and 404 for what is not there. */
import type * as z from "zod";
import { DIRECTORY_NAME } from "../config.ts";
import type { AppContext } from "../context.ts";
import type { Actor } from "../domain/audit.ts";
import { parseTenantId } from "../domain/key-format.ts";
import { GatewayError, throwApiError } from "../errors.ts";
import { withPlainNumbers } from "../lib/json.ts";
import { parameterError } from "../schemas/task-list.ts";
import { readJsonBody } from "./support/body.ts";

/** @throws GatewayError 30001 with every issue, or 70006 */
export async function readBody<S extends z.ZodType>(c: AppContext, schema: S): Promise<z.output<S>> {
  const body = await readJsonBody(c);
  if (!body.ok) throw new GatewayError(body.error);
  return validate(schema, withPlainNumbers(body.value));
}

/** The same for a body that may be left out. */
export async function readOptionalBody<S extends z.ZodType>(c: AppContext, schema: S): Promise<z.output<S>> {
  const isEmpty = c.req.raw.body === null || c.req.header("content-length") === "0";
  return isEmpty ? validate(schema, {}) : readBody(c, schema);
}

/** @throws GatewayError 30001 with every issue */
export function validate<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new GatewayError(parameterError(parsed.error));
  return parsed.data;
}

/** The tenant object that the path names. @throws GatewayError 404 for what cannot be a tenant's id */
export function namedTenant(c: AppContext): { tenantId: string; tenant: TenantStub } {
  const tenantId = c.req.param("tenantId") ?? "";
  if (parseTenantId(tenantId) === null) throwApiError(40002, "Tenant does not exist");
  return { tenantId, tenant: c.env.TENANTS.getByName(tenantId) };
}

/** @throws GatewayError 404 if `value` is null */
export function found<T>(value: T | null, what: string): T {
  return value ?? throwApiError(40002, `${what} does not exist`);
}

export function directoryOf(c: AppContext): DirectoryStub {
  return c.env.DIRECTORY.getByName(DIRECTORY_NAME);
}

/** Leaves out members that are undefined, so that a patch changes only what it names. */
export function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}

/** @returns who does what this request asks for, as the audit log names it */
export function actorOf(c: AppContext, kind: Actor["kind"] = "operator"): Actor {
  return { kind, requestId: c.get("requestId") };
}
