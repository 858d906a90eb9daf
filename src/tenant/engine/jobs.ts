/**
 * Background work of a tenant that is not a task's: each chore has a name and a due time, and shares the object's one
 * alarm with the tasks (see `Schedule.addSource`). A chore runs alone, never holds up tasks, and says when it is due again.
 * One with patience is done when something else wakes the object after its due time, and has the alarm come for it only
 * when its patience is at an end: alarms are billed (docs/cost.md).
 */
import type { TimeLimits } from "../../lib/time-limit.ts";
import type { Clock, Dependencies, Log } from "../ports.ts";

/** Does what there is to do. @returns when it is due again, in ms since epoch, or null for not until told */
export type Chore = () => Promise<number | null>;

/** Both in ms since epoch. */
interface Due {
  readonly at: number;
  /** When its patience is at an end. */
  readonly latest: number;
}

interface Entry {
  readonly run: Chore;
  due: Due | null;
  running: boolean;
  /** Became due again while it was running. */
  again: Due | null;
}

const AFTER_FAILURE_MS = 60_000;
/** A running chore's lease: if the object dies, the alarm comes by then. */
const LEASE_MS = 60_000;
/** How long the alarm's handler waits for chores. */
const MOMENT_MS = 1_000;

export class Chores {
  readonly #entries = new Map<string, Entry>();
  readonly #runs = new Set<Promise<void>>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: TimeLimits;
  /** Called when a chore has ended, to set the alarm for what is next. */
  readonly #arm: () => Promise<void>;

  constructor({ clock, log, limits }: Pick<Dependencies, "clock" | "log" | "limits">, arm: () => Promise<void>) {
    this.#clock = clock;
    this.#log = log;
    this.#limits = limits;
    this.#arm = arm;
  }

  /**
   * @param dueAt when it is due first, from what is on disk; null: not until `due` is called
   * @param patienceMs how long after that it may wait for something else to wake the object
   */
  add(name: string, run: Chore, dueAt: number | null, patienceMs = 0): void {
    this.#entries.set(name, {
      run,
      due: dueAt === null ? null : after(dueAt, patienceMs),
      running: false,
      again: null,
    });
  }

  /** There is work for this chore at `at`; the caller then arms the schedule. An earlier due time stays. */
  due(name: string, at: number, patienceMs = 0): void {
    const entry = this.#entries.get(name);
    if (!entry) throw new Error(`There is no chore ${name}`);
    const due = after(at, patienceMs);
    if (entry.running) entry.again = sooner(entry.again, due);
    else entry.due = sooner(entry.due, due);
  }

  /** @returns when the alarm must come for a chore, or null */
  nextDueAt(now: number): number | null {
    let next: number | null = null;
    for (const { due, running } of this.#entries.values()) {
      const at = running ? now + LEASE_MS : (due?.latest ?? null);
      if (at !== null) next = Math.min(next ?? at, at);
    }
    return next;
  }

  /** Starts every chore that is due, without waiting for it. */
  startDue(): void {
    const now = this.#clock.now();
    for (const [name, entry] of this.#entries) {
      if (entry.running || entry.due === null || entry.due.at > now) continue;
      const run = this.#run(name, entry);
      this.#runs.add(run);
      void run.finally(() => this.#runs.delete(run));
    }
  }

  /**
   * For the handler of the alarm, before it sets the next: starts what is due and waits a moment for it. What has ended by then
   * needs no alarm as a lease, because a handler that is cut short is run again.
   */
  async runDue(): Promise<void> {
    this.startDue();
    if (this.#runs.size === 0) return;
    await this.#limits.within(Promise.all(this.#runs), MOMENT_MS, undefined);
  }

  async #run(name: string, entry: Entry): Promise<void> {
    entry.running = true;
    entry.again = null;
    let next: number | null;
    try {
      next = await entry.run();
    } catch (error) {
      this.#log("error", "chore", { name, error: String(error) });
      next = this.#clock.now() + AFTER_FAILURE_MS;
    }
    entry.running = false;
    entry.due = next === null ? entry.again : sooner(entry.again, after(next, 0));
    this.startDue();
    await this.#arm().catch((error: unknown) => this.#log("error", "chore-arm", { name, error: String(error) }));
  }
}

function after(at: number, patienceMs: number): Due {
  return { at, latest: at + patienceMs };
}

function sooner(one: Due | null, other: Due): Due {
  if (one === null) return other;
  return { at: Math.min(one.at, other.at), latest: Math.min(one.latest, other.latest) };
}
