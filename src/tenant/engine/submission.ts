/**
 * Submits an admitted task to the upstream exactly once: one idempotency key for all attempts, bound to one master key
 * until a response proves that nothing was accepted under it (docs/design.md, rule 2). `uncertain` records on disk that
 * this is not proven: it is set before an attempt, and cleared only by a response.
 */
import { masterKeyHealth } from "../../courier/master-keys.ts";
import type { AcceptedSubmission, SubmitOutcome, UnknownOutcome } from "../../courier/seedhorse.ts";
import { KEY_REST_MS, type KeyUse } from "../../domain/key-trouble.ts";
import { tenantPrice } from "../../domain/pricing.ts";
import { PHASE, STATUS, type TaskChanges, type TaskRow } from "../../domain/task.ts";
import {
  accepted,
  deadlineOf,
  endWithoutFiles,
  type Moment,
  submissionForbidden,
  submitAgain,
  submitLimitMs,
} from "../../domain/task-lifecycle.ts";
import { type ApiError, upstreamError } from "../../errors.ts";
import type { TaskParts, TaskWriter } from "./task-writer.ts";
import { UpstreamGate } from "./upstream-gate.ts";

/** The outcome of an attempt, for a caller who waits for it. */
export type SubmissionEnd =
  | { readonly kind: "accepted"; readonly price: number }
  /** Refused before a caller had the taskId: the task is removed. `error` is null if no master key can be used now. */
  | { readonly kind: "removed"; readonly error: ApiError | null }
  /** The task is kept, and its submission continues in the background. */
  | { readonly kind: "kept" };

const SUBMITTING = [PHASE.submitting] as const;
/** Delay before an accepted task is submitted again if the acceptance could not be written. */
const WRITE_LEASE_MS = 5_000;
/** Least delay before a held task is tried again. */
const HELD_BACK_MS = 1_000;
/** Interval at which a task of a suspended tenant checks whether it may be submitted. */
const SUSPENDED_MS = 30_000;
/** Retries of tasks that wait for a master key are spread over this time. */
const KEY_RETRY_SPREAD_MS = 4_000;

/** Submits tasks to the upstream, each under one idempotency key. */
export class Submission {
  readonly #parts: TaskParts;
  readonly #writer: TaskWriter;
  readonly #gate: UpstreamGate;
  readonly #masterKeys: readonly string[];
  /** Tasks whose first attempt is running. Until a caller has the taskId, an error removes the task. */
  readonly #firstAttempts = new Set<number>();

  constructor(parts: TaskParts, writer: TaskWriter) {
    this.#parts = parts;
    this.#writer = writer;
    this.#gate = new UpstreamGate("submit", parts);
    this.#masterKeys = parts.config.masterKeys.map(({ id }) => id);
  }

  /** Makes the first attempt for a task that was admitted in this call: nothing has been sent for it yet. */
  async first(taskId: number): Promise<SubmissionEnd> {
    this.#firstAttempts.add(taskId);
    try {
      return await this.#submit(taskId, true);
    } finally {
      this.#firstAttempts.delete(taskId);
    }
  }

  /** Makes a later attempt, or ends a task that could not be submitted in time. */
  async again(task: TaskRow): Promise<void> {
    const { clock, config } = this.#parts;
    const now = clock.now();
    if (now >= deadlineOf(task, config)) {
      const end = endWithoutFiles(STATUS.failed, "The task could not be started in time", now);
      await this.#writer.apply(task, SUBMITTING, () => end);
    } else if (this.#parts.meta.tenant()?.settings.status === "suspended") {
      await this.#holdBack(task, now + SUSPENDED_MS, task.uncertain === 0);
    } else {
      await this.#submit(task.task_id, task.uncertain === 0);
    }
  }

