/** The Prometheus text exposition format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */

/** Content-Type of the Prometheus text format. */
export const PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One value of a metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its samples. */
export interface Metric {
  /** Letters, digits and underscores. Counters end in `_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  /** One sentence. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** One histogram as it is stored: see `CounterSums`. */
export interface Histogram {
  /** Name and labels, as `seriesOf` writes them. */
  readonly series: string;
  readonly values: readonly number[];
}

/** Returns a metric's name with its labels, as it begins a sample's line. */
export function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  return name + formatLabels(labels);
}

/** Writes a histogram out: cumulative buckets, sum and count of each series. */
export function formatHistogram(
  { name, help }: Pick<Metric, "name" | "help">,
  bounds: readonly number[],
  histograms: readonly Histogram[],
): string {
  if (histograms.length === 0) return "";
  const lines = histograms.flatMap(({ series, values }) => {
    const labels = series.slice(name.length);
    let below = 0;
    const buckets = [...bounds.map(String), "+Inf"].map((le, index) => {
      below += values[index] ?? 0;
      return `${name}_bucket${withLabel(labels, "le", le)} ${below}`;
    });
    const sum = `${name}_sum${labels} ${formatValue(values[bounds.length + 1] ?? 0)}`;
    return [...buckets, sum, `${name}_count${labels} ${below}`];
  });
  return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} histogram`, ...lines, ""].join("\n");
}

function withLabel(labels: string, name: string, value: string): string {
  const pair = `${name}="${value}"`;
  return labels === "" ? `{${pair}}` : `${labels.slice(0, -1)},${pair}}`;
}

/** Writes a counter of stored series out. */
export function formatCounts(
  { name, help }: Pick<Metric, "name" | "help">,
  counts: readonly (readonly [series: string, value: number])[],
): string {
  if (counts.length === 0) return "";
  const lines = counts.map(([series, value]) => `${series} ${formatValue(value)}`);
  return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} counter`, ...lines, ""].join("\n");
}

/** Writes metrics out, each with its HELP and TYPE; one without samples is left out. */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels = {}, value }) => `${name}${formatLabels(labels)} ${formatValue(value)}`);
      return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
    })
    .join("");
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function formatValue(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
