/**
 * The operator's own rate limit, so that its answers carry the headers of every authenticated one (contract section 2). It
 * is far above what people and scripts do: it stops one that runs wild. One bucket in each isolate, asking no object.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../context.ts";
import { type Bucket, take } from "../domain/token-bucket.ts";
import { apiError, GatewayError } from "../errors.ts";
import { setRateHeaders } from "./rate-headers.ts";

/** Requests a minute of the operator in each isolate. */
export const OPERATOR_REQUESTS_PER_MINUTE = 60_000;

/** Goes after the operator's authentication: what is not the operator's takes nothing from it. */
export function operatorLimit(perMinute = OPERATOR_REQUESTS_PER_MINUTE): MiddlewareHandler<AppEnv> {
  let bucket: Bucket | null = null;
  return async function operatorLimitMiddleware(c, next) {
    const taken = take(bucket, { perMinute }, Date.now());
    bucket = taken.bucket;
    const { allowed, remaining, nextTokenSeconds, retryAfterSeconds } = taken;
    setRateHeaders(c, [{ name: "requests", perMinute, remaining, nextTokenSeconds }]);
    if (!allowed) throw new GatewayError(apiError(70001, undefined, { retryAfterSeconds }));
    return next();
  };
}