  /** @param unsent true if it is proven that nothing was accepted so far */
  async #submit(taskId: number, unsent: boolean): Promise<SubmissionEnd> {
    const { tasks, clock, commit, log } = this.#parts;
    for (;;) {
      const task = tasks.get(taskId);
      if (!task || task.phase !== PHASE.submitting) return { kind: "kept" };
      const use = this.#useOf(task);
      const candidates = unsent ? this.#masterKeys : this.#masterKeys.filter((id) => id === task.master_key);
      // A caller waits for a first attempt and would get an error; a later attempt can wait.
      const [masterKey] = this.#firstAttempts.has(taskId)
        ? masterKeyHealth.worthTrying(candidates, use, clock.now())
        : masterKeyHealth.usable(candidates, use, clock.now());
      if (masterKey === undefined) return this.#unavailable(task, candidates, unsent);
      const closedUntil = this.#gate.closedUntil(masterKey, HELD_BACK_MS);
      if (closedUntil !== null) return this.#holdBack(task, closedUntil, unsent);
      masterKeyHealth.asking(masterKey, use, clock.now());
      if (task.uncertain === 0 || masterKey !== task.master_key) {
        await commit.run(() => tasks.update(taskId, { master_key: masterKey, uncertain: 1 }));
      }
      const startedAt = clock.now();
      const outcome = await this.#attempt(task, masterKey);
      this.#gate.learn(masterKey, taskId, outcome, startedAt);
      if (outcome.kind === "accepted") return this.#accepted(task, masterKey, outcome);
      if (outcome.kind === "refused") return this.#refused(task, upstreamError(outcome.code, outcome.msg));
      if (outcome.kind === "unknown") return this.#keep(task, outcome);
      // This master key was refused. Another may be tried only if nothing can have been accepted under this one.
      const forAll = masterKeyHealth.refused(masterKey, use, outcome.code, clock.now());
      log("warn", "master-key-refused", { masterKeyId: masterKey, code: outcome.code, forAll, taskId });
    }
  }

  #useOf({ shape }: TaskRow): KeyUse {
    const { meta, prices } = this.#parts;
    return { tenantId: meta.tenantId, shape, credits: prices.upstreamCredits(shape) };
  }

  async #attempt(task: TaskRow, masterKey: string): Promise<SubmitOutcome> {
    try {
      const { courier, config, clock } = this.#parts;
      const limitMs = submitLimitMs(task, config, clock.now());
      return await courier.submit(masterKey, task.upstream_key, task.request, limitMs);
    } catch (error) {
      // The call to the Courier failed: whether it had sent anything is unknown.
      return { kind: "unknown", detail: String(error), busy: false, retryAfterMs: null };
    }
  }

  /**
   * Returns without waiting for the write, because the write only repeats what the intent implies (docs/design.md, rule
   * 1).
   */
  #accepted(task: TaskRow, masterKey: string, { upstreamId, upstreamNo, credits }: AcceptedSubmission): SubmissionEnd {
    const { ledger, config, clock, log, work, alarm } = this.#parts;
    if (masterKeyHealth.worked(masterKey, clock.now())) {
      log("info", "master-key-recovered", { masterKeyId: masterKey, taskId: task.task_id });
    }
    // Until the write below is made, the row marks the task as not submitted. The lease keeps it from being due again.
    // Mostly the alarm of the admission or of the first poll comes first, and it needs none of its own.
    const leaseAt = clock.now() + WRITE_LEASE_MS;
    work.set(task.task_id, alarm.between(leaseAt, leaseAt + WRITE_LEASE_MS), "submissions");
    const usual = this.#parts.durations.of(task.shape);
    const decide = (row: TaskRow) => {
      const step = accepted(row, { upstreamId, upstreamNo }, config, { ...this.#moment(), usual });
      const money = credits === null ? {} : ledger.correct(row, credits, clock.now());
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

  /** Handles a definite error: the task fails if a caller has its taskId, otherwise it is removed. */
  #refused(task: TaskRow, reason: ApiError): Promise<SubmissionEnd> {
    return this.#failOrRemove(task, reason, (row) => {
      this.#writer.write(row, endWithoutFiles(STATUS.failed, reason.msg, this.#parts.clock.now()));
    });
  }

  /**
   * Handles the case that no master key allowed for the task can be used. A task whose taskId a caller has is kept;
   * otherwise the caller is asked to retry.
   */
  #unavailable(task: TaskRow, candidates: readonly string[], unsent: boolean): Promise<SubmissionEnd> {
    const { clock, random } = this.#parts;
    // No candidate: the key was removed from the settings while the outcome of the submission under it is unknown.
    const now = clock.now();
    const retryAt =
      candidates.length > 0 ? masterKeyHealth.retryAt(candidates, this.#useOf(task), now) : now + KEY_REST_MS;
    const dueAt = Math.max(retryAt, now) + random.fraction() * KEY_RETRY_SPREAD_MS;
    return this.#failOrRemove(task, null, (row) => {
      this.#writer.write(row, { changes: this.#postponed(row, dueAt, unsent) });
    });
  }

  /**
   * Postpones the submission while the upstream may not be called: it is failing, or the tenant is suspended
   * (docs/decisions/0017). The caller has got a response, so the task may not be removed any more.
   */
  async #holdBack(task: TaskRow, dueAt: number, unsent: boolean): Promise<SubmissionEnd> {
    const decide = (row: TaskRow) => ({ changes: { ...this.#postponed(row, dueAt, unsent), answered: 1 } });
    // This happens often during an outage, and mostly there is nothing to write.
    if (task.answered === 1 && task.uncertain === (unsent ? 0 : 1)) this.#writer.write(task, decide(task));
    else await this.#writer.apply(task, SUBMITTING, decide);
    return { kind: "kept" };
  }

  /** Returns the changes for a later attempt, with what is proven so far. */
  #postponed(row: TaskRow, dueAt: number, unsent: boolean): TaskChanges {
    const due_at = Math.min(Math.round(dueAt), deadlineOf(row, this.#parts.config));
    return unsent ? { due_at, uncertain: 0 } : { due_at };
  }

  #failOrRemove(task: TaskRow, reason: ApiError | null, known: (row: TaskRow) => void): Promise<SubmissionEnd> {
    return this.#parts.commit.run((): SubmissionEnd => {
      const row = this.#parts.tasks.get(task.task_id);
      if (!row || row.phase !== PHASE.submitting) return { kind: "kept" };
      // After a restart it is unknown whether the caller got a response, so only the first attempt may remove the task.
      if (row.answered === 0 && this.#firstAttempts.has(row.task_id)) {
        this.#writer.undoAdmission(row);
        return { kind: "removed", error: reason };
      }
      known(row);
      return { kind: "kept" };
    });
  }

  /**
   * Schedules a retry, because nothing is proven. The caller has got a response, so the task may not be removed any
   * more.
   */
  async #keep(task: TaskRow, { forbidden, retryAfterMs }: UnknownOutcome): Promise<SubmissionEnd> {
    const again = forbidden === true ? submissionForbidden : submitAgain;
    await this.#writer.apply(task, SUBMITTING, (row) => {
      const step = again(row, retryAfterMs, this.#parts.config, this.#moment());
      return { ...step, changes: { ...step.changes, answered: 1 } };
    });
    return { kind: "kept" };
  }

  #moment(): Moment {
    return { now: this.#parts.clock.now(), random: this.#parts.random.fraction() };
  }
}
