/**
 * Bringing an admitted task upstream, exactly once: one idempotency key for all attempts, bound to one master key until an
 * answer proves that nothing was accepted under it (docs/design.md, rule 2). Whether that is proven is on disk: `uncertain` is
 * written before an attempt, and taken back only by an answer.
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
import type { TaskWriter, TaskWriterParts } from "./task-writer.ts";
import { UpstreamGate } from "./upstream-gate.ts";

/** How an attempt to submit ended, as far as a caller who waits for it is concerned. */
export type SubmissionEnd =
  | { readonly kind: "accepted"; readonly price: number }
  /** Refused before anyone had the taskId: the task is forgotten. Null: no master key can be used now. */
  | { readonly kind: "forgotten"; readonly error: ApiError | null }
  /** Kept; goes on in the background. */
  | { readonly kind: "kept" };

const SUBMITTING = [PHASE.submitting] as const;
/** How soon an accepted task is submitted once more if its acceptance could not be written. */
const WRITE_LEASE_MS = 5_000;
/** How soon, at the least, a task asks again that may not be submitted now. */
const HELD_BACK_MS = 1_000;
/** How often a task of a suspended tenant asks whether it may go on. */
const SUSPENDED_MS = 30_000;
/** Tasks that wait for a master key come back over so long, and not all at once. */
const KEY_RETRY_SPREAD_MS = 4_000;

/** Submits tasks to the upstream, each under one idempotency key. */
export class Submission {
  readonly #parts: TaskWriterParts;
  readonly #writer: TaskWriter;
  readonly #isSuspended: () => boolean;
  readonly #gate: UpstreamGate;
  readonly #masterKeys: readonly string[];
  readonly #tenantId: () => string;
  /** Tasks whose first attempt is under way: until somebody has the taskId, a refusal makes them vanish. */
  readonly #unheardOf = new Set<number>();

  constructor(parts: TaskWriterParts, writer: TaskWriter, tenantId: () => string, isSuspended: () => boolean) {
    this.#parts = parts;
    this.#writer = writer;
    this.#isSuspended = isSuspended;
    this.#tenantId = tenantId;
    this.#gate = new UpstreamGate("submit", parts, tenantId);
    this.#masterKeys = parts.config.masterKeys.map(({ id }) => id);
  }

  /** The first attempt for a task that was admitted in this very turn: nothing was sent for it yet. */
  async first(taskId: number): Promise<SubmissionEnd> {
    this.#unheardOf.add(taskId);
    try {
      return await this.#submit(taskId, true);
    } finally {
      this.#unheardOf.delete(taskId);
    }
  }

  /** A later attempt, or the end of a task that could not be submitted in time. */
  async again(task: TaskRow): Promise<void> {
    const { clock, config } = this.#parts;
    const now = clock.now();
    if (now >= deadlineOf(task, config)) {
      const end = endWithoutFiles(STATUS.failed, "The task could not be started in time", now);
      await this.#writer.apply(task, SUBMITTING, () => end);
    } else if (this.#isSuspended()) {
      await this.#holdBack(task, now + SUSPENDED_MS, task.uncertain === 0);
    } else {
      await this.#submit(task.task_id, task.uncertain === 0);
    }
  }

