/** The values that accompany a request through the app: Hono's bindings and variables. */
import type { Context } from "hono";
import type { HonoBase } from "hono/hono-base";
import { type Config, DIRECTORY_NAME } from "./config.ts";
import type { OperatorIdentity } from "./domain/operator-scopes.ts";
import type { SigningSecret } from "./domain/signing-secrets.ts";
import { limited } from "./lib/time-limit.ts";
import type { Caller } from "./tenant/api.ts";

/** Values that middleware passes to routes. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    config: Config;
    secrets: readonly SigningSecret[];
    requestId: string;
    /** Set by `authenticate`: the credential's tenant, its MAC verified. */
    tenantId: string;
    /** The task that the request made, or whose file it asks for: for the log, where the path does not name it. */
    taskId: number;
    caller: Caller;
    /** Set by `authenticateOperator`. */
    operator: OperatorIdentity;
    /** Set by `portalSession`: the session's hash, its MAC verified. */
    portalSession: string;
  };
}

/** A request, with the values that middleware has set. */
export type AppContext = Context<AppEnv>;

/** Longest wait in ms for a call of the Directory, or of a tenant's object by the operator, a page or a link. */
export const OBJECT_CALL_MS = 5_000;
/** The same for a call that sends a webhook, whose receiver has 15 s (`courier/webhook.ts`). */
export const WEBHOOK_CALL_MS = 20_000;

/** The app, or a part of it below a path, to which routes are added. */
export type AppRoutes = HonoBase<AppEnv>;

/** Returns the stub of the Directory. */
export function directoryOf(c: AppContext, limitMs = OBJECT_CALL_MS): DirectoryStub {
  return limited(c.env.DIRECTORY.getByName(DIRECTORY_NAME), limitMs);
}

/** Returns the object of a tenant, for the operator, a page or a link. @param hint counts at the first call of an object */
export function tenantObject(
  c: AppContext,
  tenantId: string,
  { limitMs = OBJECT_CALL_MS, ...hint }: DurableObjectNamespaceGetDurableObjectOptions & { limitMs?: number } = {},
): TenantStub {
  return limited(c.env.TENANTS.getByName(tenantId, hint), limitMs);
}
