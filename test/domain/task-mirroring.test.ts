import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MirroredFile, PHASE, STATUS, type TaskRow } from "../../src/domain/task.ts";
import type { Step } from "../../src/domain/task-lifecycle.ts";
import { type CopyResult, copied, copySoon, mirrored, readFiles, refreshed } from "../../src/domain/task-mirroring.ts";
import { CREATED_AT, PACE, taskRow } from "../support/task-row.ts";

const HOUR_MS = 3_600_000;
const FINISHED_AT = CREATED_AT + 30_000;
const GRACE_ENDS_AT = FINISHED_AT + PACE.mirrorGraceMs;
const at = (ms: number, random = 0.5) => ({ now: FINISHED_AT + ms, random });

const waiting = (name: string, changes: Partial<MirroredFile> = {}): MirroredFile => ({
  name,
  state: "waiting",
  url: `https://oss.example/${name}`,
  attempts: 0,
  dueAt: FINISHED_AT,
  ...changes,
});
const mirroring = (files: MirroredFile[], changes: Partial<TaskRow> = {}): TaskRow =>
  taskRow({
    phase: PHASE.mirroring,
    status: STATUS.generating,
    progress: 99,
    finished_at: FINISHED_AT,
    files: JSON.stringify(files),
    ...changes,
  });
const apply = (task: TaskRow, step: Step): TaskRow => ({ ...task, ...step.changes });
const statesOf = (task: TaskRow) => Object.fromEntries(readFiles(task).map(({ name, state }) => [name, state]));