  /** @param unsent whether it is proven that nothing was accepted so far */
  async #submit(taskId: number, unsent: boolean): Promise<SubmissionEnd> {
    const { tasks, clock, commit, log } = this.#parts;
    for (;;) {
      const task = tasks.get(taskId);
      if (!task || task.phase !== PHASE.submitting) return { kind: "kept" };
      const use = this.#useOf(task);
      const candidates = unsent ? this.#masterKeys : this.#masterKeys.filter((id) => id === task.master_key);
      // Somebody waits for a first attempt and would be turned away; later ones can wait themselves.
      const [masterKey] = this.#unheardOf.has(taskId)
        ? masterKeyHealth.worthTrying(candidates, use, clock.now())
        : masterKeyHealth.usable(candidates, use, clock.now());
      if (masterKey === undefined) return this.#unavailable(task, candidates, unsent);
      const closedUntil = this.#gate.closedUntil(masterKey, HELD_BACK_MS);
      if (closedUntil !== null) return this.#holdBack(task, closedUntil, unsent);
      masterKeyHealth.asking(masterKey, use, clock.now());
      if (task.uncertain === 0 || masterKey !== task.master_key) {
        await commit.run(() => tasks.update(taskId, { master_key: masterKey, uncertain: 1 }));
      }
      const outcome = await this.#attempt(task, masterKey);
      this.#gate.learn(masterKey, taskId, outcome);
      if (outcome.kind === "accepted") return this.#accepted(task, masterKey, outcome);
      if (outcome.kind === "refused") return this.#refused(task, upstreamError(outcome.code, outcome.msg));
      if (outcome.kind === "unknown") return this.#keep(task, outcome);
      // This master key is in trouble. Another may be tried only if nothing can have been accepted under this one.
      const forAll = masterKeyHealth.refused(masterKey, use, outcome.code, clock.now());
      log("warn", "master-key-refused", { masterKeyId: masterKey, code: outcome.code, forAll });
    }
  }

  #useOf({ shape }: TaskRow): KeyUse {
    return { tenantId: this.#tenantId(), shape, credits: this.#parts.prices.upstreamCredits(shape) };
  }

  async #attempt(task: TaskRow, masterKey: string): Promise<SubmitOutcome> {
    try {
      const { courier, config, clock } = this.#parts;
      const limitMs = submitLimitMs(task, config, clock.now());
      return await courier.submit(masterKey, task.upstream_key, task.request, limitMs);
    } catch (error) {
      // The call to the Courier itself broke: whether it had sent anything is not known.
      return { kind: "unknown", detail: String(error), busy: false, retryAfterMs: null };
    }
  }

  /** Answers at once: what is written here only repeats what the intent implies (docs/design.md, rule 1). */
  #accepted(task: TaskRow, masterKey: string, { upstreamId, upstreamNo, credits }: AcceptedSubmission): SubmissionEnd {
    const { ledger, config, clock, log, work } = this.#parts;
    masterKeyHealth.worked(masterKey, clock.now());
    // Until the write below is made the row says that the task is still to be submitted: it must not be due again.
    work.set(task.task_id, clock.now() + WRITE_LEASE_MS, "submissions");
    const decide = (row: TaskRow) => {
      const step = accepted(row, { upstreamId, upstreamNo }, config, this.#moment());
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

  /** A clear no: the task fails if anyone knows of it, else it never was. */
  #refused(task: TaskRow, reason: ApiError): Promise<SubmissionEnd> {
    return this.#endOrForget(task, reason, (row) => {
      this.#writer.write(row, endWithoutFiles(STATUS.failed, reason.msg, this.#parts.clock.now()));
    });
  }

  /**
   * None of the master keys that the task may go under can be used. Who has a taskId keeps it; who has none is told to
   * come again.
   */
  #unavailable(task: TaskRow, candidates: readonly string[], unsent: boolean): Promise<SubmissionEnd> {
    const { clock, random } = this.#parts;
    // No candidate at all: the key was taken out of the settings while nobody knows what became of the task under it.
    const now = clock.now();
    const retryAt =
      candidates.length > 0 ? masterKeyHealth.retryAt(candidates, this.#useOf(task), now) : now + KEY_REST_MS;
    const dueAt = Math.max(retryAt, now) + random.fraction() * KEY_RETRY_SPREAD_MS;
    return this.#endOrForget(task, null, (row) => {
      this.#writer.write(row, { changes: this.#postponed(row, dueAt, unsent) });
    });
  }

  /**
   * The upstream may not be called now: it is in trouble, or the tenant suspended (docs/decisions/0017). The caller is
   * answered, so the task may not vanish any more.
   */
  async #holdBack(task: TaskRow, dueAt: number, unsent: boolean): Promise<SubmissionEnd> {
    const decide = (row: TaskRow) => ({ changes: { ...this.#postponed(row, dueAt, unsent), answered: 1 } });
    // While an outage lasts this happens often, and mostly there is nothing to write.
    if (task.answered === 1 && task.uncertain === (unsent ? 0 : 1)) this.#writer.write(task, decide(task));
    else await this.#writer.apply(task, SUBMITTING, decide);
    return { kind: "kept" };
  }

  /** Without an attempt; what is proven is put on record. */
  #postponed(row: TaskRow, dueAt: number, unsent: boolean): TaskChanges {
    const due_at = Math.min(Math.round(dueAt), deadlineOf(row, this.#parts.config));
    return unsent ? { due_at, uncertain: 0 } : { due_at };
  }

  #endOrForget(task: TaskRow, reason: ApiError | null, known: (row: TaskRow) => void): Promise<SubmissionEnd> {
    return this.#parts.commit.run((): SubmissionEnd => {
      const row = this.#parts.tasks.get(task.task_id);
      if (!row || row.phase !== PHASE.submitting) return { kind: "kept" };
      // After a restart nobody can tell whether the answer got out, so only the first attempt may forget.
      if (row.answered === 0 && this.#unheardOf.has(row.task_id)) {
        this.#writer.forget(row);
        return { kind: "forgotten", error: reason };
      }
      known(row);
      return { kind: "kept" };
    });
  }

  /** Nothing is proven: the same again later. The caller is answered, so the task may not vanish any more. */
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
