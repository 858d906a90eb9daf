/**
 * Background work of a tenant that belongs to no task: each job has a name and a due time, runs alone, and returns when it is
 * due again.
 */
import { MINUTE_MS } from "../../domain/calendar.ts";
import type { LaneName } from "./lanes.ts";
import type { WorkItems } from "./work-items.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Runs the job. @returns the time at which it is due again, in ms since epoch; null: not until `due` is called */
export type Job = () => Promise<number | null>;

const AFTER_FAILURE_MS = MINUTE_MS;

/** Recurring jobs of an object, each with its due time. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #items: WorkItems<string, LaneName>;

  constructor(queue: WorkQueue<LaneName>) {
    const run = (name: string) => this.#named(name)();
    this.#items = queue.register({ name: "job", run, logged: (job) => ({ job }), retryMs: AFTER_FAILURE_MS });
  }

  /** @param dueAt the first due time, read from disk; null: not until `due` is called */
  add(name: string, run: Job, dueAt: number | null): void {
    this.#jobs.set(name, run);
    if (dueAt !== null) this.due(name, dueAt);
  }

  /** Makes the job due at `at`, unless it is due earlier. The caller arms the alarm. */
  due(name: string, at: number): void {
    this.#named(name);
    const known = this.#items.dueAt(name);
    if (known === null || at < known) this.#items.set(name, at, "jobs");
  }

  #named(name: string): Job {
    const job = this.#jobs.get(name);
    if (!job) throw new RangeError(`there is no job ${name}`);
    return job;
  }
}