describe("a finished task whose files are being copied", () => {
  it("is reported, and paid for, when the last file is stored", () => {
    const task = mirroring([waiting("0"), waiting("1")]);
    const first = copied(task, "0", "stored", PACE, at(100));
    expect(first.money).toBeUndefined();
    expect(first.changes.phase).toBeUndefined();
    const second = copied(apply(task, first), "1", "stored", PACE, at(200));
    expect(second.money).toBe("capture");
    expect(second.changes).toMatchObject({ phase: PHASE.ended, status: STATUS.completed, progress: 100, due_at: null });
    expect(second.changes.ended_at).toBe(FINISHED_AT + 200);
    expect(statesOf(apply(task, second))).toEqual({ "0": "stored", "1": "stored" });
  });

  it("is reported when the grace is over, and its files go on being copied", () => {
    const task = mirroring([waiting("0", { dueAt: GRACE_ENDS_AT + 500 })]);
    const early = mirrored(task, readFiles(task), PACE, GRACE_ENDS_AT - 1);
    expect(early.changes).toMatchObject({ due_at: GRACE_ENDS_AT });
    expect(early.changes.phase).toBeUndefined();
    const step = mirrored(task, readFiles(task), PACE, GRACE_ENDS_AT);
    expect(step.money).toBe("capture");
    expect(step.changes).toMatchObject({ phase: PHASE.ended, status: STATUS.completed, progress: 100 });
    expect(step.changes.due_at).toBe(GRACE_ENDS_AT + 500);
    const ended = apply(task, step);
    const stored = copied(ended, "0", "stored", PACE, at(70_000));
    expect(stored.money).toBeUndefined();
    expect(stored.changes).toMatchObject({ due_at: null });
    expect(stored.changes.phase).toBeUndefined();
  });

  it.each<CopyResult>([
    "expired",
    "unavailable",
    "corrupt",
    "too-large",
  ])("tries a file again that was %s", (result) => {
    const task = mirroring([waiting("0"), waiting("t0")]);
    const step = copied(task, "0", result, PACE, at(1_000, 1));
    const [file, other] = readFiles(apply(task, step));
    expect(file).toMatchObject({ state: "waiting", attempts: 1, dueAt: FINISHED_AT + 2_000 });
    expect(other).toEqual(waiting("t0"));
    expect(step.money).toBeUndefined();
  });

  it("tries ever more rarely, and gives a file up after a day", () => {
    const wait = (attempts: number) => {
      const step = copied(mirroring([waiting("0", { attempts })]), "0", "unavailable", PACE, at(0, 1));
      return (readFiles(apply(taskRow(), step))[0]?.dueAt ?? 0) - FINISHED_AT;
    };
    expect([0, 1, 2, 5, 20].map(wait)).toEqual([1_000, 2_000, 4_000, 32_000, 900_000]);
    const task = mirroring([waiting("0", { attempts: 30 })], { phase: PHASE.ended, status: STATUS.completed });
    const last = copied(task, "0", "unavailable", PACE, at(24 * HOUR_MS));
    expect(statesOf(apply(task, last))).toEqual({ "0": "lost" });
  });

  it("gives the money back when all its files are lost after it was reported", () => {
    const task = mirroring([waiting("0"), waiting("1")], { phase: PHASE.ended, status: STATUS.completed });
    const first = copied(task, "0", "expired", PACE, at(25 * HOUR_MS));
    expect(first.money).toBeUndefined();
    const second = copied(apply(task, first), "1", "expired", PACE, at(25 * HOUR_MS));
    expect(second.money).toBe("release");
    expect(second.changes.status).toBeUndefined();
  });

  it("keeps the money if one file came, whatever happened to the others and to thumbnails", () => {
    const files = [waiting("0", { state: "stored" }), waiting("1"), waiting("t0")];
    const task = mirroring(files, { phase: PHASE.ended, status: STATUS.completed });
    let row = apply(task, copied(task, "1", "expired", PACE, at(25 * HOUR_MS)));
    const end = copied(row, "t0", "expired", PACE, at(25 * HOUR_MS));
    row = apply(row, end);
    expect(end.money).toBeUndefined();
    expect(statesOf(row)).toEqual({ "0": "stored", "1": "lost", t0: "lost" });
  });

  it("has failed when its files were lost before it was reported", () => {
    const patient = { ...PACE, mirrorGraceMs: 48 * HOUR_MS };
    const task = mirroring([waiting("0"), waiting("t0", { state: "stored" })]);
    const step = copied(task, "0", "corrupt", patient, at(49 * HOUR_MS));
    expect(step.money).toBe("release");
    expect(step.changes).toMatchObject({ phase: PHASE.ended, status: STATUS.failed });
    expect(step.changes.fail_reason).not.toBe("");
  });

  it("takes fresh URLs for the files that still wait, and no new files", () => {
    const task = mirroring([waiting("0", { state: "stored" }), waiting("1", { attempts: 3 })]);
    const result = { thumbnailUrl: null, failed: false, failReason: "", rest: "{}" };
    const fresh = ["a", "b", "c"].map((name) => ({ ...result, fileUrl: `https://oss.example/fresh-${name}` }));
    const seen = { status: STATUS.completed, progress: 100, failReason: "", rest: "{}", results: fresh };
    const files = readFiles(apply(task, refreshed(task, seen, PACE, FINISHED_AT)));
    expect(files.map(({ url }) => url)).toEqual(["https://oss.example/0", "https://oss.example/fresh-b"]);
    expect(files[1]?.attempts).toBe(3);
  });

  it("is not disturbed by the end of a copy that is not its own or has ended before", () => {
    const task = mirroring([waiting("0", { state: "stored" }), waiting("1")]);
    for (const name of ["0", "7"]) {
      expect(statesOf(apply(task, copied(task, name, "corrupt", PACE, at(0))))).toEqual(statesOf(task));
    }
  });

  it("ends exactly once, with its money settled once or given back after all, however its copies go", () => {
    const outcome = fc.constantFrom<CopyResult>("stored", "expired", "unavailable", "corrupt", "too-large");
    const event = fc.record({ name: fc.constantFrom("0", "1", "t0"), result: outcome, afterMs: fc.nat(4 * HOUR_MS) });
    fc.assert(
      fc.property(fc.array(event, { minLength: 60, maxLength: 80 }), (events) => {
        let task = mirroring([waiting("0"), waiting("1"), waiting("t0")]);
        let now = FINISHED_AT;
        const money: string[] = [];
        let ends = 0;
        for (const { name, result, afterMs } of events) {
          now += afterMs;
          const step = copied(task, name, result, PACE, { now, random: 0.5 });
          if (task.phase !== PHASE.ended && step.changes.phase === PHASE.ended) ends += 1;
          if (step.money !== undefined && step.money !== money.at(-1)) money.push(step.money);
          expect(step.changes.progress ?? 100).toBeGreaterThanOrEqual(task.progress);
          task = apply(task, step);
          const left = readFiles(task).some(({ state }) => state === "waiting");
          expect(task.due_at === null).toBe(task.phase === PHASE.ended && !left);
        }
        expect(ends).toBe(1);
        expect([["capture"], ["release"], ["capture", "release"]]).toContainEqual(money);
        const kept = readFiles(task).some(({ name, state }) => !name.startsWith("t") && state !== "lost");
        expect(money.at(-1)).toBe(kept ? "capture" : "release");
      }),
    );
  });
});

describe("a file that could not be copied yet", () => {
  it("is tried again no sooner than its host asked, within a quarter of an hour", () => {
    const task = mirroring([waiting("0")]);
    const dueAfter = (retryAfterMs: number | null) => {
      const step = copied(task, "0", "unavailable", PACE, at(0, 0), retryAfterMs);
      return (readFiles(apply(task, step))[0]?.dueAt ?? 0) - FINISHED_AT;
    };
    expect([null, 0, 30_000, 24 * HOUR_MS].map(dueAfter)).toEqual([500, 500, 30_000, 900_000]);
  });

  it("is due at once for a reader who needs it, and only that file", () => {
    const later = FINISHED_AT + 600_000;
    const task = mirroring([waiting("0", { attempts: 9, dueAt: later }), waiting("1", { attempts: 9, dueAt: later })], {
      phase: PHASE.ended,
    });
    const step = copySoon(task, "0", PACE, FINISHED_AT + 1_000);
    expect(readFiles(apply(task, step)).map(({ dueAt }) => dueAt)).toEqual([FINISHED_AT + 1_000, later]);
    expect(step.changes.due_at).toBe(FINISHED_AT + 1_000);
  });
});
