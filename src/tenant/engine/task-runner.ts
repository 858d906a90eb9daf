/** What happens to a task after its admission: whatever is due is started, as many at once as there is room for. */
import { PHASE, type TaskRow } from "../../domain/task.ts";
import { Mirroring } from "./mirroring.ts";
import { Polling } from "./polling.ts";
import { Submission, type SubmissionEnd } from "./submission.ts";
import { TaskWriter, type TaskWriterParts } from "./task-writer.ts";

/** Background work of one tenant under way at once; past that, tasks wait their turn. */
const MAX_BACKGROUND_WORK = 200;
/** How soon work that broke in a way nobody foresaw is tried again. */
const AFTER_FAILURE_MS = 5_000;

export interface RunnerHooks {
  readonly tenantId: () => string;
  readonly isSuspended: () => boolean;
  /** Starts what else is due: an alarm, or the end of work in the background, does for it too. */
  readonly startChores: () => void;
}

export class TaskRunner {
  readonly #parts: TaskWriterParts;
  readonly #submission: Submission;
  readonly #polling: Polling;
  readonly #mirroring: Mirroring;
  readonly #startChores: () => void;
  #background = 0;

  constructor(parts: TaskWriterParts, { tenantId, isSuspended, startChores }: RunnerHooks) {
    this.#parts = parts;
    this.#startChores = startChores;
    const writer = new TaskWriter(parts);
    this.#submission = new Submission(parts, writer, tenantId, isSuspended);
    this.#polling = new Polling(parts, writer, tenantId);
    this.#mirroring = new Mirroring(parts, writer, this.#polling, { tenantId, wake: () => this.wake() });
  }

  /**
   * Starts everything that is due, without waiting for it, and sets the alarm for what comes next. Never throws.
   *
   * @param chores whether to start chores too; not while a caller waits, who would wait for their writes
   */
  async wake(chores = true): Promise<void> {
    const { schedule, clock, log } = this.#parts;
    this.startDue();
    if (chores) this.#startChores();
    try {
      await schedule.arm(clock.now());
    } catch (error) {
      log("error", "arm", { error: String(error) });
    }
  }

  /** Starts the tasks that are due, as far as there is room; the caller then sets the alarm. */
  startDue(): void {
    const { schedule, clock, log } = this.#parts;
    for (const taskId of schedule.due(clock.now())) {
      if (this.#background >= MAX_BACKGROUND_WORK) break;
      this.#occupied(taskId, () => this.#work(taskId), 1).catch((error: unknown) => {
        log("error", "task-work", { taskId, error: String(error) });
      });
    }
    schedule.hasRoom = this.#background < MAX_BACKGROUND_WORK;
  }

  /** Deletes the files of a deleted task, for a caller who waits. */
  purge(task: TaskRow): Promise<void> {
    return this.#occupied(task.task_id, () => this.#mirroring.purge(task), 0);
  }

  /** Makes the next copy of a file due now; see `Mirroring.repair`. */
  repairFile(task: TaskRow, name: string): Promise<void> {
    return this.#mirroring.repair(task, name);
  }

  /** The first attempt to submit a task that was admitted in this very turn. */
  submitFirst(taskId: number): Promise<SubmissionEnd> {
    return this.#occupied(taskId, () => this.#submission.first(taskId), 0);
  }

  async #work(taskId: number): Promise<void> {
    const task = this.#parts.tasks.get(taskId);
    if (!task || task.due_at === null) this.#parts.schedule.set(taskId, null);
    else if (task.deleted_at !== null) await this.#mirroring.purge(task);
    else if (task.phase === PHASE.submitting) await this.#submission.again(task);
    else if (task.phase === PHASE.running) await this.#polling.poll(task);
    else await this.#mirroring.start(task);
  }

  /**
   * Runs one piece of work under a lease, then sees what is next.
   *
   * @param background 1 if it counts against the work under way at once; the work of a waiting caller does not
   */
  async #occupied<T>(taskId: number, work: () => Promise<T>, background: 0 | 1): Promise<T> {
    const { schedule, clock } = this.#parts;
    schedule.begin(taskId);
    this.#background += background;
    try {
      return await work();
    } catch (error) {
      // Before the wake below, which would start it again at once, and again.
      schedule.set(taskId, clock.now() + AFTER_FAILURE_MS);
      throw error;
    } finally {
      this.#background -= background;
      schedule.end(taskId);
      // What this starts and sets is under way when it returns; who waits for this work need not wait for that too.
      void this.wake(background === 1);
    }
  }
}
