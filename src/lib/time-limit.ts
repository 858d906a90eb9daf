/**
 * Waiting with an end, for many who wait at once: one timer for all of them. A timer of the runtime costs more than all
 * else there is to waiting, to stop one as much as to start it, and most are never needed. So the first is a short one, which
 * is not stopped; who still waits when it fires gets one for the time that is left.
 */
import { DueQueue } from "./due-queue.ts";

/** Longer than any timer may run (2^31 - 1 ms); who waits longer is looked at in between. */
const MAX_TIMER_MS = 2_000_000_000;

/** A timer may run on for so long when nobody waits any more: a Durable Object stays in memory until it has fired. */
const SHORT_MS = 250;

/** Time limits that share one timer. */
export class TimeLimits {
  readonly #queue = new DueQueue();
  readonly #giveUp = new Map<number, () => void>();
  #lastId = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** When the timer fires; ms since epoch. */
  #timerAt = Number.POSITIVE_INFINITY;

  /**
   * @param limitMs how long to wait for `work`, which goes on, unheard, if it takes longer
   * @returns what `work` comes to, or `otherwise` after the limit
   * @throws what `work` throws within the limit
   */
  within<T, U>(work: Promise<T>, limitMs: number, otherwise: U): Promise<T | U> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<T | U>((resolve, reject) => {
      work.then(
        (value) => {
          this.#forget(id);
          resolve(value);
        },
        (error: unknown) => {
          this.#forget(id);
          reject(error);
        },
      );
      const now = Date.now();
      this.#giveUp.set(id, () => resolve(otherwise));
      this.#queue.set(id, now + limitMs);
      if (this.#timerAt > now + limitMs) this.#start(Math.min(now + limitMs, now + SHORT_MS), now);
    });
  }

  #forget(id: number): void {
    this.#queue.set(id, null);
    this.#giveUp.delete(id);
    // A long timer that is left would keep a Durable Object in memory, and its owner paying.
    if (this.#giveUp.size === 0 && this.#timerAt > Date.now() + SHORT_MS) this.#disarm();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #start(at: number, now: number): void {
    this.#disarm();
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#fired(), Math.min(MAX_TIMER_MS, Math.max(1, at - now)));
  }

  #fired(): void {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = Date.now();
    for (const id of [...this.#queue.passed(now)]) {
      const giveUp = this.#giveUp.get(id);
      this.#queue.set(id, null);
      this.#giveUp.delete(id);
      giveUp?.();
    }
    const next = this.#queue.nextAfter(now);
    if (next !== null) this.#start(next, now);
  }
}
