/** Evaluates the alert rules of ops/alerts.yaml over scrapes: the part of PromQL that they use, and nothing else. */

/** One value with its labels. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One scrape; `samples` is null if the gateway did not answer. */
export interface Scrape {
  /** ms since epoch. */
  readonly at: number;
  readonly samples: readonly Sample[] | null;
}

/** A rule of ops/alerts.yaml. */
export interface AlertRule {
  readonly name: string;
  readonly expr: string;
}

/** @returns the rules in the text of ops/alerts.yaml */
export function readRules(yaml: string): AlertRule[] {
  return [...yaml.matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)].map(([, name = "", expr = ""]) => ({ name, expr }));
}

/** @returns the samples of a text exposition, which tests hold to the format */
export function readSamples(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value = ""] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === undefined
      ? []
      : [{ name, labels: pairsOf(labels), value: Number(value.replace("Inf", "Infinity")) }];
  });
}

/**
 * Returns true if the rule's condition holds at the last scrape. The time for which it has to hold (`for`) is ignored.
 *
 * @param scrapes oldest first
 * @param windowMs in place of every range of the rules, because a run is short
 * @throws SyntaxError for an expression beyond the part that is understood
 */
export function isFiring({ expr }: AlertRule, scrapes: readonly Scrape[], windowMs: number): boolean {
  const evaluator = new Evaluator(expr, scrapes, windowMs);
  return evaluator.comparison().length > 0;
}

type Vector = readonly Omit<Sample, "name">[];

class Evaluator {
  readonly #tokens: string[];
  readonly #scrapes: readonly Scrape[];
  readonly #windowMs: number;
  readonly #expr: string;

  constructor(expr: string, scrapes: readonly Scrape[], windowMs: number) {
    this.#expr = expr;
    this.#tokens = expr.match(/"[^"]*"|[a-z_]+|[\d.]+m?|=~|==|[{}()[\],=<>/]/g) ?? [];
    this.#scrapes = scrapes;
    this.#windowMs = windowMs;
  }

  comparison(): Vector {
    let left = this.#operand();
    if (this.#take("/")) left = divided(left, this.#operand());
    const operator = this.#next();
    const limit = Number(this.#next());
    if (this.#tokens.length > 0 || Number.isNaN(limit)) this.#fail();
    if (operator === ">") return left.filter(({ value }) => value > limit);
    if (operator === "==") return left.filter(({ value }) => value === limit);
    return this.#fail();
  }

  #operand(): Vector {
    const name = this.#next();
    if (name === "sum" || name === "max") {
      const by = this.#take("by") ? this.#names() : [];
      return aggregated(
        name,
        by,
        this.#inParentheses(() => this.#operand()),
      );
    }
    if (name === "rate") return this.#inParentheses(() => this.#rate(this.#next()));
    if (name === "histogram_quantile") {
      return this.#inParentheses(() => {
        const part = Number(this.#next());
        this.#expect(",");
        return quantiles(part, this.#operand());
      });
    }
    return this.#select(this.#scrapes.at(-1), name, this.#matchers());
  }

  /** The increase over the window, per second; a counter that fell began anew. */
  #rate(name: string): Vector {
    const matches = this.#matchers();
    this.#expect("[");
    this.#next();
    this.#expect("]");
    const last = this.#scrapes.findLast(({ samples }) => samples !== null);
    const from = (this.#scrapes.at(-1)?.at ?? 0) - this.#windowMs;
    const first = this.#scrapes.find(({ at, samples }) => samples !== null && at >= from);
    if (last === undefined || first === undefined || last.at <= first.at) return [];
    const before = new Map(this.#select(first, name, matches).map((one) => [keyOf(one.labels), one.value]));
    return this.#select(last, name, matches).map(({ labels, value }) => {
      const earlier = before.get(keyOf(labels)) ?? 0;
      return { labels, value: ((value < earlier ? value : value - earlier) * 1_000) / (last.at - first.at) };
    });
  }

  #select(scrape: Scrape | undefined, name: string, matches: (labels: Sample["labels"]) => boolean): Vector {
    if (name === "up") return [{ labels: {}, value: scrape?.samples ? 1 : 0 }];
    return (scrape?.samples ?? []).filter((sample) => sample.name === name && matches(sample.labels));
  }

  #matchers(): (labels: Sample["labels"]) => boolean {
    const conditions: ((labels: Sample["labels"]) => boolean)[] = [];
    if (!this.#take("{")) return () => true;
    while (!this.#take("}")) {
      const label = this.#next();
      const operator = this.#next();
      const value = this.#next().slice(1, -1);
      const pattern = new RegExp(`^(?:${value})$`);
      conditions.push((labels) => (operator === "=~" ? pattern.test(labels[label] ?? "") : labels[label] === value));
      this.#take(",");
    }
    return (labels) => conditions.every((condition) => condition(labels));
  }

  #names(): string[] {
    return this.#inParentheses(() => {
      const names = [this.#next()];
      while (this.#take(",")) names.push(this.#next());
      return names;
    });
  }

  #inParentheses<T>(read: () => T): T {
    this.#expect("(");
    const value = read();
    this.#expect(")");
    return value;
  }

  #take(token: string): boolean {
    if (this.#tokens[0] !== token) return false;
    this.#tokens.shift();
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) this.#fail();
  }

  #next(): string {
    return this.#tokens.shift() ?? this.#fail();
  }

  #fail(): never {
    throw new SyntaxError(`not understood: ${this.#expr}`);
  }
}

function aggregated(how: "sum" | "max", by: readonly string[], vector: Vector): Vector {
  const groups = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const { labels, value } of vector) {
    const kept = Object.fromEntries(by.map((name) => [name, labels[name] ?? ""]));
    const known = groups.get(keyOf(kept));
    if (known === undefined) groups.set(keyOf(kept), { labels: kept, value });
    else known.value = how === "sum" ? known.value + value : Math.max(known.value, value);
  }
  return [...groups.values()];
}

function divided(left: Vector, right: Vector): Vector {
  const divisors = new Map(right.map(({ labels, value }) => [keyOf(labels), value]));
  return left.flatMap(({ labels, value }) => {
    const divisor = divisors.get(keyOf(labels));
    return divisor === undefined ? [] : [{ labels, value: value / divisor }];
  });
}

/** The upper bound of the bucket that has the quantile: as exact as an alert's limit has to be. */
function quantiles(part: number, buckets: Vector): Vector {
  const sorted = buckets.toSorted((one, other) => boundOf(one) - boundOf(other));
  const total = sorted.at(-1)?.value ?? 0;
  const found = sorted.find(({ value }) => total > 0 && value >= part * total);
  return found === undefined ? [] : [{ labels: {}, value: boundOf(found) }];
}

function boundOf({ labels }: Omit<Sample, "name">): number {
  return Number(labels.le?.replace("Inf", "Infinity"));
}

function keyOf(labels: Sample["labels"]): string {
  return JSON.stringify(Object.entries(labels).toSorted());
}

function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
}
