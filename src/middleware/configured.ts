/** With a missing or malformed setting nothing works, and the answer says which (contract section 1). */
import type { MiddlewareHandler, Next } from "hono";
import { respond } from "../answer.ts";
import { type Config, readConfig, signingSecretsOf } from "../config.ts";
import type { AppContext, AppEnv } from "../context.ts";
import type { SigningSecret } from "../domain/signing-secrets.ts";
import { apiError, errorEnvelope } from "../errors.ts";

interface Prepared {
  readonly config: Config;
  readonly secrets: readonly SigningSecret[];
}

export function configured(): MiddlewareHandler<AppEnv> {
  /** By the bindings, which never change while an isolate lives: with them known nothing has to be waited for. */
  const prepared = new WeakMap<object, Prepared>();
  const prepare = async (c: AppContext, next: Next) => {
    const read = await readConfig(c.env);
    if (!read.ok) {
      const headers = { "content-type": "application/json", "cache-control": "no-store" };
      return respond(c, errorEnvelope(apiError(10001, read.problem)), 503, headers);
    }
    const secrets = await signingSecretsOf(read.config);
    prepared.set(c.env, { config: read.config, secrets });
    return proceed(c, next, { config: read.config, secrets });
  };
  return function configuredMiddleware(c, next) {
    const known = prepared.get(c.env);
    return known ? proceed(c, next, known) : prepare(c, next);
  };
}

function proceed(c: AppContext, next: Next, { config, secrets }: Prepared): Promise<void> {
  c.set("config", config);
  c.set("secrets", secrets);
  return next();
}
