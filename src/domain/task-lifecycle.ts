/**
 * The task state machine: applies outcomes of outside calls to a task. Pure: rows in, changes out. submitting → running
 * → mirroring → ended; each arrow is written by exactly one function here or in task-mirroring.ts.
 */
import { MINUTE_MS } from "./calendar.ts";
import { nextPollDelay, retryDelay } from "./polling-pace.ts";
import { type MirroredFile, PHASE, STATUS, type TaskChanges, type TaskRow } from "./task.ts";
import type { UsualDuration } from "./usual-duration.ts";

/** The parts of the configuration that pace a task (contract section 1), in ms. */
export interface Pace {
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly taskDeadlineMs: number;
  readonly mirrorGraceMs: number;
}

/** Time and randomness of one decision. */
export interface Moment {
  /** ms since epoch. */
  readonly now: number;
  /** 0 to 1, for jitter. */
  readonly random: number;
  /** Usual duration of tasks of this shape; absent or null: not known. */
  readonly usual?: UsualDuration | null;
  /** For how long nobody has watched the task, in ms; absent: it is being watched. */
  readonly unwatchedMs?: number;
}

/** The changes of a task's row, with the money to settle. */
export interface Step {
  readonly changes: TaskChanges;
  /** Settle the hold in the same transaction; `undefined` leaves it. */
  readonly money?: "capture" | "release";
}

/**
 * A submission fails after getting only 401 or 403 without the upstream's envelope for this long (contract section 2).
 */
const FORBIDDEN_MS = 15 * MINUTE_MS;
/** A task that the upstream does not know this often in a row is lost; a single time may be a delayed index. */
export const LOST_AFTER_MISSES = 5;
/** Least time before a task counts as lost: from its start, and from when the upstream last knew it. */
export const LOST_AFTER_MS = 5_000;
/**
 * Longest delay of a retry, so that a recovered upstream is used soon; in an outage, back-pressure limits all calls.
 */
const MAX_RETRY_MS = 30_000;
/** Polls after the end during which results may still be missing; then the present ones count as all. */
const RESULTS_LAG_POLLS = 3;
/** Reason shown if the upstream gave none. */
const LOST = "The task was lost by the image and video service";
/** Least part of `pollMinMs` between the acceptance and the first poll. */
const MIN_FIRST_WAIT = 0.7;
/** Least time of a call: a task is queried once more even at its deadline. */
const MIN_CALL_MS = 3_000;

/** @returns the time at which an unfinished task fails */
export function deadlineOf(task: TaskRow, pace: Pace): number {
  return task.created_at + pace.taskDeadlineMs;
}

/**
 * @returns the time limit of one attempt to submit, in ms. It grows with each attempt for a slow upstream; an upstream
 * that hangs is asked again under the same idempotency key, so giving up early costs nothing.
 */
export function submitLimitMs(task: TaskRow, pace: Pace, now: number): number {
  return callLimitMs(task, pace, now, Math.min(2 * MINUTE_MS, 30_000 * 2 ** Math.min(task.attempts, 2)));
}

/** @returns the time limit of one poll, in ms, which grows likewise */
export function queryLimitMs(task: TaskRow, pace: Pace, now: number): number {
  return callLimitMs(task, pace, now, Math.min(30_000, 10_000 * 2 ** Math.min(task.attempts, 2)));
}

/** Limits a call to its task's deadline plus one last query. */
function callLimitMs(task: TaskRow, pace: Pace, now: number, mostMs: number): number {
  return Math.min(mostMs, Math.max(MIN_CALL_MS, deadlineOf(task, pace) - now));
}

/**
 * Ends a task without files: shows the reason to the tenant and releases the hold. The upstream's last reason takes
 * precedence over the gateway's own (contract section 3).
 */
export function endWithoutFiles(status: 3 | 5, failReason: string, now: number): Step {
  return {
    changes: { phase: PHASE.ended, status, fail_reason: failReason, ended_at: now, due_at: null },
    money: "release",
  };
}

/**
 * Returns the time of an accepted task's first poll: `pollMinMs` after its admission if the upstream accepted quickly,
 * otherwise after its acceptance; later if such tasks usually take longer. Without jitter, so that the admission's alarm,
 * set for the same time, also serves the first poll (docs/cost.md).
 */
