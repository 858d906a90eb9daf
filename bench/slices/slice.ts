/**
 * One slice of a tenant: an object that admits tasks on its own as long as its grant lasts. It rejects a task only when
 * home has nothing left either.
 */
import {
  type Amounts,
  type Grant,
  greater,
  type Need,
  NOTHING,
  type Recall,
  type ToHome,
  type ToSlice,
} from "./messages.ts";

/** A simulated submission. `price` in credits, `at` in ms. */
export interface Submission {
  readonly id: number;
  readonly price: number;
  readonly at: number;
}

/** The result of a simulated submission. */
export type Answer = "admitted" | "no-credits" | "too-many" | "too-fast" | "come-again";

/** Retry-After of a submission that waited too long. */
const PATIENCE_MS = 3_000;
const ASK_RETRY_MS = 200;

interface Durable {
  /** What it was lent and has returned, since the beginning. */
  granted: Amounts;
  returned: Amounts;
  /** Credits of tasks that completed. */
  spent: number;
  /** Running tasks with what they hold. */
  readonly tasks: Map<number, number>;
}

/** How a slice sends messages and responds to submissions. */
export interface SliceHooks {
  readonly send: (message: ToHome) => void;
  readonly answer: (submission: Submission, answer: Answer) => void;
}

/** One slice of a split tenant, which decides with what it was lent. */
export class Slice {
  readonly #number: number;
  readonly #hooks: SliceHooks;
  /** For tests: a slice that treats each grant as a new one. */
  readonly #naive: boolean;
  readonly durable: Durable = { granted: NOTHING, returned: NOTHING, spent: 0, tasks: new Map() };
  #waiting: Submission[] = [];
  #tokens: { count: number; readonly expiresAt: number }[] = [];
  #ask: { readonly number: number; at: number } | null = null;
  #asks = 0;
  /** When it admitted, in the last second. */
  #recent: number[] = [];

  constructor(number: number, hooks: SliceHooks, naive = false) {
    this.#number = number;
    this.#hooks = hooks;
    this.#naive = naive;
  }

  /** Memory is gone, and with it the connections of who waited. */
  crash(): void {
    for (const submission of this.#waiting.splice(0)) this.#hooks.answer(submission, "come-again");
    this.#tokens = [];
    this.#ask = null;
  }

  /** Credits it could hold now. */
  get balance(): number {
    const { granted, returned, spent, tasks } = this.durable;
    return granted.credits - returned.credits - spent - [...tasks.values()].reduce((sum, held) => sum + held, 0);
  }

  get freeSlots(): number {
    const { granted, returned, tasks } = this.durable;
    return granted.slots - returned.slots - tasks.size;
  }

  submit(submission: Submission, now: number): void {
    this.#waiting.push(submission);
    this.#pump(now);
  }

  /** A task ended: completed, its price is spent; else its hold is released. */
  end(id: number, completed: boolean, now: number): void {
    const held = this.durable.tasks.get(id);
    if (held === undefined) return;
    this.durable.tasks.delete(id);
    if (completed) this.durable.spent += held;
    this.#pump(now);
  }

  receive(message: ToSlice, now: number): void {
    const { granted } = this.durable;
    this.durable.granted = this.#naive ? added(granted, message.granted) : greater(granted, message.granted);
    if (message.kind === "recall") this.#giveBack(message, now);
    else this.#granted(message, now);
  }

  /** Called every few ms. */
  tick(now: number): void {
    for (const late of this.#waiting.filter(({ at }) => now - at > PATIENCE_MS)) this.#settle(late, "come-again");
    if (this.#ask && now - this.#ask.at > ASK_RETRY_MS) this.#sendAsk(this.#ask.number, now);
    this.#pump(now);
  }

  #granted({ ask, tokens, exhausted, unavailable }: Grant, now: number): void {
    if (this.#ask?.number !== ask) return;
    this.#ask = null;
    if (tokens.count > 0) this.#tokens.push({ ...tokens });
    this.#admitAll(now);
    for (const submission of [...this.#waiting]) {
      const lacksCredits = this.balance < submission.price;
      if (unavailable) this.#settle(submission, "come-again");
      else if (exhausted.tokens && this.#tokensAt(now) < 1) this.#settle(submission, "too-fast");
      else if (exhausted.slots && this.freeSlots < 1) this.#settle(submission, "too-many");
      else if (exhausted.credits && lacksCredits) this.#settle(submission, "no-credits");
    }
    this.#pump(now);
  }

  /** Returns everything idle: what is here while a submission waits is not enough by itself. */
  #giveBack({ round }: Recall, now: number): void {
    const credits = Math.max(0, this.balance);
    const slots = Math.max(0, this.freeSlots);
    this.durable.returned = added(this.durable.returned, { credits, slots });
    const open = this.#ask === null ? null : { ask: this.#ask.number, need: this.#need(now) };
    this.#hooks.send({ kind: "returned", slice: this.#number, round, open, returned: this.durable.returned });
  }

  #pump(now: number): void {
    this.#admitAll(now);
    if (this.#waiting.length === 0 || this.#ask) return;
    this.#asks += 1;
    this.#sendAsk(this.#asks, now);
  }

  #sendAsk(number: number, now: number): void {
    this.#ask = { number, at: now };
    const { returned } = this.durable;
    this.#hooks.send({ kind: "ask", slice: this.#number, ask: number, need: this.#need(now), returned });
  }

  #need(now: number): Need {
    const price = this.#waiting.reduce((sum, submission) => sum + submission.price, 0);
    this.#recent = this.#recent.filter((at) => at > now - 1_000);
    return {
      credits: Math.max(0, price - this.balance),
      slots: Math.max(0, this.#waiting.length - this.freeSlots),
      tokens: Math.max(0, this.#waiting.length - this.#tokensAt(now)),
      tokensAhead: Math.ceil(this.#recent.length / 2),
    };
  }

  #admitAll(now: number): void {
    for (const submission of [...this.#waiting]) {
      if (this.#tokensAt(now) < 1 || this.freeSlots < 1) return;
      if (this.balance < submission.price) continue;
      const [oldest] = this.#tokens;
      if (oldest) oldest.count -= 1;
      this.#recent.push(now);
      this.durable.tasks.set(submission.id, submission.price);
      this.#settle(submission, "admitted");
    }
  }

  #tokensAt(now: number): number {
    this.#tokens = this.#tokens.filter(({ count, expiresAt }) => count > 0 && expiresAt > now);
    return this.#tokens.reduce((sum, { count }) => sum + count, 0);
  }

  #settle(submission: Submission, answer: Answer): void {
    this.#waiting = this.#waiting.filter(({ id }) => id !== submission.id);
    this.#hooks.answer(submission, answer);
  }
}

const added = (a: Amounts, b: Amounts): Amounts => ({ credits: a.credits + b.credits, slots: a.slots + b.slots });
