/** Runs the next step of a task after its admission: submission, poll, copies, or the deletion of its files. */
import { PHASE, type TaskRow } from "../../domain/task.ts";
import { Mirroring } from "./mirroring.ts";
import { Polling } from "./polling.ts";
import { Submission, type SubmissionEnd } from "./submission.ts";
import { type TaskParts, TaskWriter } from "./task-writer.ts";

/** Runs the steps of tasks. */
export class TaskSteps {
  readonly #parts: TaskParts;
  readonly #submission: Submission;
  readonly #polling: Polling;
  readonly #mirroring: Mirroring;

  constructor(parts: TaskParts) {
    this.#parts = parts;
    const writer = new TaskWriter(parts);
    this.#submission = new Submission(parts, writer);
    this.#polling = new Polling(parts, writer);
    this.#mirroring = new Mirroring(parts, writer, this.#polling);
  }

  /** Runs one step of a due task and sets when the next is due. @returns null if the task has no work left */
  async run(taskId: number): Promise<null | undefined> {
    const task = this.#parts.tasks.get(taskId);
    if (!task || task.due_at === null) return null;
    if (task.deleted_at !== null) await this.#mirroring.deleteFiles(task);
    else if (task.phase === PHASE.submitting) await this.#submission.again(task);
    else if (task.phase === PHASE.running) await this.#polling.poll(task);
    else await this.#mirroring.start(task);
    return undefined;
  }

  /** Deletes the files of a deleted task while a caller waits. */
  deleteFiles(task: TaskRow): Promise<void> {
    return this.#parts.work.hold(task.task_id, () => this.#mirroring.deleteFiles(task));
  }

  /** Notes that a caller looks at a task. @returns the task as it may be shown */
  see(task: TaskRow): TaskRow {
    const { watchers, tasks, clock } = this.#parts;
    if (task.phase !== PHASE.running) return task;
    watchers.see(task.task_id, clock.now());
    this.#polling.hurry(task.task_id);
    tasks.showKeptProgress(task.task_id);
    return tasks.get(task.task_id) ?? task;
  }

  /** Makes the next copy of a file due now; see `Mirroring.repair`. */
  repairFile(task: TaskRow, name: string): Promise<void> {
    return this.#mirroring.repair(task, name);
  }

  /** Makes the first attempt to submit a task that was admitted in this call, while a caller waits. */
  submitFirst(taskId: number): Promise<SubmissionEnd> {
    return this.#parts.work.hold(taskId, () => this.#submission.first(taskId));
  }
}
