import { describe, expect, it } from "vitest";
import { PHASE, STATUS, type TaskRow } from "../../src/domain/task.ts";
import {
  accepted,
  deadlineOf,
  endWithoutFiles,
  firstPollAt,
  LOST_AFTER_MISSES,
  LOST_AFTER_MS,
  missed,
  nextPollAt,
  type Observed,
  observed,
  pollAgain,
  queryLimitMs,
  type Step,
  submitAgain,
  submitLimitMs,
} from "../../src/domain/task-lifecycle.ts";
import { CREATED_AT, PACE, taskRow } from "../support/task-row.ts";

const at = (ms: number, random = 0.5) => ({ now: CREATED_AT + ms, random });
const RESULT = {
  fileUrl: "https://oss.example/0.png",
  thumbnailUrl: null,
  failed: false,
  failReason: "",
  rest: '{"width":1}',
};
const NO_FILE = { ...RESULT, fileUrl: null };
const FAILED = { ...NO_FILE, failed: true, failReason: "blocked" };
const seen = (changes: Partial<Observed> = {}): Observed => ({
  status: STATUS.generating,
  progress: 40,
  failReason: "",
  rest: '{"prompt":"x"}',
  results: [],
  ...changes,
});
const done = (results: Observed["results"], changes: Partial<Observed> = {}) =>
  seen({ status: STATUS.completed, progress: 100, results, ...changes });
/** The row after a step, as the writer would store it. */
const apply = (task: TaskRow, step: Step): TaskRow => ({ ...task, ...step.changes });

describe("a submission", () => {
  it("is a running task once the upstream has accepted it, asked about after the shortest pause", () => {
    const names = { upstreamId: "9034", upstreamNo: "3b24" };
    const step = accepted(taskRow({ phase: PHASE.submitting }), names, PACE, at(1_700));
    expect(step).toEqual({
      changes: {
        phase: PHASE.running,
        submitted_at: CREATED_AT + 1_700,
        upstream_id: "9034",
        upstream_no: "3b24",
        uncertain: 0,
        attempts: 0,
        missing: 0,
        due_at: CREATED_AT + 1_700 + PACE.pollMinMs,
      },
    });
  });

  it("that proved nothing is uncertain from then on, and tried again later and later", () => {
    const task = taskRow({ phase: PHASE.submitting });
    const delays = [0, 1, 2, 5, 30].map((attempts) => {
      const { changes } = submitAgain({ ...task, attempts }, null, PACE, at(0, 1));
      expect(changes).toMatchObject({ uncertain: 1, attempts: attempts + 1 });
      return (changes.due_at ?? 0) - CREATED_AT;
    });
    expect(delays).toEqual([1_000, 2_000, 4_000, 30_000, 30_000]);
  });

  it("waits as long as a busy upstream asks, but not for ever", () => {
    const task = taskRow({ phase: PHASE.submitting });
    const wait = (ms: number) => (submitAgain(task, ms, PACE, at(0, 0)).changes.due_at ?? 0) - CREATED_AT;
    expect(wait(10_000)).toBe(10_000);
    expect(wait(3_600_000)).toBe(30_000);
  });

  it("is tried for the last time at its deadline, not after it", () => {
    const task = taskRow({ phase: PHASE.submitting, attempts: 20 });
    const { changes } = submitAgain(task, null, PACE, at(PACE.taskDeadlineMs - 5));
    expect(changes.due_at).toBe(deadlineOf(task, PACE));
  });

  it("and a poll get more time with every attempt, but never much more than the task has", () => {
    const limits = [0, 1, 2, 9].map((attempts) => submitLimitMs(taskRow({ attempts }), PACE, CREATED_AT));
    expect(limits).toEqual([30_000, 60_000, 120_000, 120_000]);
    const polls = [0, 1, 2, 9].map((attempts) => queryLimitMs(taskRow({ attempts }), PACE, CREATED_AT));
    expect(polls).toEqual([10_000, 20_000, 30_000, 30_000]);
    const atTheEnd = CREATED_AT + PACE.taskDeadlineMs;
    expect(submitLimitMs(taskRow(), PACE, atTheEnd - 4_000)).toBe(4_000);
    expect(queryLimitMs(taskRow(), PACE, atTheEnd + 1)).toBe(3_000);
  });
});

describe("the first question about a task", () => {
  it("counts from the admission where the upstream accepted quickly, so that the alarm set then serves it", () => {
    const waited = (ms: number) => firstPollAt(taskRow(), PACE, at(ms)) - CREATED_AT;
    expect([0, 250, 1_000, 1_500].map(waited)).toEqual([5_000, 5_000, 5_000, 5_000]);
    expect([1_501, 4_000, 60_000].map(waited)).toEqual([6_501, 9_000, 65_000]);
  });

  it("comes later where such tasks are known to take longer", () => {
    const usual = { meanMs: 180_000, deviationMs: 20_000 };
    expect(firstPollAt(taskRow(), PACE, { ...at(250), usual }) - CREATED_AT).toBe(9_000);
    const short = { meanMs: 4_000, deviationMs: 1_000 };
    expect(firstPollAt(taskRow(), PACE, { ...at(250), usual: short }) - CREATED_AT).toBe(5_000);
  });
});

