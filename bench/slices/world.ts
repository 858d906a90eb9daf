/**
 * A world of one home and its slices with random load, a network that delays, loses and doubles, clocks that differ and
 * objects that crash; and an observer who sees everything at once and holds the sum against the tenant's limits.
 */
import { Home } from "./home.ts";
import type { ToHome, ToSlice } from "./messages.ts";
import { OneObject } from "./one-object.ts";
import { type Answer, Slice, type Submission } from "./slice.ts";

/** Load, limits and faults of one simulation. */
export interface WorldOptions {
  readonly seed: number;
  readonly slices: number;
  readonly seconds: number;
  /** The tenant's limits. */
  readonly slots: number;
  readonly perMinute: number;
  readonly credits: number;
  /** Submissions a second, over all slices. */
  readonly arrivals: number;
  /** Share of the load that goes to slice 0, the rest to all evenly. */
  readonly hot: number;
  /** Chances a message is lost or doubled, and a crash of any one object a second. */
  readonly loss: number;
  readonly doubling: number;
  readonly crashes: number;
  /** For tests: break the protocol in one way, to see that the observer notices. */
  readonly sabotage?: "naive-slices" | "forgetful-home";
}

/** What one simulation has observed. */
export interface Outcome {
  readonly submissions: number;
  readonly answers: Readonly<Record<Answer, number>>;
  readonly crashes: number;
  readonly messages: number;
  /** The most tasks that ran at once, and the fullest that a token bucket over all slices would have been. */
  readonly mostRunning: number;
  readonly fullestBucket: number;
  /** How many of the same submissions one object without faults would have admitted. */
  readonly ideal: number;
  readonly credited: number;
  readonly spent: number;
  /** What home has once everything idle has come back. */
  readonly balance: number;
  /** Every breach of a limit or of the ledger; empty if the plan is right. */
  readonly breaches: readonly string[];
}

interface Fate {
  readonly ms: number;
  readonly completed: boolean;
}

const STEP_MS = 5;
const DELAY_MS = { least: 1, most: 40 } as const;
const CLOCK_SKEW_MS = 40;
const TASK_MS = { least: 200, most: 4_000 } as const;
const TOP_UP_EVERY_MS = 5_000;
const QUIET_MS = 20_000;

/** Small, fast and repeatable (mulberry32). @returns numbers from 0 to 1 */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs one simulation to its end. */
export function runWorld(options: WorldOptions): Outcome {
  return new World(options).run();
}

