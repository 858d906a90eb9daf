/**
 * When each task is due, in memory, and the object's one alarm. Work runs under leases that only memory knows: if the
 * object dies, the due times on disk are in the past and the work is simply done again (docs/design.md, rule 3).
 */

import { DueQueue } from "../../lib/due-queue.ts";

/** How soon the alarm looks again after work that has outlived its lease. */
const WATCHDOG_MS = 30_000;
/** An alarm that is so late is taken for lost, and set again. */
const OVERDUE_MS = 3_000;

export class Schedule {
  readonly #storage: DurableObjectStorage;
  readonly #grainMs: number;
  readonly #queue = new DueQueue();
  readonly #working = new Set<number>();
  readonly #sources: ((now: number) => number | null)[] = [];
  #armedAt: number | null = null;
  /** Set by the runner: whether one more piece of work could be started now. */
  hasRoom = true;

  /** @param grainMs alarms are rounded up to this, so that tasks due at almost the same time share one */
  constructor(storage: DurableObjectStorage, grainMs: number) {
    this.#storage = storage;
    this.#grainMs = Math.max(1, Math.floor(grainMs));
  }

  /** Adds other work that the alarm must come for: `nextAt` tells when, or null. */
  addSource(nextAt: (now: number) => number | null): void {
    this.#sources.push(nextAt);
  }

  /** Sets when the task is due; null: never again. */
  set(taskId: number, dueAt: number | null): void {
    this.#queue.set(taskId, dueAt);
  }

  dueAt(taskId: number): number | null {
    return this.#queue.get(taskId);
  }

  isWorking(taskId: number): boolean {
    return this.#working.has(taskId);
  }

  begin(taskId: number): void {
    this.#working.add(taskId);
  }

  end(taskId: number): void {
    this.#working.delete(taskId);
  }

  /** @returns tasks that are due and not being worked on, the longest due first. */
  due(now: number): number[] {
    return [...this.#queue.passed(now)]
      .filter((taskId) => !this.#working.has(taskId))
      .sort((a, b) => (this.#queue.get(a) ?? 0) - (this.#queue.get(b) ?? 0));
  }

  /** The alarm has fired: none is set any more. */
  fired(): void {
    this.#armedAt = null;
  }

  /** Whether the alarm should have come long ago: whoever notices wakes the runner in its place. */
  isOverdue(now: number): boolean {
    return this.#armedAt !== null && this.#armedAt < now - OVERDUE_MS;
  }

  /** Makes sure that the alarm is no later than the next thing to do. Costs a write only if it must move earlier. */
  async arm(now: number): Promise<void> {
    let next = this.#queue.nextAfter(now) ?? Number.POSITIVE_INFINITY;
    for (const nextAt of this.#sources) next = Math.min(next, nextAt(now) ?? next);
    for (const taskId of this.#queue.passed(now)) {
      // An alarm at once could not help work that is under way, or that waits for other work to end; the watchdog is
      // for the object's death. Work under way has a due time too: its lease.
      const unhelped = !this.hasRoom || this.#working.has(taskId);
      next = Math.min(next, unhelped ? now + WATCHDOG_MS : (this.#queue.get(taskId) ?? now));
    }
    if (!Number.isFinite(next)) return;
    // Never for this very millisecond: if that is the one the alarm that is running now was set for, the runtime takes
    // it for no change, and forgets the alarm when its handler has ended (docs/reliability.md).
    const at = Math.max(now + 1, Math.ceil(next / this.#grainMs) * this.#grainMs);
    if (this.#armedAt !== null && this.#armedAt <= at && !this.isOverdue(now)) return;
    this.#armedAt = at;
    try {
      await this.#storage.setAlarm(at);
    } catch (error) {
      this.#armedAt = null;
      throw error;
    }
  }
}
