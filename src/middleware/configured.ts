/** Refuses every request while a setting is missing, malformed or weak; the error names it (contract section 1). */
import type { MiddlewareHandler } from "hono";
import { readConfig, signingSecretsOf } from "../config.ts";
import type { AppEnv } from "../context.ts";
import { throwApiError } from "../errors.ts";

/** Puts the settings and the signing secrets into the context. Both are read once per isolate. */
export function configured(): MiddlewareHandler<AppEnv> {
  return async function configuredMiddleware(c, next) {
    const read = await readConfig(c.env);
    if (!read.ok) return throwApiError(10001, read.problem);
    c.set("config", read.config);
    c.set("secrets", await signingSecretsOf(read.config));
    return next();
  };
}
