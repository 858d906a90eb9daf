/** The counted metrics: names, help and buckets. Each label has few values, which are named here or in the code. */
import { seriesOf } from "../lib/prometheus.ts";

/** A metric that isolates count and the Directory sums. */
export interface CountedMetric {
  readonly name: string;
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in the metric's unit; absent: a counter. */
  readonly bounds?: readonly number[];
}

const CALL_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120];
const LAG_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900];
/** Fine enough that a percentile is off by less than a fifth. */
const TASK_SECONDS = [
  1, 2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 56, 80, 110, 150, 200, 270, 360, 480, 640, 860, 1_200, 1_800, 3_600, 7_200,
  21_600,
];

const counter = (name: string, help: string): CountedMetric => ({ name: `paddock_${name}_total`, help });
const histogram = (name: string, help: string, bounds: readonly number[]): Required<CountedMetric> => ({
  name: `paddock_${name}_seconds`,
  help,
  bounds,
});

/** All counted metrics. */
export const COUNTED = {
  requests: counter("http_requests", "HTTP requests by class of route and status."),
  upstreamCalls: counter("upstream_calls", "Calls of the upstream by kind, master key (a hash of it) and outcome."),
  upstreamSeconds: histogram("upstream_call_duration", "Duration of calls of the upstream.", CALL_SECONDS),
  alarmLag: histogram("alarm_lag", "Time from the due time of a tenant's alarm to its start.", LAG_SECONDS),
  taskSeconds: histogram("task_duration", "Time from submission to completion of a task.", TASK_SECONDS),
  copies: counter("copies", "Attempts to copy a result file to R2, by outcome."),
  attempts: counter("webhook_attempts", "Attempts to deliver a webhook, of tenants and of the operator, by outcome."),
  problems: counter("problems", "Warnings and errors of background work and of requests, by name of the log event."),
  cost: counter("upstream_cost_credits", "The upstream's price of completed tasks, in its credits."),
} as const satisfies Record<string, CountedMetric>;

/** Prefix of the series that count failures by reason: for the overview, never a metric. */
const FAILURES = "failures";

/** @returns the series of failures with this reason */
export function failureSeries(reason: string): string {
  return seriesOf(FAILURES, { reason });
}

/** The series of failures whose reason is not counted by itself. */
export const OTHER_FAILURES = failureSeries("other");

/** @returns the reason of a series of failures, or null for any other series */
export function reasonOf(series: string): string | null {
  const [, text] = /^failures\{reason=(".*")\}$/s.exec(series) ?? [];
  return text === undefined ? null : (JSON.parse(text) as string);
}

/** True for a series that is summed by day, for the overview. */
export function isDaily(series: string): boolean {
  return [FAILURES, COUNTED.cost.name, COUNTED.taskSeconds.name].some((name) => series.split("{")[0] === name);
}
