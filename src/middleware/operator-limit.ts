/**
 * The operator's own rate limit, so that its responses have the headers of every authenticated response (contract
 * section 2). It is far above normal use, and stops a script in a loop. One bucket per isolate; no object is asked.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../context.ts";
import { type Bucket, take } from "../domain/token-bucket.ts";
import { apiError, GatewayError } from "../errors.ts";
import { setRateHeaders } from "./rate-headers.ts";

/** Requests a minute of the operator in each isolate. */
export const OPERATOR_REQUESTS_PER_MINUTE = 60_000;

/** Limits the operator's requests. It runs after authentication, so that other callers take nothing from the bucket. */
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