export function firstPollAt(task: TaskRow, pace: Pace, { now, usual = null }: Omit<Moment, "random">): number {
  const isQuick = task.created_at + pace.pollMinMs - now >= pace.pollMinMs * MIN_FIRST_WAIT;
  const from = isQuick ? task.created_at : now;
  if (usual === null) return from + pace.pollMinMs;
  return nextPollAt({ ...task, submitted_at: from }, pace, { now: from, random: 0, usual });
}

/** Applies an acceptance by the upstream, with the upstream's names. */
export function accepted(
  task: TaskRow,
  names: { readonly upstreamId: string; readonly upstreamNo: string | null },
  pace: Pace,
  moment: Moment,
): Step {
  const { now } = moment;
  return {
    changes: {
      phase: PHASE.running,
      upstream_id: names.upstreamId,
      upstream_no: names.upstreamNo,
      submitted_at: now,
      uncertain: 0,
      attempts: 0,
      missing: 0,
      due_at: firstPollAt(task, pace, moment),
    },
  };
}

/** Schedules the same submission again, under the same keys, because the response proved nothing. */
export function submitAgain(task: TaskRow, retryAfterMs: number | null, pace: Pace, { now, random }: Moment): Step {
  const attempts = task.attempts + 1;
  const delay = retryDelay({
    attempt: task.attempts,
    random,
    baseMs: 1_000,
    capMs: MAX_RETRY_MS,
    retryAfterMs,
  });
  const due_at = Math.min(now + delay, deadlineOf(task, pace));
  return { changes: { uncertain: 1, attempts, forbidden_since: null, due_at } };
}

/**
 * Handles a 401 or 403 without the upstream's envelope: schedules the same submission again, until there was no other
 * response for {@link FORBIDDEN_MS}.
 */
export function submissionForbidden(task: TaskRow, retryAfterMs: number | null, pace: Pace, moment: Moment): Step {
  const since = task.forbidden_since ?? moment.now;
  if (moment.now - since >= FORBIDDEN_MS) {
    return endWithoutFiles(STATUS.failed, "The image and video service does not let this request through", moment.now);
  }
  const { changes } = submitAgain(task, retryAfterMs, pace, moment);
  return { changes: { ...changes, forbidden_since: since } };
}

/** Returns the status shown while the upstream works; an undocumented one is shown as generating. */
function runningStatus(status: number): number {
  return status === STATUS.queuing || status === STATUS.review ? status : STATUS.generating;
}

/** The part of a snapshot that the state machine uses. */
export interface Observed {
  readonly status: number;
  readonly progress: number | null;
  readonly failReason: string;
  readonly rest: string;
  readonly results: readonly {
    readonly fileUrl: string | null;
    readonly thumbnailUrl: string | null;
    readonly failed: boolean;
    readonly failReason: string;
    readonly rest: string;
  }[];
}

/** Applies the response to a poll of a running task. */
export function observed(task: TaskRow, seen: Observed, pace: Pace, moment: Moment): Step {
  const { now } = moment;
  const results = JSON.stringify(seen.results.map(({ rest }) => rest));
  const shown: TaskChanges = { snapshot: seen.rest, results, missing: 0, fail_reason: seen.failReason };
  if (seen.status === STATUS.failed || seen.status === STATUS.cancelled) {
    const end = endWithoutFiles(seen.status, seen.failReason || defaultReason(seen.status), now);
    return { ...end, changes: { ...shown, ...end.changes } };
  }
  if (seen.status === STATUS.completed) return finished(task, seen, shown, pace, moment);
  const progress = Math.max(task.progress, Math.min(seen.progress ?? 0, 99));
  const due = { due_at: nextPollAt(task, pace, moment), attempts: 0 };
  return { changes: { ...shown, status: runningStatus(seen.status), progress, ...due } };
}

function defaultReason(status: number): string {
  return status === STATUS.cancelled ? "The task was cancelled" : "The generation failed";
}

/**
 * Handles a task that is finished upstream. It is not reported yet, because its files come first (contract section 3).
 */
