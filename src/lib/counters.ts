/** Counters and histograms that are summed somewhere else: kept as increments until they are taken. */

/**
 * Increments by series (a metric's name with its labels, as Prometheus writes it). A histogram has one count for each
 * bucket (not cumulative), one for what is above the last bound, and the sum of the values.
 */
export interface CounterSums {
  readonly counts: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, readonly number[]>>;
}

/** Counts until `take`. */
export class Counters {
  readonly #maxSeries: number;
  #counts = new Map<string, number>();
  #histograms = new Map<string, number[]>();

  /** @param maxSeries series beyond this number are not counted: a bound of memory, far above what the callers name */
  constructor(maxSeries = 1_000) {
    this.#maxSeries = maxSeries;
  }

  /** True if nothing was counted since the last `take`. */
  get isEmpty(): boolean {
    return this.#counts.size + this.#histograms.size === 0;
  }

  /** @param most a new series is counted while there are fewer than this. @returns false if it was not counted */
  add(series: string, by = 1, most = this.#maxSeries): boolean {
    const known = this.#counts.get(series);
    if (known === undefined && this.#counts.size >= most) return false;
    this.#counts.set(series, (known ?? 0) + by);
    return true;
  }

  /** @param bounds upper bounds of the buckets, in order; the same for every call with this series */
  observe(series: string, bounds: readonly number[], value: number): void {
    const first = bounds.findIndex((bound) => value <= bound);
    const values = new Array<number>(bounds.length + 2).fill(0);
    values[first === -1 ? bounds.length : first] = 1;
    values[bounds.length + 1] = value;
    this.#addValues(series, values);
  }

  /** Adds increments that were taken here or elsewhere. */
  merge({ counts, histograms }: CounterSums): void {
    for (const [series, by] of Object.entries(counts)) this.add(series, by);
    for (const [series, values] of Object.entries(histograms)) this.#addValues(series, values);
  }

  /** @returns all increments since the last call, and begins anew; null if there are none */
  take(): CounterSums | null {
    if (this.isEmpty) return null;
    const sums = { counts: Object.fromEntries(this.#counts), histograms: Object.fromEntries(this.#histograms) };
    this.#counts = new Map();
    this.#histograms = new Map();
    return sums;
  }

  #addValues(series: string, values: readonly number[]): void {
    const known = this.#histograms.get(series);
    if (known === undefined && this.#histograms.size >= this.#maxSeries) return;
    // Other bounds, of another version of the code, begin anew.
    const added =
      known?.length === values.length ? known.map((value, index) => value + (values[index] ?? 0)) : [...values];
    this.#histograms.set(series, added);
  }
}

/** Returns the value below which a part of a histogram's values lie, interpolated within its bucket; null if it is empty. */
export function quantile(values: readonly number[], bounds: readonly number[], part: number): number | null {
  const total = values.slice(0, bounds.length + 1).reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (const [index, bound] of bounds.entries()) {
    const count = values[index] ?? 0;
    if (count > 0 && below + count >= part * total) {
      const lower = bounds[index - 1] ?? 0;
      return lower + ((bound - lower) * (part * total - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1) ?? null;
}
