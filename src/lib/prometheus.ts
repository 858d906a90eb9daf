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

/** Returns a metric's name with its labels, as it begins a sample's line. */
export function seriesOf(name: string, labels: Readonly<Record<string, string>>): string {
  return name + formatLabels(labels);
}

/** Writes a histogram of stored series out: cumulative buckets, sum and count of each. */
export function formatHistogram(
  { name, help }: Pick<Metric, "name" | "help">,
  bounds: readonly number[],
  histograms: readonly (readonly [series: string, values: readonly number[]])[],
): string {
  const lines = histograms.flatMap(([series, values]) => {
    const labels = series.slice(name.length);
    let below = 0;
    const buckets = [...bounds.map(String), "+Inf"].map((le, index) => {
      below += values[index] ?? 0;
      return `${name}_bucket${withLabel(labels, "le", le)} ${below}`;
    });
    const sum = `${name}_sum${labels} ${formatValue(values[bounds.length + 1] ?? 0)}`;
    return [...buckets, sum, `${name}_count${labels} ${below}`];
  });
  return formatLines(name, "histogram", help, lines);
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
  const lines = counts.map(([series, value]) => `${series} ${formatValue(value)}`);
  return formatLines(name, "counter", help, lines);
}

/** Writes metrics out, each with its HELP and TYPE; one without samples is left out. */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels = {}, value }) => `${name}${formatLabels(labels)} ${formatValue(value)}`);
      return formatLines(name, type, help, lines);
    })
    .join("");
}

/** Writes a metric's HELP and TYPE above the lines of its samples; a metric without samples is left out. */
function formatLines(name: string, type: string, help: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
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
