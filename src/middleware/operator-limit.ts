/**
 * The rate limit of each operator, so that its responses have the headers of every authenticated response (contract
 * section 2). It is far above normal use, and stops a script in a loop. One bucket for each operator and isolate; no
 * object is asked.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../context.ts";
import { type Bucket, take } from "../domain/token-bucket.ts";
import { throwApiError } from "../errors.ts";
import { ExpiringMap } from "../lib/expiring-map.ts";
import { setRateHeaders } from "./rate-headers.ts";

/** Requests a minute of one operator in each isolate. */
export const OPERATOR_REQUESTS_PER_MINUTE = 60_000;

/** Limits the requests of each operator. It runs after authentication, so that other callers take nothing from a bucket. */
export function operatorLimit(perMinute = OPERATOR_REQUESTS_PER_MINUTE): MiddlewareHandler<AppEnv> {
  const buckets = new ExpiringMap<Bucket>(1_000);
  return async function operatorLimitMiddleware(c, next) {
    const now = Date.now();
    const { id } = c.get("operator");
    const taken = take(buckets.get(id, now) ?? null, { perMinute }, now);
    buckets.set(id, taken.bucket, now + 60_000);
    const { allowed, remaining, nextTokenSeconds, retryAfterSeconds } = taken;
    setRateHeaders(c, [{ name: "requests", perMinute, remaining, nextTokenSeconds }]);
    if (!allowed) throwApiError(70001, undefined, { retryAfterSeconds });
    return next();
  };
}