class World {
  readonly #options: WorldOptions;
  readonly #random: () => number;
  readonly #home: Home;
  readonly #one: OneObject;
  /** What will become of each submission, should it be admitted. */
  readonly #fates = new Map<number, Fate>();
  readonly #slices: Slice[];
  readonly #skews: number[];
  readonly #events = new Map<number, (() => void)[]>();
  readonly #answers: Record<Answer, number> = {
    admitted: 0,
    "no-credits": 0,
    "too-many": 0,
    "too-fast": 0,
    "come-again": 0,
  };
  readonly #breaches: string[] = [];
  #now = 0;
  #quiet = false;
  #submissions = 0;
  #crashes = 0;
  #messages = 0;
  #running = 0;
  #mostRunning = 0;
  #used = 0;
  #usedAt = 0;
  #fullest = 0;
  #spent = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = randomSource(options.seed);
    const limits = { slots: options.slots, bucket: options.perMinute, tokensPerMs: options.perMinute / 60_000 };
    this.#home = new Home(limits, options.slices, (slice, message) => this.#toSlice(slice, message), 0);
    this.#one = new OneObject(limits);
    this.#credit(options.credits);
    const numbers = Array.from({ length: options.slices }, (_, number) => number);
    this.#skews = numbers.map(() => (this.#random() * 2 - 1) * CLOCK_SKEW_MS);
    const naive = options.sabotage === "naive-slices";
    this.#slices = numbers.map((number) => {
      const answer = (submission: Submission, said: Answer) => this.#answered(number, submission, said);
      return new Slice(number, { send: (message) => this.#toHome(message), answer }, naive);
    });
  }

  run(): Outcome {
    const { seconds, arrivals, crashes, credits } = this.#options;
    for (; this.#now < seconds * 1_000; this.#now += STEP_MS) {
      let due = (arrivals * STEP_MS) / 1_000;
      for (; due > 0; due -= 1) if (this.#random() < due) this.#arrive();
      if (this.#random() < (crashes * STEP_MS) / 1_000) this.#crash();
      if (this.#now % TOP_UP_EVERY_MS === 0 && this.#now > 0) this.#credit(Math.ceil(credits / 10));
      this.#step();
    }
    // Nothing new, no faults: what was begun ends, and everything idle is called home.
    this.#quiet = true;
    for (const end = this.#now + QUIET_MS; this.#now < end; this.#now += STEP_MS) this.#step();
    this.#callHome();
    for (const end = this.#now + QUIET_MS; this.#now < end; this.#now += STEP_MS) this.#step();
    return this.#outcome();
  }

  #step(): void {
    const due = this.#events.get(this.#now) ?? [];
    this.#events.delete(this.#now);
    for (const event of due) event();
    this.#home.tick(this.#now);
    for (const [number, slice] of this.#slices.entries()) slice.tick(this.#clockOf(number));
    this.#checkBooks();
  }

  #at(ms: number, event: () => void): void {
    const at = Math.max(this.#now + STEP_MS, Math.ceil((this.#now + ms) / STEP_MS) * STEP_MS);
    const events = this.#events.get(at) ?? [];
    events.push(event);
    this.#events.set(at, events);
  }

  #clockOf(slice: number): number {
    return this.#now + (this.#skews[slice] ?? 0);
  }

  #between({ least, most }: { readonly least: number; readonly most: number }): number {
    return least + this.#random() * (most - least);
  }

  #deliver(event: () => void): void {
    this.#messages += 1;
    const { loss, doubling } = this.#options;
    if (!this.#quiet && this.#random() < loss) return;
    this.#at(this.#between(DELAY_MS), event);
    if (!this.#quiet && this.#random() < doubling) this.#at(this.#between(DELAY_MS) * 20, event);
  }

  #toSlice(slice: number, message: ToSlice): void {
    this.#deliver(() => this.#slices[slice]?.receive(message, this.#clockOf(slice)));
  }

  #toHome(message: ToHome): void {
    this.#deliver(() => this.#home.receive(message, this.#now));
  }

  #arrive(): void {
    const { slices, hot } = this.#options;
    const slice = this.#random() < hot ? 0 : Math.floor(this.#random() * slices);
    this.#submissions += 1;
    const price = 1 + Math.floor(this.#random() * 20);
    const fate: Fate = { ms: this.#between(TASK_MS), completed: this.#random() < 0.9 };
    this.#fates.set(this.#submissions, fate);
    if (this.#one.submit(price, this.#now)) this.#at(fate.ms, () => this.#one.end(price, fate.completed));
    const at = this.#clockOf(slice);
    this.#slices[slice]?.submit({ id: this.#submissions, price, at }, at);
  }

  #credit(credits: number): void {
    this.#home.credit(credits);
    this.#one.credit(credits);
  }

  #crash(): void {
    this.#crashes += 1;
    const victim = Math.floor(this.#random() * (this.#options.slices + 1)) - 1;
    this.#slices[victim]?.crash();
    if (victim >= 0) return;
    this.#home.crash(this.#now);
    if (this.#options.sabotage === "forgetful-home") this.#home.forgetLoans();
  }

  #answered(slice: number, { id, price }: Submission, answer: Answer): void {
    this.#answers[answer] += 1;
    if (answer === "admitted") this.#admitted(slice, id, price);
  }

  /** The observer: one more task, held against what the whole tenant may have. */
  #admitted(slice: number, id: number, price: number): void {
    const { slots, perMinute } = this.#options;
    this.#running += 1;
    this.#mostRunning = Math.max(this.#mostRunning, this.#running);
    if (this.#running > slots) this.#breach(`${this.#running} tasks at once, ${slots} are allowed`);
    this.#used = Math.max(0, this.#used - ((this.#now - this.#usedAt) * perMinute) / 60_000) + 1;
    this.#usedAt = this.#now;
    this.#fullest = Math.max(this.#fullest, this.#used);
    if (this.#used > perMinute + 1e-6) this.#breach(`${this.#used} requests from a bucket of ${perMinute}`);
    const { ms, completed } = this.#fates.get(id) ?? { ms: 0, completed: true };
    this.#at(ms, () => {
      this.#running -= 1;
      if (completed) this.#spent += price;
      this.#slices[slice]?.end(id, completed, this.#clockOf(slice));
    });
  }

  /** The balances at every moment: none is negative, and no slice has more than home has lent. */
  #checkBooks(): void {
    const { credits, slots } = this.#home.free();
    if (credits < 0 || slots < 0) this.#breach(`home has lent ${-credits} credits and ${-slots} slots too many`);
    let held = 0;
    for (const [number, slice] of this.#slices.entries()) {
      if (slice.balance < 0 || slice.freeSlots < 0) this.#breach(`slice ${number} is overdrawn`);
      for (const price of slice.durable.tasks.values()) held += price;
      held += slice.durable.spent;
    }
    if (held > this.#home.credited)
      this.#breach(`${held} credits are held or spent, ${this.#home.credited} were given`);
  }

  #callHome(): void {
    for (const [number, slice] of this.#slices.entries()) {
      slice.receive({ kind: "recall", round: -1, granted: slice.durable.granted }, this.#clockOf(number));
    }
  }

  #outcome(): Outcome {
    const { credits: balance, slots } = this.#home.free();
    const expected = this.#home.credited - this.#spent;
    if (balance !== expected) this.#breach(`the balance is ${balance}, the books say ${expected}`);
    if (slots !== this.#options.slots) this.#breach(`${this.#options.slots - slots} slots were lost`);
    const answered = Object.values(this.#answers).reduce((sum, count) => sum + count, 0);
    if (answered !== this.#submissions) this.#breach(`${this.#submissions - answered} submissions got no answer`);
    return {
      submissions: this.#submissions,
      answers: this.#answers,
      crashes: this.#crashes,
      messages: this.#messages,
      mostRunning: this.#mostRunning,
      fullestBucket: this.#fullest,
      ideal: this.#one.admitted,
      credited: this.#home.credited,
      spent: this.#spent,
      balance,
      breaches: this.#breaches,
    };
  }

  #breach(what: string): void {
    if (this.#breaches.length < 20) this.#breaches.push(`${this.#now} ms: ${what}`);
  }
}
