/** Turns the name of an operation and its parameters into a call. */
import { newIdempotencyKey } from "./idempotency-key.ts";
import { stringifyJson } from "./json.ts";
import type { Operations } from "./schema.ts";
import type { Call, CallOptions } from "./transport.ts";

/** Method and path of a call, for example `GET /api/v1/end-users/{endUser}`. */
export type OperationName = keyof Operations;

/** Operations that return one page of a list. */
export type OperationPage = {
  [Name in OperationName]: Operations[Name]["data"] extends { nextCursor: string | null } ? Name : never;
}[OperationName];

/** Options of an operation: what its path needs is required. */
export type OperationOptions<Name extends OperationName> = Operations[Name] extends
  | { path: unknown }
  | { body: unknown }
  ? [options: Given<Operations[Name]>]
  : [options?: Given<Operations[Name]>];

type Given<Operation> = Omit<Operation, "data" | "query"> &
  (Operation extends { query: infer Query } ? { query?: Query } : unknown) &
  CallOptions & {
    /** Requests with the same key have one effect; default: a new key for each call that takes one. */
    idempotencyKey?: string | undefined;
  };

/** Parameters of any operation, as they are read here. */
interface Parameters extends CallOptions {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
}

/** POST calls that take an idempotency key. Another POST is not repeated, because it may have had its effect. */
const WITH_KEY = new Set<string>([
  "POST /api/v1/task/generate",
  "POST /admin/v1/tenants",
  "POST /admin/v1/tenants/{tenantId}/credits",
] satisfies OperationName[]);
/** It has no effect. */
const REPEATABLE = new Set<string>(["POST /api/v1/task/estimate"] satisfies OperationName[]);

/** Returns the call of an operation. @throws TypeError if the path lacks a parameter */
export function operationCall(name: OperationName, options: object = {}): Call {
  const { path = {}, query = {}, body, signal, idempotencyKey }: Parameters = options;
  const [method, template] = name.split(" ") as [Call["method"], string];
  const isPost = method === "POST";
  const filled = template.replace(/\{(\w+)\}/g, (_, parameter: string) => {
    const value = path[parameter];
    if (value === undefined || value === null || value === "") throw new TypeError(`path.${parameter} is missing`);
    return encodeURIComponent(String(value));
  });
  const key = idempotencyKey ?? (WITH_KEY.has(name) ? newIdempotencyKey() : undefined);
  return {
    method,
    path: filled + queryOf(query),
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "x-idempotency-key": key }),
    },
    ...(body === undefined ? {} : { body: stringifyJson(body) }),
    ...(isPost && !WITH_KEY.has(name) && !REPEATABLE.has(name) ? { maxRetries: 0 } : {}),
    signal,
  };
}

/** Returns a query string; an object becomes `name.key=value` for each of its properties. */
export function queryOf(parameters: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) continue;
    if (value instanceof Date) query.set(name, value.toISOString());
    else if (typeof value === "object") {
      for (const [key, one] of Object.entries(value)) query.set(`${name}.${key}`, String(one));
    } else query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
