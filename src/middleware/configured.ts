/** With a missing or malformed setting nothing works, and the answer says which (contract section 1). */
import type { MiddlewareHandler } from "hono";
import { readConfig, signingSecretsOf } from "../config.ts";
import type { AppEnv } from "../context.ts";
import { refusal, refusalEnvelope } from "../errors.ts";

export function configured(): MiddlewareHandler<AppEnv> {
  return async function configuredMiddleware(c, next) {
    const read = await readConfig(c.env);
    if (!read.ok) {
      return c.body(refusalEnvelope(refusal(10001, read.problem)), 503, {
        "content-type": "application/json",
        "cache-control": "no-store",
      });
    }
    c.set("config", read.config);
    c.set("secrets", await signingSecretsOf(read.config));
    return next();
  };
}
