/**
 * A strict reader of the Prometheus text format (version 0.0.4) that also holds names to Prometheus' conventions, as
 * `promtool check metrics` does: whatever is not as it should be throws.
 */

/** One sample with its labels. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric as it was exposed. */
export interface ExposedMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: ExposedSample[];
}

const NAME = /^[a-z][a-z0-9_]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const PAIR = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const VALUE = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;
/** Units and other endings that promtool warns about. */
const ABBREVIATED = /_(?:s|ms|us|ns|sec|secs|b|kb|mb|bytes_total_total|pct|percent)(?:_total)?$/;

/** @throws Error that quotes the first line that is wrong */
export function readExposition(text: string): Map<string, ExposedMetric> {
  if (!text.endsWith("\n")) throw new Error("the last line must end with a line feed");
  const metrics = new Map<string, ExposedMetric>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | null = null;
  let current: ExposedMetric | null = null;
  for (const line of text.slice(0, -1).split("\n")) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    if (line.startsWith("# HELP ")) {
      const [, name = "", words = ""] = /^# HELP (\S+) (.+)$/.exec(line) ?? fail("malformed HELP");
      help = { name, text: words };
    } else if (line.startsWith("# TYPE ")) {
      const [, name = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? fail("malformed TYPE");
      if (help?.name !== name) fail("no HELP before TYPE");
      if (metrics.has(name)) fail("a metric twice");
      if (!NAME.test(name) || name.includes("__")) fail("not snake case");
      if ((type === "counter") !== name.endsWith("_total")) fail("`_total` is for counters, and for each of them");
      if (ABBREVIATED.test(name)) fail("no base unit");
      if (/_(?:bucket|count|sum|info)$/.test(name)) fail("a reserved ending");
      current = { name, type: type as ExposedMetric["type"], help: help?.text ?? "", samples: [] };
      metrics.set(name, current);
    } else {
      const [, name = "", labelText, value = ""] = SAMPLE.exec(line) ?? fail("malformed sample");
      if (current === null) throw new Error(`a sample without a metric: ${line}`);
      const base = current.type === "histogram" ? name.replace(/_(?:bucket|sum|count)$/, "") : name;
      if (base !== current.name) fail(`not a sample of ${current.name}`);
      if (!VALUE.test(value)) fail("not a value");
      const labels = readLabels(labelText, fail);
      const id = `${name} ${JSON.stringify(Object.entries(labels).toSorted())}`;
      if (seen.has(id)) fail("a series twice");
      seen.add(id);
      const number = Number(value.replace("Inf", "Infinity"));
      if (current.type !== "gauge" && !(number >= 0)) fail("a negative count");
      current.samples.push({ name, labels, value: number });
    }
  }
  for (const metric of metrics.values()) {
    if (metric.samples.length === 0) throw new Error(`${metric.name} has no sample`);
    if (metric.type === "histogram") checkHistogram(metric);
  }
  return metrics;
}

function readLabels(text: string | undefined, fail: (why: string) => never): Record<string, string> {
  const labels: Record<string, string> = {};
  if (text === undefined) return labels;
  PAIR.lastIndex = 0;
  for (let position = 0; position < text.length; position = PAIR.lastIndex) {
    PAIR.lastIndex = position;
    const [, name = "", value = ""] = PAIR.exec(text) ?? fail("malformed labels");
    if (name.startsWith("__") || name in labels) fail("a reserved or repeated label");
    labels[name] = value.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return labels;
}

/** Buckets are cumulative, end with +Inf, and agree with the count. */
function checkHistogram({ name, samples }: ExposedMetric): void {
  const series = new Map<string, { buckets: [number, number][]; count?: number; sum?: number }>();
  for (const sample of samples) {
    const { le, ...rest } = sample.labels;
    const id = JSON.stringify(Object.entries(rest).toSorted());
    const one = series.get(id) ?? { buckets: [] };
    series.set(id, one);
    if (sample.name === `${name}_count`) one.count = sample.value;
    else if (sample.name === `${name}_sum`) one.sum = sample.value;
    else one.buckets.push([Number(le?.replace("Inf", "Infinity")), sample.value]);
  }
  for (const [id, { buckets, count, sum }] of series) {
    const fail = (why: string) => new Error(`${name}${id}: ${why}`);
    if (count === undefined || sum === undefined) throw fail("sum or count is missing");
    if (buckets.at(-1)?.[0] !== Number.POSITIVE_INFINITY) throw fail("the last bucket is not +Inf");
    if (buckets.at(-1)?.[1] !== count) throw fail("+Inf differs from the count");
    for (const [index, [bound, below]] of buckets.entries()) {
      const before = buckets[index - 1];
      if (before && (before[0] >= bound || before[1] > below)) throw fail("buckets are not in order or not cumulative");
    }
  }
}
