/**
 * Background work of a tenant that is not a task's: each chore has a name and a due time, and shares the object's one
 * alarm with the tasks (see `Schedule.addSource`). A chore runs alone, never holds up tasks, and says when it is due again.
 */
import type { Chance, Log } from "./ports.ts";

/** Does what there is to do. @returns when it is due again, in ms since epoch, or null for not until told */
export type Chore = () => Promise<number | null>;

interface Entry {
  readonly run: Chore;
  dueAt: number | null;
  running: boolean;
  /** Became due again while it was running. */
  again: number | null;
}

const AFTER_FAILURE_MS = 60_000;
/** A running chore's lease: if the object dies, the alarm comes by then. */
const LEASE_MS = 60_000;

export class Chores {
  readonly #entries = new Map<string, Entry>();
  readonly #chance: Chance;
  readonly #log: Log;
  /** Called when a chore has ended, to set the alarm for what is next. */
  readonly #arm: () => Promise<void>;

  constructor(chance: Chance, log: Log, arm: () => Promise<void>) {
    this.#chance = chance;
    this.#log = log;
    this.#arm = arm;
  }

  /** @param dueAt when it is due first, from what is on disk; null: not until `due` is called */
  add(name: string, run: Chore, dueAt: number | null): void {
    this.#entries.set(name, { run, dueAt, running: false, again: null });
  }

  /** There is work for this chore at `at`; the caller then arms the schedule. An earlier due time stays. */
  due(name: string, at: number): void {
    const entry = this.#entries.get(name);
    if (!entry) throw new Error(`There is no chore ${name}`);
    if (entry.running) entry.again = Math.min(entry.again ?? at, at);
    else entry.dueAt = Math.min(entry.dueAt ?? at, at);
  }

  /** @returns when the alarm must come for a chore, or null */
  nextDueAt(now: number): number | null {
    let next: number | null = null;
    for (const { dueAt, running } of this.#entries.values()) {
      const at = running ? now + LEASE_MS : dueAt;
      if (at !== null) next = Math.min(next ?? at, at);
    }
    return next;
  }

  /** Starts every chore that is due, without waiting for it. */
  startDue(): void {
    const now = this.#chance.now();
    for (const [name, entry] of this.#entries) {
      if (!entry.running && entry.dueAt !== null && entry.dueAt <= now) void this.#run(name, entry);
    }
  }

  async #run(name: string, entry: Entry): Promise<void> {
    entry.running = true;
    entry.again = null;
    let next: number | null;
    try {
      next = await entry.run();
    } catch (error) {
      this.#log("error", "chore", { name, error: String(error) });
      next = this.#chance.now() + AFTER_FAILURE_MS;
    }
    entry.running = false;
    const { again } = entry;
    entry.dueAt = next === null ? again : Math.min(next, again ?? next);
    this.startDue();
    await this.#arm().catch((error: unknown) => this.#log("error", "chore-arm", { name, error: String(error) }));
  }
}
