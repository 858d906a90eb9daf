/** The same limits in one object, which is what the gateway does today: the measure of how much a split costs. */
import type { HomeLimits } from "./home.ts";

/** One object that holds all limits itself, without lending. */
export class OneObject {
  readonly #limits: HomeLimits;
  #balance = 0;
  #running = 0;
  #level: number;
  #levelAt = 0;
  admitted = 0;

  constructor(limits: HomeLimits) {
    this.#limits = limits;
    this.#level = limits.bucket;
  }

  credit(credits: number): void {
    this.#balance += credits;
  }

  /** @returns whether it was admitted */
  submit(price: number, now: number): boolean {
    const { bucket, tokensPerMs, slots } = this.#limits;
    this.#level = Math.min(bucket, this.#level + (now - this.#levelAt) * tokensPerMs);
    this.#levelAt = now;
    if (this.#level < 1) return false;
    this.#level -= 1;
    if (this.#running >= slots || this.#balance < price) return false;
    this.#running += 1;
    this.#balance -= price;
    this.admitted += 1;
    return true;
  }

  end(price: number, completed: boolean): void {
    this.#running -= 1;
    if (!completed) this.#balance += price;
  }
}
