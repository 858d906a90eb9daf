/**
 * The tenant's home object: it owns the balance and the limits, lends parts of them to slices, and knows at any time the
 * most that can be out. What is `durable` is written before a message leaves (output gate); all else is lost in a crash.
 */
import { type Amounts, type Ask, greater, NOTHING, type Returned, type ToHome, type ToSlice } from "./messages.ts";

/** The limits that home lends to the slices. */
export interface HomeLimits {
  readonly slots: number;
  /** The token bucket's size, and its refill a ms. */
  readonly bucket: number;
  readonly tokensPerMs: number;
}

/** Tokens lent are void after this; short, because what a slice does not use is lost. */
const TOKEN_LIFE_MS = 1_000;
/** Clocks of two objects differ by less than half of this. */
const CLOCK_MARGIN_MS = 100;
/** A recall without all responses by then ends in "retry later". */
const RECALL_PATIENCE_MS = 1_500;
const RECALL_RETRY_MS = 150;
/** Beyond what it needs now a slice is lent this part of what is free, so that it need not ask for each request. */
const HEADROOM = 1 / 128;

interface Account {
  granted: Amounts;
  returned: Amounts;
}

interface Outstanding {
  readonly count: number;
  readonly until: number;
}

interface Round {
  readonly number: number;
  readonly missing: Set<number>;
  readonly startedAt: number;
  askedAt: number;
}

/** The object that owns a split tenant's balance, slots and tokens (docs/scaling.md). */
export class Home {
  readonly #limits: HomeLimits;
  readonly #send: (slice: number, message: ToSlice) => void;
  readonly #durable: { credited: number; readonly accounts: Account[] };
  /** By slice, in the order in which they were asked. */
  readonly #asks = new Map<number, Ask>();
  #round: Round | null = null;
  #rounds = 0;
  #level: number;
  #levelAt: number;
  #outstanding: Outstanding[] = [];

  constructor(limits: HomeLimits, slices: number, send: (slice: number, message: ToSlice) => void, now: number) {
    this.#limits = limits;
    this.#send = send;
    const accounts = Array.from({ length: slices }, () => ({ granted: NOTHING, returned: NOTHING }));
    this.#durable = { credited: 0, accounts };
    this.#level = limits.bucket;
    this.#levelAt = now;
  }

  /** The operator gives credits. */
  credit(credits: number): void {
    this.#durable.credited += credits;
  }

  /** Memory is gone. Tokens that may still be out are waited for, and the bucket starts empty: too few, never too many. */
  crash(now: number): void {
    this.#asks.clear();
    this.#round = null;
    this.#outstanding = [];
    this.#level = 0;
    this.#levelAt = now + TOKEN_LIFE_MS + CLOCK_MARGIN_MS;
  }