describe("a running task", () => {
  it.each([
    [STATUS.queuing, STATUS.queuing],
    [STATUS.generating, STATUS.generating],
    [STATUS.review, STATUS.review],
    [6, STATUS.generating],
    [99, STATUS.generating],
    [-1, STATUS.generating],
  ])("that the upstream reports with status %i is shown with status %i and goes on", (status, shown) => {
    const { changes, money } = observed(taskRow(), seen({ status }), PACE, at(10_000));
    expect(changes).toMatchObject({ status: shown, progress: 40, snapshot: '{"prompt":"x"}', results: "[]" });
    expect(changes.phase).toBeUndefined();
    expect(money).toBeUndefined();
    expect(changes.due_at).toBeGreaterThanOrEqual(CREATED_AT + 10_000 + PACE.pollMinMs);
    expect(changes.due_at).toBeLessThanOrEqual(CREATED_AT + 10_000 + PACE.pollMaxMs);
  });

  it("never shows less progress than before, nor 100 before it has ended", () => {
    const reports: (number | null)[] = [0, 30, 10, null, 80, -5, 100, 250, 3];
    let task = taskRow();
    const shown = reports.map((progress) => {
      task = apply(task, observed(task, seen({ progress }), PACE, at(1_000)));
      return task.progress;
    });
    expect(shown).toEqual([0, 30, 30, 30, 80, 80, 99, 99, 99]);
  });

  it.each([
    [STATUS.failed, "bad prompt", "bad prompt"],
    [STATUS.failed, "", "The generation failed"],
    [STATUS.cancelled, "", "The task was cancelled"],
    [STATUS.cancelled, "by the operator", "by the operator"],
  ])("that ends with status %i and reason %j gets its money back and says why", (status, failReason, shown) => {
    const { changes, money } = observed(taskRow({ progress: 50 }), seen({ status, failReason }), PACE, at(9_000));
    expect(money).toBe("release");
    expect(changes).toMatchObject({ phase: PHASE.ended, status, fail_reason: shown, due_at: null });
    expect(changes.ended_at).toBe(CREATED_AT + 9_000);
    expect(changes.progress).toBeUndefined();
  });

  it("is not lost when the upstream denies it a few times, and is when it does not stop", () => {
    let task = taskRow();
    for (let count = 1; count < LOST_AFTER_MISSES; count += 1) {
      const step = missed(task, PACE, at(count * 10_000));
      expect(step.changes).toMatchObject({ missing: count });
      expect(step.money).toBeUndefined();
      task = apply(task, step);
    }
    expect(apply(task, observed(task, seen(), PACE, at(60_000))).missing).toBe(0);
    expect(missed(task, PACE, at(LOST_AFTER_MS - 1)).money).toBeUndefined();
    const lost = missed(task, PACE, at(60_000));
    expect(lost.money).toBe("release");
    expect(lost.changes).toMatchObject({ phase: PHASE.ended, status: STATUS.failed, due_at: null });
    expect(lost.changes.fail_reason).toContain("lost");
  });

  it("is not lost after a few denials that took no time", () => {
    const quick = { ...PACE, pollMinMs: 50, pollMaxMs: 250 };
    const needed = LOST_AFTER_MS / quick.pollMaxMs;
    expect(missed(taskRow({ missing: needed - 2 }), quick, at(3_600_000)).money).toBeUndefined();
    expect(missed(taskRow({ missing: needed - 1 }), quick, at(3_600_000)).money).toBe("release");
  });

  it("is asked less and less often while the upstream cannot answer, but at its deadline at the latest", () => {
    const wait = (attempts: number, nowMs: number, retryAfterMs: number | null = null) =>
      (pollAgain(taskRow({ attempts }), retryAfterMs, PACE, at(nowMs, 1)).changes.due_at ?? 0) - CREATED_AT - nowMs;
    expect([0, 1, 2, 3, 10].map((attempts) => wait(attempts, 0))).toEqual([5_000, 10_000, 20_000, 30_000, 30_000]);
    expect(wait(0, 0, 20_000)).toBe(22_000);
    expect(wait(10, PACE.taskDeadlineMs - 30_000)).toBe(30_000);
    expect(wait(10, PACE.taskDeadlineMs)).toBe(PACE.pollMinMs);
  });

  it("resets the failure count when the upstream responds again", () => {
    expect(observed(taskRow({ attempts: 7 }), seen(), PACE, at(0)).changes.attempts).toBe(0);
  });

  it("is asked at a pace within the bounds, and for the last time at its deadline", () => {
    for (const random of [0, 0.25, 0.5, 1]) {
      for (const age of [0, 1_000, 60_000, 3_600_000]) {
        const delay = nextPollAt(taskRow(), PACE, at(age, random)) - CREATED_AT - age;
        expect(delay).toBeGreaterThanOrEqual(PACE.pollMinMs);
        expect(delay).toBeLessThanOrEqual(PACE.pollMaxMs);
      }
    }
    expect(nextPollAt(taskRow(), PACE, at(PACE.taskDeadlineMs - 2))).toBe(CREATED_AT + PACE.taskDeadlineMs);
    expect(nextPollAt(taskRow(), PACE, at(PACE.taskDeadlineMs + 50))).toBe(CREATED_AT + PACE.taskDeadlineMs + 51);
  });
});

