/** The object's one alarm: what it was last set for, and whether it must be set again. */
import type { Log } from "../ports.ts";

/** An alarm that is so late is lost, and set again. */
const OVERDUE_MS = 3_000;

/** The object's one alarm, set again only when the new time is earlier (docs/design.md, rule 3). */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #grainMs: number;
  readonly #log: Log;
  #at: number | null = null;

  /** @param grainMs alarms are rounded up to this, so that work due at almost the same time shares one */
  constructor(storage: DurableObjectStorage, grainMs: number, log: Log) {
    this.#storage = storage;
    this.#grainMs = Math.max(1, Math.floor(grainMs));
    this.#log = log;
  }

  /** No alarm is set any more, as far as this object knows: it has come, or setting it was undone. */
  clear(): void {
    this.#at = null;
  }

  /** @param at the alarm that an earlier life of the object has set: ms since epoch, or null */
  restore(at: number | null): void {
    this.#at = at;
  }

  /** Whether an alarm is set for `at` or earlier. */
  comesBy(at: number): boolean {
    return this.#at !== null && this.#at <= at;
  }

  /** Whether the alarm should have come some seconds ago. */
  isOverdue(now: number): boolean {
    return this.#at !== null && this.#at < now - OVERDUE_MS;
  }

  /**
   * Makes sure that the alarm comes no later than `wanted`. Writes only if it must move earlier, or is overdue; never throws.
   *
   * @param wanted ms since epoch; may have passed
   */
  async setBy(wanted: number, now: number): Promise<void> {
    // Never for this very millisecond: if that is the one for which the running alarm was set, the runtime sees no change,
    // and drops the alarm when its handler ends.
    const at = Math.max(now + 1, Math.ceil(wanted / this.#grainMs) * this.#grainMs);
    if (this.#at !== null && this.#at <= at && !this.isOverdue(now)) return;
    this.#at = at;
    try {
      await this.#storage.setAlarm(at);
    } catch (error) {
      this.#at = null;
      this.#log("error", "arm", { error: String(error) });
    }
  }
}