  /** For tests: a home that loses what it lent. */
  forgetLoans(): void {
    for (const account of this.#durable.accounts) account.granted = account.returned;
  }

  get credited(): number {
    return this.#durable.credited;
  }

  /** Credits and slots that are not lent. */
  free(): Amounts {
    let { credited: credits } = this.#durable;
    let { slots } = this.#limits;
    for (const { granted, returned } of this.#durable.accounts) {
      credits -= granted.credits - returned.credits;
      slots -= granted.slots - returned.slots;
    }
    return { credits, slots };
  }

  receive(message: ToHome, now: number): void {
    const account = this.#account(message.slice);
    account.returned = greater(account.returned, message.returned);
    if (message.kind === "ask") this.#asks.set(message.slice, message);
    else this.#arrived(message);
    this.#answer(now);
  }

  /** Called every few ms. */
  tick(now: number): void {
    const round = this.#round;
    if (round && now - round.startedAt > RECALL_PATIENCE_MS) {
      this.#round = null;
      this.#answerAll(now, true);
    } else if (round && now - round.askedAt > RECALL_RETRY_MS) {
      this.#sendRecalls(round, now);
    }
    this.#answer(now);
  }

  #arrived({ slice, round, open, returned }: Returned): void {
    if (open) this.#asks.set(slice, { kind: "ask", slice, ...open, returned });
    if (this.#round?.number === round) this.#round.missing.delete(slice);
  }

  /** Grants every request that fits; for one that does not, recalls everything idle and then responds to all. */
  #answer(now: number): void {
    // After a crash it is unknown how many tokens are lent.
    if (now < this.#levelAt) return;
    if (this.#round !== null) {
      if (this.#round.missing.size > 0) return;
      this.#round = null;
      this.#answerAll(now, false);
      return;
    }
    for (const ask of this.#asks.values()) {
      if (this.#isLacking(ask)) this.#startRound(now);
      else this.#grant(ask, now, false);
      if (this.#round !== null) return;
    }
  }

  /** What a round has found holds for everyone who asked before its end. */
  #answerAll(now: number, unavailable: boolean): void {
    for (const ask of this.#asks.values()) this.#grant(ask, now, unavailable && this.#isLacking(ask));
  }

  #isLacking({ need }: Ask): boolean {
    const free = this.free();
    return free.credits < need.credits || free.slots < need.slots;
  }

  #startRound(now: number): void {
    this.#rounds += 1;
    const holders = this.#durable.accounts.flatMap(({ granted, returned }, slice) =>
      granted.slots > returned.slots || granted.credits > returned.credits ? [slice] : [],
    );
    this.#round = { number: this.#rounds, missing: new Set(holders), startedAt: now, askedAt: now };
    this.#sendRecalls(this.#round, now);
  }

  #sendRecalls(round: Round, now: number): void {
    round.askedAt = now;
    for (const slice of round.missing) {
      this.#send(slice, { kind: "recall", round: round.number, granted: this.#account(slice).granted });
    }
  }

  #grant({ slice, ask, need }: Ask, now: number, unavailable: boolean): void {
    this.#asks.delete(slice);
    const account = this.#account(slice);
    const free = this.free();
    const lend = (wanted: number, there: number) =>
      wanted === 0 ? 0 : Math.max(0, Math.min(there, Math.max(wanted, Math.floor(there * HEADROOM))));
    const credits = lend(need.credits, free.credits);
    const slots = lend(need.slots, free.slots);
    account.granted = { credits: account.granted.credits + credits, slots: account.granted.slots + slots };
    const tokens = this.#takeTokens(need.tokens, need.tokensAhead, now);
    this.#send(slice, {
      kind: "grant",
      ask,
      granted: account.granted,
      tokens: { count: tokens, expiresAt: now + TOKEN_LIFE_MS },
      exhausted: {
        credits: !unavailable && credits < need.credits,
        slots: !unavailable && slots < need.slots,
        tokens: tokens < need.tokens,
      },
      unavailable,
    });
  }

  /** Tokens that are out count as not used until they are void: bucket and loans together never exceed the bucket's size. */
  #takeTokens(needed: number, ahead: number, now: number): number {
    this.#outstanding = this.#outstanding.filter(({ until }) => until > now);
    const out = this.#outstanding.reduce((sum, { count }) => sum + count, 0);
    const elapsed = Math.max(0, now - this.#levelAt);
    const { bucket, tokensPerMs } = this.#limits;
    this.#level = Math.min(Math.max(0, bucket - out), this.#level + elapsed * tokensPerMs);
    this.#levelAt = Math.max(this.#levelAt, now);
    const spare = Math.floor((this.#level - needed) / this.#durable.accounts.length);
    const count = Math.min(needed + Math.max(0, Math.min(ahead, spare)), Math.floor(this.#level));
    this.#level -= count;
    if (count > 0) this.#outstanding.push({ count, until: now + TOKEN_LIFE_MS + CLOCK_MARGIN_MS });
    return count;
  }

  #account(slice: number): Account {
    const account = this.#durable.accounts[slice];
    if (!account) throw new RangeError(`there is no slice ${slice}`);
    return account;
  }
}
