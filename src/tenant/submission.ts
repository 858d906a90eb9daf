/**
 * Bringing an admitted task upstream, exactly once: one idempotency key for all attempts, bound to one master key until an
 * answer proves that nothing was accepted under it (DESIGN.md, rule 2).
 */
import { masterKeyHealth } from "../courier/master-keys.ts";
import type { AcceptedSubmission, SubmitOutcome } from "../courier/seedhorse.ts";
import { tenantPrice } from "../domain/pricing.ts";
import { PHASE, STATUS, type TaskRow } from "../domain/task.ts";
import {
  accepted,
  deadlineOf,
  endWithoutFiles,
  MASTER_KEY_RETRY_MS,
  type Moment,
  submitAgain,
  submitLimitMs,
} from "../domain/task-lifecycle.ts";
import { type Refusal, upstreamRefusal } from "../errors.ts";
import type { TaskWriter, TaskWriterParts } from "./task-writer.ts";

/** How an attempt to submit ended, as far as a caller who waits for it is concerned. */
export type SubmissionEnd =
  | { readonly kind: "accepted"; readonly price: number }
  /** Refused before anyone had the taskId: the task is forgotten. Null: no master key can be used now. */
  | { readonly kind: "forgotten"; readonly refusal: Refusal | null }
  /** Kept; goes on in the background. */
  | { readonly kind: "kept" };

const SUBMITTING = [PHASE.submitting] as const;
/** How soon an accepted task is submitted once more if its acceptance could not be written. */
const WRITE_LEASE_MS = 5_000;

export class Submission {
  readonly #parts: TaskWriterParts;
  readonly #writer: TaskWriter;
  /** Tasks whose every attempt under their present master key is known to have been refused. Lost with memory. */
  readonly #certain = new Set<number>();
  /** Tasks whose first attempt is under way: until somebody has the taskId, a refusal makes them vanish. */
  readonly #unheardOf = new Set<number>();

  constructor(parts: TaskWriterParts, writer: TaskWriter) {
    this.#parts = parts;
    this.#writer = writer;
  }

  /** The first attempt for a task that was admitted in this very turn: nothing was sent for it yet. */
  async first(taskId: number): Promise<SubmissionEnd> {
    this.#certain.add(taskId);
    this.#unheardOf.add(taskId);
    try {
      return await this.#submit(taskId);
    } finally {
      this.#unheardOf.delete(taskId);
    }
  }

  /** A later attempt, or the end of a task that could not be submitted in time. */
  async again(task: TaskRow): Promise<void> {
    const { chance, config } = this.#parts;
    if (chance.now() < deadlineOf(task, config)) {
      await this.#submit(task.task_id);
      return;
    }
    const end = endWithoutFiles(STATUS.failed, "The task could not be started in time", chance.now());
    await this.#writer.apply(task, SUBMITTING, () => end);
  }

