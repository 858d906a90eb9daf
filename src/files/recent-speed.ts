/** The speed of a transfer over its last seconds: a fast start buys nothing for later, and a line may stall for a while. */

/** Time over which speed is measured, in ms; a younger transfer never drips. */
const WINDOW_MS = 16_000;
/** Below this speed, in bytes a second, a transfer drips: slow lines of honest senders are faster. */
export const DRIPPING = 72 * 1024;

/** Bytes of the last WINDOW_MS, by second. */
export class RecentSpeed {
  readonly #since = Date.now();
  readonly #seconds: { readonly at: number; bytes: number }[] = [];

  /** Counts bytes that were transferred. */
  count(bytes: number): void {
    const now = Date.now();
    const last = this.#seconds.at(-1);
    if (last !== undefined && now - last.at < 1_000) last.bytes += bytes;
    else this.#seconds.push({ at: now, bytes });
    this.#removeOld(now);
  }

  /** Returns the time since the beginning in ms. */
  get ageMs(): number {
    return Date.now() - this.#since;
  }

  /** Returns the speed in bytes a second. */
  get bytesPerSecond(): number {
    this.#removeOld(Date.now());
    const sum = this.#seconds.reduce((bytes, second) => bytes + second.bytes, 0);
    return (sum * 1_000) / Math.max(1, Math.min(this.ageMs, WINDOW_MS));
  }

  /** True for a transfer that may lose what it holds to another tenant that has nothing. */
  get isDripping(): boolean {
    return this.ageMs >= WINDOW_MS && this.bytesPerSecond < DRIPPING;
  }

  #removeOld(now: number): void {
    while (now - (this.#seconds[0]?.at ?? now) > WINDOW_MS) this.#seconds.shift();
  }
}
