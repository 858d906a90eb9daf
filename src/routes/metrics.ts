/** `GET /metrics`: the Directory's sums of all tenants' reports (their age: docs/decisions/0009, docs/cost.md). */
import { type AppContext, directoryOf } from "../context.ts";
import type { Overview, WorkFigures } from "../domain/tenant-report.ts";
import { attempt } from "../lib/attempt.ts";
import type { CounterSums } from "../lib/counters.ts";
import { ifMethodMissing } from "../lib/missing-method.ts";
import {
  formatCounts,
  formatHistogram,
  formatMetrics,
  type Metric,
  PROMETHEUS_CONTENT_TYPE,
  type Sample,
} from "../lib/prometheus.ts";
import { COUNTED, type CountedMetric } from "../metrics/catalogue.ts";
import { flushCounters } from "../middleware/count-requests.ts";
import { masterKeysNow } from "./overview.ts";

/** Responds with all metrics in the Prometheus text format. */
export async function metrics(c: AppContext): Promise<Response> {
  await flushCounters(c);
  const [overview, work] = await Promise.all([
    orNull(directoryOf(c).overview(1)),
    // A Directory of the previous release has none.
    orNull(ifMethodMissing<WorkFigures | undefined>(directoryOf(c).workFigures(), () => undefined)),
  ]);
  const up = gauge(
    "paddock_directory_up",
    "1 if the Directory responded; without it, totals are missing.",
    overview && work !== null ? 1 : 0,
  );
  const totals = overview ? tenantMetrics(overview) : [];
  const trouble = troubleMetrics(c, overview ?? { masterKeys: [], problems: [] });
  const text = formatMetrics([up, ...totals, ...(work ? workMetrics(work, overview) : []), ...trouble]);
  const counted = work ? formatCounted(work.counters) : "";
  return c.body(text + counted, 200, { "content-type": PROMETHEUS_CONTENT_TYPE, "cache-control": "no-store" });
}

/** Returns null if the Directory fails or hangs, because metrics matter most while something is broken. */
const orNull = <T>(call: Promise<T>) => attempt(call, "directory");

/** Writes out what isolates have counted; a metric without a series is left out. */
function formatCounted({ counts, histograms }: CounterSums): string {
  const parts = Object.values<CountedMetric>(COUNTED).map((metric) => {
    const isOf = ([series]: readonly [string, unknown]) => series.split("{")[0] === metric.name;
    if (metric.bounds === undefined) return formatCounts(metric, Object.entries(counts).filter(isOf));
    return formatHistogram(metric, metric.bounds, Object.entries(histograms).filter(isOf));
  });
  return parts.join("");
}

/** Metrics of work that waits, with the age of the oldest. Ages count from the tenants' last reports (docs/metrics.md). */
function workMetrics(work: WorkFigures, overview: Overview | null): Metric[] {
  const now = Date.now();
  const age = (at: number | null) => (at === null ? 0 : Math.max(0, now - at) / 1_000);
  const running = (overview?.runningTasks ?? 0) - work.submitting - work.mirroring;
  const oldest = (name: string, what: string, at: number | null) =>
    gauge(`paddock_${name}_oldest_age_seconds`, `Age of the oldest ${what}; 0 if there is none.`, age(at));
  return [
    gauge("paddock_tasks", "Tasks that have not ended, by state.", [
      { labels: { state: "submitting" }, value: work.submitting },
      { labels: { state: "running" }, value: Math.max(0, running) },
      { labels: { state: "copying" }, value: work.mirroring },
    ]),
    oldest("submissions_waiting", "task that is not submitted yet", work.submissionAt),
    oldest("work_due", "due work", work.workAt),
    oldest("copies_waiting", "result file that is not copied yet", work.copyAt),
    oldest("webhook_deliveries_waiting", "webhook with an attempt left", work.deliveryAt),
    gauge("paddock_storage_bytes", "Size of all tenants' databases.", work.storageBytes),
    gauge(
      "paddock_incidents_open",
      "Open incidents by kind, as the operator's webhook announces them.",
      Object.entries(work.incidents).map(([kind, value]) => ({ labels: { kind }, value })),
    ),
  ];
}

function metric(type: Metric["type"]) {
  return (name: string, help: string, samples: number | readonly Sample[]): Metric => ({
    name,
    type,
    help,
    samples: typeof samples === "number" ? [{ value: samples }] : samples,
  });
}
const gauge = metric("gauge");
const counter = metric("counter");

function tenantMetrics({ tenants, balance, totals, ...sums }: Overview): Metric[] {
  const { tasks, credits, completed, failed, cancelled } = totals;
  return [
    gauge("paddock_tenants", "Tenants by status.", [
      { labels: { status: "active" }, value: tenants.active },
      { labels: { status: "suspended" }, value: tenants.suspended },
    ]),
    gauge("paddock_tasks_running", "Tasks that have not ended.", sums.runningTasks),
    counter("paddock_tasks_submitted_total", "Submissions accepted, of all time.", tasks),
    counter("paddock_tasks_ended_total", "Tasks by their ending, of all time.", [
      { labels: { ending: "completed" }, value: completed },
      { labels: { ending: "failed" }, value: failed },
      { labels: { ending: "cancelled" }, value: cancelled },
    ]),
    gauge("paddock_credits_held", "Credits held for tasks that have not ended.", sums.creditsHeld),
    gauge(
      "paddock_credits_captured",
      "Credits spent by tasks that have ended, of all time.",
      credits - sums.creditsHeld,
    ),
    gauge("paddock_balance_credits", "Sum of the tenants' balances, by their billing.", [
      { labels: { billing: "prepaid" }, value: balance.prepaid },
      { labels: { billing: "unmetered" }, value: balance.unmetered },
    ]),
    gauge("paddock_copies_waiting", "Result files on their way to R2.", sums.copiesWaiting),
    gauge("paddock_webhook_deliveries_waiting", "Webhooks with an attempt left.", sums.deliveriesWaiting),
    gauge("paddock_webhook_endpoints_disabled", "Endpoints that returned 410.", sums.webhooksDisabled),
    gauge("paddock_tenant_storage_bytes", "Size of the largest tenant's database.", sums.storage?.largestBytes ?? 0),
    gauge(
      "paddock_tenants_storage_high",
      "Tenants whose database is above 80 % of TENANT_STORAGE_MB.",
      sums.storage?.above80Percent ?? 0,
    ),
  ];
}

function troubleMetrics(c: AppContext, { masterKeys, problems }: Pick<Overview, "masterKeys" | "problems">): Metric[] {
  const keys = masterKeysNow(c, masterKeys);
  return [
    gauge(
      "paddock_master_key_usable",
      "1 if the upstream accepts this master key as far as is known. The label is a hash of the key.",
      keys.map(({ id, trouble }) => ({ labels: { master_key: id }, value: trouble === null ? 1 : 0 })),
    ),
    gauge(
      "paddock_master_key_trouble",
      "1 for the code under which the upstream refuses a master key: 20001, 20002, 20008, or 60001 out of credits.",
      keys.flatMap(({ id, trouble }) =>
        trouble === null ? [] : [{ labels: { master_key: id, code: String(trouble.code) }, value: 1 }],
      ),
    ),
    gauge(
      "paddock_last_problem_timestamp_seconds",
      "When a kind of trouble was last logged in the background.",
      problems.map(({ kind, at }) => ({ labels: { kind }, value: at / 1_000 })),
    ),
  ];
}
