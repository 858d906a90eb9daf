/** Queries the upstream for a task's state, under the master key that submitted the task. */
import type { QueryOutcome } from "../../courier/seedhorse.ts";
import { KEY_REST_MS } from "../../domain/key-trouble.ts";
import { PHASE, STATUS, type TaskRow } from "../../domain/task.ts";
import {
  deadlineOf,
  endWithoutFiles,
  type Moment,
  missed,
  nextPollAt,
  observed,
  pollAgain,
  queryLimitMs,
  type Step,
} from "../../domain/task-lifecycle.ts";
import { ExpiringMap } from "../../lib/expiring-map.ts";
import { countUpstreamCall } from "../../metrics/isolate-counters.ts";
import { MAX_TASKS_IN_MEMORY } from "./task-window.ts";
import type { TaskParts, TaskWriter } from "./task-writer.ts";
import { UpstreamGate } from "./upstream-gate.ts";

/** Polls running tasks. */
export class Polling {
  readonly #parts: TaskParts;
  readonly #writer: TaskWriter;
  readonly #gate: UpstreamGate;
  /** Tasks whose next poll is further away than `POLL_MAX_MS`, because nobody watches them: when each was polled last. */
  readonly #rare = new ExpiringMap<number, number>(MAX_TASKS_IN_MEMORY);

  constructor(parts: TaskParts, writer: TaskWriter) {
    this.#parts = parts;
    this.#writer = writer;
    this.#gate = new UpstreamGate("query", parts);
  }

  /** Polls a running task once. The last poll before the deadline decides how the task ends. */
  async poll(task: TaskRow): Promise<void> {
    const { config, work, clock, random } = this.#parts;
    const startedAt: Moment = { now: clock.now(), random: random.fraction() };
    const closedUntil = this.#gate.closedUntil(this.#firstKey(task), config.pollMinMs);
    if (closedUntil !== null && startedAt.now < deadlineOf(task, config)) {
      work.set(task.task_id, Math.min(closedUntil, deadlineOf(task, config)), "polls");
      return;
    }
    this.#rare.delete(task.task_id);
    // Sets the next poll's time already, which the outcome will confirm: so one alarm serves both.
    work.set(task.task_id, nextPollAt(task, config, this.#expected(task, startedAt)), "polls");
    const outcome = await this.query(task);
    await this.#writer.apply(task, [PHASE.running], (row) => {
      const { changes, ...money } = this.#afterQuery(row, outcome, startedAt);
      const step: Step = { ...money, changes: { ...changes, polls: row.polls + 1, polled_at: startedAt.now } };
      const goesOn = (step.changes.phase ?? row.phase) === PHASE.running;
      const late = clock.now() >= deadlineOf(task, config);
      const reason = step.changes.fail_reason ?? row.fail_reason;
      return late && goesOn
        ? endWithoutFiles(STATUS.failed, reason || "The task did not finish in time", clock.now())
        : step;
    });
  }

  /** Moves the next poll of a task that was polled rarely to the usual pace, because a caller looks at it. */
  hurry(taskId: number): void {
    const { config, clock, work, queue } = this.#parts;
    const polledAt = this.#rare.get(taskId, 0);
    if (polledAt === undefined) return;
    this.#rare.delete(taskId);
    work.set(taskId, Math.max(clock.now(), polledAt + config.pollMaxMs), "polls");
    void queue.arm();
  }

  /** Queries once. A failed call proves nothing about the task. */
  async query(task: TaskRow): Promise<QueryOutcome> {
    const { courier, config, clock, log } = this.#parts;
    const ids = config.masterKeys.map(({ id }) => id);
    const pinned = ids.includes(task.master_key) ? task.master_key : null;
    const others = ids.filter((id) => id !== pinned);
    const names = {
      upstreamId: task.upstream_id ?? "",
      upstreamNo: task.upstream_no,
      taskId: task.task_id,
      taskNo: task.task_no,
      request: task.request,
    };
    const startedAt = clock.now();
    const limitMs = queryLimitMs(task, config, startedAt);
    try {
      const { outcome, refused } = await courier.query(pinned, others, names, limitMs);
      // Only logged, not counted against the key: a submission finds out whether the key can submit, and costs nothing
      // if it cannot.
      for (const { masterKeyId, code } of refused) {
        countUpstreamCall("query", masterKeyId, { kind: "key-refused" }, null);
        log("warn", "master-key-refused", { masterKeyId, code, forAll: false, taskId: task.task_id });
      }
      this.#gate.learn(this.#firstKey(task), task.task_id, outcome, startedAt);
      return outcome;
    } catch (error) {
      return { kind: "unknown", detail: String(error), busy: false, retryAfterMs: null };
    }
  }

  /** Returns the master key for the first query: the one the task is bound to, while it is configured. */
  #firstKey(task: TaskRow): string {
    const ids = this.#parts.config.masterKeys.map(({ id }) => id);
    return ids.includes(task.master_key) ? task.master_key : (ids[0] ?? "");
  }

  #afterQuery(row: TaskRow, outcome: QueryOutcome, moment: Moment): Step {
    const { config } = this.#parts;
    if (outcome.kind === "snapshot") {
      const expected = this.#expected(row, moment);
      const step = observed(row, outcome.snapshot, config, expected);
      const { due_at, finished_at } = step.changes;
      if (row.finished_at === null && finished_at != null) this.#learn(row, finished_at);
      if (due_at != null && due_at > moment.now + config.pollMaxMs) {
        this.#rare.set(row.task_id, moment.now, Number.POSITIVE_INFINITY);
      }
      return step;
    }
    if (outcome.kind === "missing") return missed(row, config, moment);
    // The wait starts when the response arrives, which may be long after the request.
    const responded: Moment = { ...moment, now: this.#parts.clock.now() };
    return pollAgain(row, outcome.kind === "unknown" ? outcome.retryAfterMs : KEY_REST_MS, config, responded);
  }

  /** Adds to a moment what the next poll of a task depends on. */
  #expected(task: TaskRow, moment: Moment): Moment {
    const { durations, watchers } = this.#parts;
    return { ...moment, usual: durations.of(task.shape), unwatchedMs: watchers.unwatchedMs(task, moment.now) };
  }

  /** Learns from a task that completed after its last poll: in the middle of that time, as far as is known. */
  #learn({ shape, submitted_at, polled_at }: TaskRow, finishedAt: number): void {
    if (submitted_at === null) return;
    // The time of the last poll may be that of an earlier one, after a restart.
    const unknownMs = Math.min(finishedAt - Math.max(polled_at ?? 0, submitted_at), this.#parts.config.pollMaxMs);
    this.#parts.durations.learn(shape, finishedAt - submitted_at - unknownMs / 2);
  }
}
