/**
 * The copies of a finished task's files: applies the result of each copy, and decides when the task may be reported.
 * Pure, like the rest of the lifecycle (task-lifecycle.ts).
 */
import { DAY_MS, MINUTE_MS } from "./calendar.ts";
import { retryDelay } from "./polling-pace.ts";
import { type MirroredFile, PHASE, STATUS, type TaskChanges, type TaskRow } from "./task.ts";
import { endWithoutFiles, filesOf, type Moment, type Observed, type Pace, type Step } from "./task-lifecycle.ts";

/** Time after a task's end for which its copies are retried, with fresh URLs from the upstream. */
const COPY_GIVE_UP_MS = DAY_MS;

/** Result of one copy; `expired` and `corrupt` need a fresh URL before the next attempt. */
export type CopyResult = "stored" | "expired" | "unavailable" | "corrupt" | "too-large";

/** Returns the files of a task's row with the state of each copy. */
export function readFiles(task: TaskRow): MirroredFile[] {
  return task.files === null ? [] : (JSON.parse(task.files) as MirroredFile[]);
}

/**
 * Applies the result of one copy to its file, and then to the task.
 *
 * @param retryAfterMs the wait that the file's host asked for, or null
 */
export function copied(
  task: TaskRow,
  name: string,
  result: CopyResult,
  pace: Pace,
  { now, random }: Moment,
  retryAfterMs: number | null = null,
): Step {
  const giveUpAt = (task.finished_at ?? now) + Math.max(COPY_GIVE_UP_MS, pace.mirrorGraceMs);
  const files = readFiles(task).map((file): MirroredFile => {
    if (file.name !== name || file.state !== "waiting") return file;
    if (result === "stored") return { ...file, state: "stored", storedAt: now };
    const attempts = file.attempts + 1;
    const delay = retryDelay({
      attempt: file.attempts,
      random,
      baseMs: 1_000,
      capMs: 15 * MINUTE_MS,
      retryAfterMs,
    });
    const lost = now + delay > giveUpAt;
    return lost ? { ...file, attempts, state: "lost" } : { ...file, attempts, dueAt: now + delay };
  });
  return mirrored(task, files, pace, now);
}

/** Makes the next copy of a file due now, because a reader needs it. */
export function copySoon(task: TaskRow, name: string, pace: Pace, now: number): Step {
  const files = readFiles(task).map((file) =>
    file.name === name && file.state === "waiting" ? { ...file, dueAt: Math.min(file.dueAt, now) } : file,
  );
  return mirrored(task, files, pace, now);
}

/** Applies fresh URLs to the files that are still waiting. */
export function refreshed(task: TaskRow, seen: Observed, pace: Pace, now: number): Step {
  const fresh = new Map(filesOf(seen, now).map((file) => [file.name, file.url]));
  const files = readFiles(task).map((file) => {
    const url = fresh.get(file.name);
    return file.state === "waiting" && url !== undefined ? { ...file, url } : file;
  });
  return mirrored(task, files, pace, now);
}

/** Decides whether the task may be reported now, and when it has work again. */
export function mirrored(task: TaskRow, files: readonly MirroredFile[], pace: Pace, now: number): Step {
  const waiting = files.filter(({ state }) => state === "waiting");
  const graceAt = (task.finished_at ?? now) + pace.mirrorGraceMs;
  const nextFile = waiting.length > 0 ? Math.min(...waiting.map(({ dueAt }) => dueAt)) : null;
  const changes: TaskChanges = { files: JSON.stringify(files), due_at: nextFile };
  const noneCame = files.every(({ state, name }) => state === "lost" || name.startsWith("t"));
  if (task.phase === PHASE.ended) {
    return waiting.length === 0 && noneCame ? { changes, money: "release" } : { changes };
  }
  if (waiting.length > 0 && now < graceAt) {
    return { changes: { ...changes, due_at: Math.min(nextFile ?? graceAt, graceAt) } };
  }
  if (noneCame) {
    const end = endWithoutFiles(STATUS.failed, task.fail_reason || "The result could not be fetched", now);
    return { ...end, changes: { ...changes, ...end.changes } };
  }
  const ended: TaskChanges = { phase: PHASE.ended, status: STATUS.completed, progress: 100, ended_at: now };
  return { changes: { ...changes, ...ended }, money: "capture" };
}