function finished(task: TaskRow, seen: Observed, shown: TaskChanges, pace: Pace, moment: Moment): Step {
  const { now } = moment;
  const files = filesOf(seen, now);
  const finishedAt = task.finished_at ?? now;
  const whole = isWhole(task, seen);
  const lagMs = RESULTS_LAG_POLLS * pace.pollMaxMs;
  if (files.length > 0 && (whole || now >= finishedAt + Math.min(lagMs, pace.mirrorGraceMs))) {
    const progress = Math.max(task.progress, 99);
    return {
      changes: {
        ...shown,
        phase: PHASE.mirroring,
        status: STATUS.generating,
        progress,
        finished_at: finishedAt,
        files: JSON.stringify(files),
        attempts: 0,
        due_at: now,
      },
    };
  }
  if (files.length === 0 && (whole || now >= finishedAt + Math.max(lagMs, pace.mirrorGraceMs))) {
    const reason = seen.failReason || seen.results.find((result) => result.failReason)?.failReason;
    const end = endWithoutFiles(STATUS.failed, reason || "The generation finished without a file", now);
    return { ...end, changes: { ...shown, finished_at: finishedAt, ...end.changes } };
  }
  // Completed, but a URL is missing: the upstream's own records may be delayed.
  const due_at = nextPollAt(task, pace, { ...moment, usual: null });
  return { changes: { ...shown, finished_at: finishedAt, attempts: 0, due_at } };
}

/** True if each requested result is present or has definitely failed. */
function isWhole(task: TaskRow, { results }: Observed): boolean {
  if (results.length < task.expected_results) return false;
  return results.every(({ fileUrl, failed, failReason }) => fileUrl !== null || failed || failReason !== "");
}

/** Returns the files of a finished task, each with its upstream URL and a copy that is due now. */
export function filesOf(seen: Observed, now: number): MirroredFile[] {
  return seen.results.flatMap((result, index) => {
    if (result.fileUrl === null) return [];
    const file = { state: "waiting", attempts: 0, dueAt: now } as const;
    const main: MirroredFile = { ...file, name: String(index), url: result.fileUrl };
    return result.thumbnailUrl ? [main, { ...file, name: `t${index}`, url: result.thumbnailUrl }] : [main];
  });
}

/** Returns the time of a running task's next poll. The same moment gives the same result. */
export function nextPollAt(task: TaskRow, pace: Pace, { now, random, usual = null, unwatchedMs = 0 }: Moment): number {
  const { pollMinMs, pollMaxMs } = pace;
  const ageMs = now - (task.submitted_at ?? task.created_at);
  // The number of polls so far, estimated from the age: counting them would cost a write each.
  const attempt = Math.min(20, Math.floor(ageMs / pollMinMs));
  const delay = nextPollDelay({ attempt, ageMs, minMs: pollMinMs, maxMs: pollMaxMs, usual, unwatchedMs, random });
  return Math.min(now + delay, Math.max(deadlineOf(task, pace), now + 1));
}

/** Handles a poll after which the upstream does not know the task. */
export function missed(task: TaskRow, pace: Pace, moment: Moment): Step {
  const missing = task.missing + 1;
  // If polls are faster than the upstream recommends, a few of them take too little time.
  const enough = Math.max(LOST_AFTER_MISSES, Math.ceil(LOST_AFTER_MS / pace.pollMaxMs));
  if (missing >= enough && moment.now - task.created_at >= LOST_AFTER_MS) {
    return endWithoutFiles(STATUS.failed, task.fail_reason || LOST, moment.now);
  }
  return { changes: { missing, due_at: nextPollAt(task, pace, moment) } };
}

/** Schedules another poll after one that failed or returned nonsense. */
export function pollAgain(task: TaskRow, retryAfterMs: number | null, pace: Pace, { now, random }: Moment): Step {
  const attempts = task.attempts + 1;
  const delay = retryDelay({
    attempt: task.attempts,
    random,
    baseMs: pace.pollMinMs,
    capMs: MAX_RETRY_MS,
    retryAfterMs,
  });
  const dueAt = now + Math.max(delay, pace.pollMinMs);
  return { changes: { attempts, due_at: Math.min(dueAt, Math.max(deadlineOf(task, pace), now + pace.pollMinMs)) } };
}
