/**
 * Waiting with an end, for many who wait at once: one timer for all of them. A timer of the runtime costs more than all
 * else there is to waiting, and most are never needed.
 */
import { DueQueue } from "./due-queue.ts";

/** Longer than any timer may run (2^31 - 1 ms); who waits longer is looked at in between. */
const MAX_TIMER_MS = 2_000_000_000;

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
      this.#arm(now + limitMs, now);
    });
  }

  #forget(id: number): void {
    this.#queue.set(id, null);
    this.#giveUp.delete(id);
    if (this.#giveUp.size === 0) this.#disarm();
  }

  /** Nobody waits: a timer that is left would keep a Durable Object in memory, and its owner paying. */
  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #arm(at: number, now: number): void {
    if (this.#timerAt <= at) return;
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
    if (next !== null) this.#arm(next, now);
  }
}