describe("a task that the upstream has completed", () => {
  it("is not reported yet: its files are copied first", () => {
    const { changes, money } = observed(taskRow({ progress: 60 }), done([RESULT]), PACE, at(30_000));
    expect(money).toBeUndefined();
    expect(changes).toMatchObject({
      phase: PHASE.mirroring,
      status: STATUS.generating,
      progress: 99,
      finished_at: CREATED_AT + 30_000,
      due_at: CREATED_AT + 30_000,
    });
    expect(JSON.parse(changes.files ?? "")).toEqual([
      { name: "0", state: "waiting", url: RESULT.fileUrl, attempts: 0, dueAt: CREATED_AT + 30_000 },
    ]);
  });

  it("has its thumbnails copied too, and results beyond those that were asked for", () => {
    const results = [RESULT, { ...RESULT, thumbnailUrl: "https://oss.example/t.png" }];
    const { changes } = observed(taskRow(), done(results), PACE, at(0));
    expect(JSON.parse(changes.files ?? "").map(({ name }: { name: string }) => name)).toEqual(["0", "1", "t1"]);
  });

  it("waits for results that lag behind, a few polls long", () => {
    const task = taskRow({ expected_results: 2 });
    for (const results of [[RESULT], [RESULT, NO_FILE]]) {
      const first = observed(task, done(results), PACE, at(0));
      expect(first.changes.phase).toBeUndefined();
      expect(first.changes).toMatchObject({ finished_at: CREATED_AT, attempts: 0 });
      const waiting = apply(task, first);
      expect(observed(waiting, done(results), PACE, at(29_000)).changes.phase).toBeUndefined();
      expect(observed(waiting, done([RESULT, RESULT]), PACE, at(8_000)).changes.phase).toBe(PHASE.mirroring);
      const enough = observed(waiting, done(results), PACE, at(30_000));
      expect(enough.changes).toMatchObject({ phase: PHASE.mirroring, finished_at: CREATED_AT });
      expect(JSON.parse(enough.changes.files ?? "")).toHaveLength(1);
    }
  });

  it("does not wait for results that have failed", () => {
    const task = taskRow({ expected_results: 3 });
    const results = [RESULT, FAILED, { ...NO_FILE, failReason: "blocked" }];
    const { changes } = observed(task, done(results), PACE, at(0));
    expect(changes.phase).toBe(PHASE.mirroring);
    expect(JSON.parse(changes.files ?? "")).toHaveLength(1);
  });

  it("has failed when every result has, with the upstream's reason", () => {
    const step = observed(taskRow({ expected_results: 2 }), done([FAILED, FAILED]), PACE, at(0));
    expect(step.money).toBe("release");
    expect(step.changes).toMatchObject({ phase: PHASE.ended, status: STATUS.failed, fail_reason: "blocked" });
    const own = observed(taskRow(), done([FAILED], { failReason: "all blocked" }), PACE, at(0));
    expect(own.changes.fail_reason).toBe("all blocked");
  });

  it.each([[[]], [[NO_FILE]]])("has failed when no file has come by the end of the grace: %j", (results) => {
    const first = observed(taskRow(), done(results), PACE, at(0));
    expect(first.changes.phase).toBeUndefined();
    const waiting = apply(taskRow(), first);
    expect(observed(waiting, done(results), PACE, at(59_999)).changes.phase).toBeUndefined();
    const end = observed(waiting, done(results), PACE, at(60_000));
    expect(end.money).toBe("release");
    expect(end.changes).toMatchObject({ phase: PHASE.ended, status: STATUS.failed });
    expect(end.changes.fail_reason).toContain("without a file");
  });

  it("may lag a few polls even if there is no grace at all", () => {
    const hasty = { ...PACE, mirrorGraceMs: 0 };
    const first = observed(taskRow(), done([]), hasty, at(0));
    expect(first.changes.phase).toBeUndefined();
    const waiting = apply(taskRow(), first);
    expect(observed(waiting, done([RESULT]), hasty, at(9_000)).changes.phase).toBe(PHASE.mirroring);
    expect(observed(waiting, done([]), hasty, at(30_000)).changes.phase).toBe(PHASE.ended);
  });
});

describe("an end without files", () => {
  it("releases the hold and leaves nothing to do", () => {
    expect(endWithoutFiles(5, "gone", 7)).toEqual({
      changes: { phase: PHASE.ended, status: 5, fail_reason: "gone", ended_at: 7, due_at: null },
      money: "release",
    });
  });
});
