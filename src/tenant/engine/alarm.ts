/** The object's one alarm: the time it was last set to, and whether it must be set again. */
import type { Log } from "../ports.ts";

/** An alarm that is late by more than this counts as lost and is set again. */
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

  /** Records that the alarm has fired. @returns how late it came, in ms; null if its time is not known */
  fired(now: number): number | null {
    const at = this.#at;
    this.#at = null;
    return at === null ? null : now - at;
  }

  /** Records that no alarm is set, because its transaction was undone. */
  clear(): void {
    this.#at = null;
  }

  /** @param at the alarm that an earlier instance of this object has set, in ms since epoch, or null */
  restore(at: number | null): void {
    this.#at = at;
  }

  /** Returns the time of the alarm if one is set between two times, otherwise the earlier one. */
  between(earliest: number, latest: number): number {
    return this.#at !== null && this.#at > earliest && this.#at <= latest ? this.#at : earliest;
  }

  /** Whether an alarm is set for `at` or earlier. */
  comesBy(at: number): boolean {
    return this.#at !== null && this.#at <= at;
  }

  /** True if the alarm is overdue by some seconds. */
  isOverdue(now: number): boolean {
    return this.#at !== null && this.#at < now - OVERDUE_MS;
  }

  /**
   * Sets the alarm to `wanted` unless it is already set to an earlier time. Writes only if the alarm must move earlier
   * or is overdue. Never throws.
   *
   * @param wanted ms since epoch; may be in the past
   */
  async setBy(wanted: number, now: number): Promise<void> {
    // Never sets the current millisecond: if the running alarm was set to it, the runtime sees no change and drops the
    // alarm when its handler ends.
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
