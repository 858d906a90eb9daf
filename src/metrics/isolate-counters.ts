/**
 * What this isolate has counted and nobody has summed yet. The Worker's isolates send it to the Directory with a timer
 * behind a response (middleware/request-id.ts), isolates of tenants' objects with the tenants' reports. An isolate that
 * is stopped in between loses at most what it counted since (docs/metrics.md).
 */
import { Counters } from "../lib/counters.ts";
import { seriesOf } from "../lib/prometheus.ts";
import { COUNTED, failureSeries, OTHER_FAILURES } from "./catalogue.ts";

/** The increments of this isolate. */
export const isolateCounters = new Counters();

/** Most characters of a reason for which failures are counted. */
const REASON_CHARACTERS = 120;
/** Series beyond which new reasons count as `other`: a caller can vary them, and everything else must still be counted. */
const MOST_WITH_REASONS = 500;

/** Counts a request. @param route see `routeClass` */
export function countRequest(route: string, status: number): void {
  isolateCounters.add(seriesOf(COUNTED.requests.name, { route, status: String(status) }));
}

/** The part of an upstream call's outcome that is counted. */
type Outcome = { readonly kind: string; readonly busy?: boolean };

/** Counts a call of the upstream. @param ms its duration; null if it is not known */
export function countUpstreamCall(call: string, masterKeyId: string, outcome: Outcome, ms: number | null): void {
  const labels = { call, master_key: masterKeyId };
  isolateCounters.add(seriesOf(COUNTED.upstreamCalls.name, { ...labels, outcome: nameOf(outcome) }));
  if (ms === null) return;
  const { name, bounds } = COUNTED.upstreamSeconds;
  isolateCounters.observe(seriesOf(name, { call }), bounds, ms / 1_000);
}

function nameOf({ kind, busy }: Outcome): string {
  if (kind === "accepted" || kind === "snapshot") return "ok";
  if (kind === "unknown") return busy === true ? "unavailable" : "unclear";
  return kind === "key-refused" ? "key_refused" : kind;
}

/** Counts an alarm. @param ms time from its due time to its start */
export function countAlarm(ms: number): void {
  const { name, bounds } = COUNTED.alarmLag;
  isolateCounters.observe(name, bounds, Math.max(0, ms) / 1_000);
}

/** Counts a completed task. @param cost the upstream's price in its credits; null if it is not known */
export function countCompleted(medium: "image" | "video", ms: number, cost: number | null): void {
  const { name, bounds } = COUNTED.taskSeconds;
  isolateCounters.observe(seriesOf(name, { medium }), bounds, Math.max(0, ms) / 1_000);
  if (cost !== null && Number.isFinite(cost)) isolateCounters.add(COUNTED.cost.name, cost);
}

/** Counts a failed task. @param reason as the tenant sees it */
export function countFailed(reason: string): void {
  const series = failureSeries(reason.slice(0, REASON_CHARACTERS) || "unknown");
  if (!isolateCounters.add(series, 1, MOST_WITH_REASONS)) isolateCounters.add(OTHER_FAILURES);
}

/** Counts an attempt to copy a file. */
export function countCopy(outcome: string): void {
  isolateCounters.add(seriesOf(COUNTED.copies.name, { outcome }));
}

/** Counts an attempt to deliver a webhook. */
export function countAttempt(outcome: "delivered" | "failed" | "gone"): void {
  isolateCounters.add(seriesOf(COUNTED.attempts.name, { outcome }));
}

/** Counts a warning or an error. @param kind name of the log event */
export function countProblem(kind: string): void {
  isolateCounters.add(seriesOf(COUNTED.problems.name, { kind }));
}