  async #submit(taskId: number): Promise<SubmissionEnd> {
    const { tasks, config, chance, commit, log } = this.#parts;
    const masterKeys = config.masterKeys.map(({ id }) => id);
    for (;;) {
      const task = tasks.get(taskId);
      if (!task || task.phase !== PHASE.submitting) return { kind: "kept" };
      const certain = this.#certain.delete(taskId) && task.uncertain === 0;
      const outcome = await this.#attempt(task);
      if (outcome.kind === "accepted") return this.#accepted(task, outcome);
      if (outcome.kind === "refused") return this.#refused(task, upstreamRefusal(outcome.code, outcome.msg));
      if (outcome.kind === "unknown") return this.#keep(task, outcome.retryAfterMs);
      // This master key is in trouble. Another may be tried only if nothing can have been accepted under this one.
      masterKeyHealth.refused(task.master_key, outcome.code, chance.now() + MASTER_KEY_RETRY_MS);
      log("warn", "master-key-refused", { masterKeyId: task.master_key, code: outcome.code });
      if (!certain) return this.#keep(task, MASTER_KEY_RETRY_MS);
      const [next] = masterKeyHealth.usable(masterKeys, chance.now());
      if (next === undefined) return this.#unavailable(task);
      await commit.run(() => tasks.update(taskId, { master_key: next, uncertain: 0 }));
      this.#certain.add(taskId);
    }
  }

  async #attempt(task: TaskRow): Promise<SubmitOutcome> {
    try {
      const limitMs = submitLimitMs(task, this.#parts.config, this.#parts.chance.now());
      return await this.#parts.courier.submit(task.master_key, task.upstream_key, task.request, limitMs);
    } catch (error) {
      // The call to the Courier itself broke: whether it had sent anything is not known.
      return { kind: "unknown", detail: String(error), busy: false, retryAfterMs: null };
    }
  }

  /** Answers at once: what is written here only repeats what the intent implies (DESIGN.md, rule 1). */
  #accepted(task: TaskRow, { upstreamId, upstreamNo, credits }: AcceptedSubmission): SubmissionEnd {
    const { books, config, chance, log, schedule } = this.#parts;
    masterKeyHealth.worked(task.master_key);
    // Until the write below is made the row says that the task is still to be submitted: it must not be due again.
    schedule.set(task.task_id, chance.now() + WRITE_LEASE_MS);
    const decide = (row: TaskRow) => {
      const step = accepted({ upstreamId, upstreamNo }, config, this.#moment());
      const money = credits === null ? {} : books.correct(row, credits, chance.now());
      return { changes: { ...step.changes, ...money } };
    };
    this.#writer.apply(task, SUBMITTING, decide, "later").catch((error: unknown) => {
      log("error", "accepted-write", { taskId: task.task_id, error: String(error) });
    });
    return {
      kind: "accepted",
      price: credits === null || task.corrected === 1 ? task.price : tenantPrice(credits, task.markup),
    };
  }

  /** A clear no: the task fails if anyone knows of it, else it never was. */
  #refused(task: TaskRow, reason: Refusal): Promise<SubmissionEnd> {
    return this.#endOrForget(task, reason, (row) => {
      this.#writer.write(row, endWithoutFiles(STATUS.failed, reason.msg, this.#parts.chance.now()));
    });
  }

  /** No master key can be used. Who has a taskId keeps it; who has none is told to come again. */
  #unavailable(task: TaskRow): Promise<SubmissionEnd> {
    return this.#endOrForget(task, null, (row) => {
      this.#certain.add(row.task_id);
      this.#writer.write(row, { changes: { due_at: this.#parts.chance.now() + MASTER_KEY_RETRY_MS } });
    });
  }

  #endOrForget(task: TaskRow, reason: Refusal | null, known: (row: TaskRow) => void): Promise<SubmissionEnd> {
    return this.#parts.commit.run((): SubmissionEnd => {
      const row = this.#parts.tasks.get(task.task_id);
      if (!row || row.phase !== PHASE.submitting) return { kind: "kept" };
      // After a restart nobody can tell whether the answer got out, so only the first attempt may forget.
      if (row.answered === 0 && this.#unheardOf.has(row.task_id)) {
        this.#writer.forget(row);
        return { kind: "forgotten", refusal: reason };
      }
      known(row);
      return { kind: "kept" };
    });
  }

  /** Nothing is proven: the same again later. The caller is answered, so the task may not vanish any more. */
  async #keep(task: TaskRow, retryAfterMs: number | null): Promise<SubmissionEnd> {
    await this.#writer.apply(task, SUBMITTING, (row) => {
      const step = submitAgain(row, retryAfterMs, this.#parts.config, this.#moment());
      return { changes: { ...step.changes, answered: 1 } };
    });
    return { kind: "kept" };
  }

  #moment(): Moment {
    return { now: this.#parts.chance.now(), random: this.#parts.chance.random() };
  }
}
