/**
 * Counts requests, and sends what this isolate has counted to the Directory: some seconds behind a response, so that no
 * request waits for it and many requests share one call.
 */
import type { MiddlewareHandler } from "hono";
import { type AppContext, type AppEnv, directoryOf } from "../context.ts";
import { routeClass } from "../domain/route-class.ts";
import { logEvent } from "../lib/log.ts";
import { within } from "../lib/time-limit.ts";
import { countRequest, isolateCounters } from "../metrics/isolate-counters.ts";

/** Time from the first request to the call that sends its count. The platform ends work behind a response after 30 s. */
const FLUSH_AFTER_MS = 20_000;

/** Until when a call counts as scheduled, in ms since epoch: the platform may cancel one. */
let scheduledUntil = 0;

/** Counts each request by class of route and status. */
export function countRequests(): MiddlewareHandler<AppEnv> {
  return async function countRequestsMiddleware(c, next) {
    await next();
    countRequest(routeClass(c.req.path), c.res.status);
    const now = Date.now();
    if (now < scheduledUntil) return;
    scheduledUntil = now + 2 * FLUSH_AFTER_MS;
    c.executionCtx.waitUntil(flushLater(c));
  };
}

async function flushLater(c: AppContext): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, FLUSH_AFTER_MS));
  scheduledUntil = 0;
  await flushCounters(c);
}

/** Longest wait for the Directory, in ms: a call that hangs may have arrived, so its sums are not sent again. */
const PATIENCE_MS = 2_000;

/** Sends what this isolate has counted to the Directory. Never throws: what could not be sent is sent later. */
export async function flushCounters(c: AppContext): Promise<void> {
  const sums = isolateCounters.take();
  if (sums === null) return;
  try {
    await within(directoryOf(c).addCounters(sums), PATIENCE_MS, undefined);
  } catch (error) {
    isolateCounters.merge(sums);
    logEvent("warn", "counters", { error: String(error) });
  }
}
