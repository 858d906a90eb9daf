/**
 * Counts requests, and sends what this isolate has counted to the Directory: behind a response, once requests pause or a
 * minute has passed, so that no request waits for it and many share one call.
 */
import type { MiddlewareHandler } from "hono";
import { type AppContext, type AppEnv, directoryOf } from "../context.ts";
import { routeClass } from "../domain/route-class.ts";
import { logEvent } from "../lib/log.ts";
import { within } from "../lib/time-limit.ts";
import { countRequest, isolateCounters } from "../metrics/isolate-counters.ts";

/** Counts are sent when no request has come for this long. The platform ends work behind a response after 30 s. */
const QUIET_MS = 20_000;
/** While requests come, counts are sent once in this time: each call writes a row. */
const BUSY_MS = 60_000;
/** A request this long after the start of the latest timer starts another: the platform may cancel one. */
const TIMER_EVERY_MS = 10_000;

/** When the latest timer began, in ms since epoch. */
let timerAt = 0;
/** When the first request came that is counted and not sent, in ms since epoch; null: there is none. */
let unsentSince: number | null = null;

/** Counts each request by class of route and status. */
export function countRequests(): MiddlewareHandler<AppEnv> {
  return async function countRequestsMiddleware(c, next) {
    await next();
    countRequest(routeClass(c.req.path), c.res.status);
    const now = Date.now();
    unsentSince ??= now;
    if (now - timerAt < TIMER_EVERY_MS) return;
    timerAt = now;
    c.executionCtx.waitUntil(flushLater(c, now));
  };
}

/** @param began when this timer begins: a later one takes over, unless counts have waited for long */
async function flushLater(c: AppContext, began: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const hasWaited = unsentSince !== null && Date.now() - unsentSince >= BUSY_MS;
  if (timerAt === began || hasWaited) await flushCounters(c);
}

/** Longest wait for the Directory, in ms: a call that hangs may have arrived, so its sums are not sent again. */
const FLUSH_WAIT_MS = 2_000;

/** Sends what this isolate has counted to the Directory. Never throws: what could not be sent is sent later. */
export async function flushCounters(c: AppContext): Promise<void> {
  const sums = isolateCounters.take();
  unsentSince = null;
  if (sums === null) return;
  try {
    await within(directoryOf(c).addCounters(sums), FLUSH_WAIT_MS, undefined);
  } catch (error) {
    isolateCounters.merge(sums);
    logEvent("warn", "counters", { error: String(error) });
  }
}
