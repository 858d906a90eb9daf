import { type CountedFault, type Fault, type FaultTarget, parseFault, readFault } from "./faults.ts";

/** Which requests a rule strikes: those for which every given field holds. */
export interface FaultMatch {
  /** account name */
  readonly account?: string;
  /** master key */
  readonly key?: string;
  readonly taskId?: string;
  readonly model?: string;
  /** a piece of the prompt */
  readonly prompt?: string;
  readonly idempotencyKey?: string;
  /** HTTP method (files) */
  readonly method?: string;
  /** index of the result (files) */
  readonly index?: number;
}

const MATCH_FIELDS = new Set(["account", "key", "taskId", "model", "prompt", "idempotencyKey", "method", "index"]);

/** A fault for the whole server, as given to `POST /_sim/faults`. */
export interface FaultRuleInput {
  readonly on: FaultTarget;
  /** object form, or text form `kind[-after][:argument][@delayMs][*times]` */
  readonly fault: Fault | string;
  /** strike this many requests, then stop; default: until deleted */
  readonly times?: number;
  /** let this many matching requests pass first */
  readonly skip?: number;
  /** 0–1: strike only this share of the matching requests */
  readonly probability?: number;
  readonly match?: FaultMatch;
}

/** A rule in force. `struck` counts the requests it hit. */
export interface FaultRule {
  readonly id: string;
  readonly on: FaultTarget;
  readonly fault: Fault;
  readonly match: FaultMatch;
  readonly probability: number;
  timesLeft: number;
  skipLeft: number;
  struck: number;
}

/** What is known about a request when its fault is chosen. */
export type FaultSubject = { readonly [Field in keyof FaultMatch]: FaultMatch[Field] | undefined };

/** The faults in force for the whole server, and those that tasks brought along in their prompts. */
export class FaultRules {
  readonly #random: () => number;
  #rules: FaultRule[] = [];
  #spent = new Map<string, number>();
  #nextId = 1;

  /** @param random returns 0 ≤ x < 1; decides for rules with a probability */
  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Puts a rule in force.
   * @throws TypeError if the fault is not one for its target
   */
  add(input: FaultRuleInput): FaultRule {
    if (!["generate", "query", "file"].includes(input.on)) throw new TypeError("on must be generate, query or file");
    const unknown = Object.keys(input.match ?? {}).find((field) => !MATCH_FIELDS.has(field));
    if (unknown !== undefined) throw new TypeError(`match knows no ${unknown}`);
    const counted: CountedFault =
      typeof input.fault === "string" ? parseFault(input.fault, input.on) : { fault: readFault(input.fault, input.on) };
    const rule: FaultRule = {
      id: String(this.#nextId++),
      on: input.on,
      fault: counted.fault,
      match: input.match ?? {},
      probability: input.probability ?? 1,
      timesLeft: input.times ?? counted.times ?? Number.POSITIVE_INFINITY,
      skipLeft: input.skip ?? 0,
      struck: 0,
    };
    this.#rules.push(rule);
    return { ...rule };
  }

  /** Takes one rule out of force, or all of them. */
  remove(id?: string): void {
    this.#rules = id === undefined ? [] : this.#rules.filter((rule) => rule.id !== id);
  }

  /** The rules put in force so far and not removed, used up or not. */
  list(): FaultRule[] {
    return this.#rules.map((rule) => ({ ...rule }));
  }

  /**
   * Chooses what strikes a request: the first matching rule of the server, else the next of the task's own faults.
   * @param own the task's own faults for this target, from its prompt
   * @param ownId names the task and target, to count how often its own faults struck
   */
  choose(on: FaultTarget, subject: FaultSubject, own: readonly CountedFault[], ownId: string): Fault | undefined {
    for (const rule of this.#rules) {
      if (rule.on !== on || rule.timesLeft <= 0 || !matches(rule.match, subject)) continue;
      if (rule.skipLeft > 0) {
        rule.skipLeft--;
        continue;
      }
      if (rule.probability < 1 && this.#random() >= rule.probability) continue;
      rule.timesLeft--;
      rule.struck++;
      return rule.fault;
    }
    return this.#nextOwn(own, ownId);
  }

  #nextOwn(own: readonly CountedFault[], ownId: string): Fault | undefined {
    if (own.length === 0) return undefined;
    const spent = this.#spent.get(ownId) ?? 0;
    this.#spent.set(ownId, spent + 1);
    let first = 0;
    for (const { fault, times } of own) {
      if (times === undefined || spent < first + times) return fault;
      first += times;
    }
    return undefined;
  }
}

function matches(match: FaultMatch, subject: FaultSubject): boolean {
  const { prompt, ...exact } = match;
  if (prompt !== undefined && !(subject.prompt ?? "").includes(prompt)) return false;
  return Object.entries(exact).every(([field, value]) => subject[field as keyof FaultMatch] === value);
}
