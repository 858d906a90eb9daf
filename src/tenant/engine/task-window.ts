/**
 * The tasks with work left that are in memory. Up to {@link MAX_TASKS_IN_MEMORY} all of them are. Of more tasks, a part
 * is: each leaves memory after its step, and the next ones are read from disk in the order of their ids, round and round.
 * So neither the start of an object nor its memory grows with the number of tasks (`concurrentTasks` may be a million),
 * and each task has its turn. With that many tasks the lanes, not the due times, decide when one has its turn.
 */
import type { Phase } from "../../domain/task.ts";
import type { Clock } from "../ports.ts";
import { type LaneName, laneOf } from "./lanes.ts";
import type { WorkItems } from "./work-items.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Most tasks in memory, at about 250 bytes each. */
export const MAX_TASKS_IN_MEMORY = 20_000;
/** Rows read at once. */
const READ_ROWS = 2_000;
/** Pause between two reads of one round, and between two rounds. */
const NEXT_READ_MS = 50;
const NEXT_ROUND_MS = 5_000;

/** A task with work left, as stored. */
export interface StoredWork {
  readonly task_id: number;
  /** Ms since epoch; may be earlier than the time that was last set, because a later time alone is not written. */
  readonly due_at: number;
  readonly phase: Phase;
}

/** The tasks on disk. */
export interface StoredTasks {
  /** @returns up to `limit` tasks with work left, with ids above `afterId`, in the order of their ids */
  withWork(afterId: number, limit: number): readonly StoredWork[];
  /** @returns the number of tasks with work left */
  countWithWork(): number;
}

/** What the window needs. */
export interface TaskWindowParts {
  readonly queue: WorkQueue<LaneName>;
  readonly clock: Clock;
  readonly tasks: StoredTasks;
  /** Runs one step of a task. */
  readonly run: (taskId: number) => Promise<null | undefined>;
  /** Delay in ms before a step that threw is retried. */
  readonly retryMs: number;
  /** Most tasks in memory. */
  readonly limit?: number;
}

/** Keeps a bounded part of the tasks with work left in the queue. */
export class TaskWindow implements WorkItems<number, LaneName> {
  readonly #parts: TaskWindowParts;
  readonly #limit: number;
  readonly #items: WorkItems<number, LaneName>;
  readonly #reads: WorkItems<string, LaneName>;
  /** Tasks that a caller works on; see `hold`. */
  readonly #held = new Set<number>();
  /** True if all tasks with work left are in memory. */
  #isWhole = true;
  /** Tasks up to this id have had their turn in this round. */
  #readUpto = 0;

  constructor(parts: TaskWindowParts) {
    this.#parts = parts;
    this.#limit = parts.limit ?? MAX_TASKS_IN_MEMORY;
    const { queue, run, retryMs } = parts;
    this.#items = queue.register({ name: "task-work", run, logged: (taskId) => ({ taskId }), retryMs });
    const read = async () => this.#read();
    this.#reads = queue.register({ name: "task-window", run: read, logged: () => ({}), retryMs });
  }

  get size(): number {
    return this.#items.size;
  }

  /** Reads the first tasks from disk, in place of what is in memory. */
  load(): void {
    this.clear();
    this.#isWhole = true;
    this.#readUpto = 0;
    for (;;) {
      const rows = this.#next();
      for (const row of rows) this.#put(row);
      if (rows.length < READ_ROWS) return;
      if (this.#items.size >= this.#limit) break;
    }
    this.#goInRounds();
  }

  dueAt(taskId: number): number | null {
    return this.#items.dueAt(taskId);
  }

  has(taskId: number): boolean {
    return this.#items.has(taskId);
  }

  /** Sets when a task is due. One that is to leave memory, or finds no place there, has its turn by its time on disk. */
  set(taskId: number, at: number | null, lane: LaneName): void {
    if (at !== null && this.#isWhole && this.#items.size >= this.#limit && !this.#items.has(taskId)) this.#goInRounds();
    this.#items.set(taskId, at !== null && this.#staysInMemory(taskId, at) ? at : null, lane);
  }

  #staysInMemory(taskId: number, at: number): boolean {
    if (this.#isWhole || this.#items.size <= this.#limit / 2 || this.#held.has(taskId)) return true;
    // The next step is due at once, as that of a finished task.
    return at <= this.#parts.clock.now() && this.#items.has(taskId);
  }

  async hold<T>(taskId: number, work: () => Promise<T>): Promise<T> {
    this.#held.add(taskId);
    try {
      return await this.#items.hold(taskId, work);
    } finally {
      this.#held.delete(taskId);
    }
  }

  clear(): void {
    this.#items.clear();
    this.#reads.clear();
  }

  #goInRounds(): void {
    this.#isWhole = false;
    this.#reads.set("read", this.#parts.clock.now() + NEXT_READ_MS, "jobs");
  }

  #next(): readonly StoredWork[] {
    const rows = this.#parts.tasks.withWork(this.#readUpto, READ_ROWS);
    this.#readUpto = rows.length < READ_ROWS ? 0 : (rows.at(-1)?.task_id ?? 0);
    return rows;
  }

  #put({ task_id, due_at, phase }: StoredWork): void {
    if (!this.#held.has(task_id) && !this.#items.has(task_id)) this.#items.set(task_id, due_at, laneOf(phase));
  }

  /** Reads the tasks that are due next in the round. @returns when to read on, in ms since epoch; null: all are in memory */
  #read(): number | null {
    const { tasks, clock } = this.#parts;
    const now = clock.now();
    if (this.#isWhole) return null;
    if (this.#items.size > this.#limit - READ_ROWS) return now + NEXT_READ_MS;
    const isNewRound = this.#readUpto === 0;
    if (isNewRound && tasks.countWithWork() <= this.#limit / 2) {
      this.#isWhole = true;
      for (let rows = this.#next(); rows.length > 0; rows = this.#readUpto === 0 ? [] : this.#next()) {
        for (const row of rows) this.#put(row);
      }
      return null;
    }
    for (const row of this.#next()) if (row.due_at <= now + NEXT_ROUND_MS) this.#put(row);
    return now + (this.#readUpto === 0 ? NEXT_ROUND_MS : NEXT_READ_MS);
  }
}
