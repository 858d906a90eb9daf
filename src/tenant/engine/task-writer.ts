/**
 * Writes outcomes to tasks. The row is read again inside the transaction, because other calls ran meanwhile, and money
 * moves in the same write (docs/design.md, rule 5).
 */
import { PHASE, type Phase, STATUS, type TaskChanges, type TaskRow } from "../../domain/task.ts";
import type { Step } from "../../domain/task-lifecycle.ts";
import type { TenantContext } from "../context.ts";
import type { Ledger, ReleaseNote } from "../rules/ledger.ts";
import type { PriceBook } from "../rules/price-book.ts";
import type { UsualDurations } from "../rules/usual-durations.ts";
import type { Watchers } from "../rules/watchers.ts";
import type { Alarm } from "./alarm.ts";
import { type LaneName, laneOf } from "./lanes.ts";
import type { WorkItems } from "./work-items.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What the steps of tasks depend on. */
export interface TaskParts extends TenantContext {
  readonly ledger: Ledger;
  readonly prices: PriceBook;
  readonly durations: UsualDurations;
  readonly watchers: Watchers;
  readonly queue: WorkQueue<LaneName>;
  readonly alarm: Alarm;
  /** The tasks in the queue. */
  readonly work: WorkItems<number, LaneName>;
  /** Called inside the transaction that changed what a tenant sees of a task. */
  taskChanged(task: TaskRow, ended: boolean): void;
}

/** Writes the outcomes of outside calls to tasks. */
export class TaskWriter {
  readonly #parts: TaskParts;
  constructor(parts: TaskParts) {
    this.#parts = parts;
  }

  /**
   * Writes the changes that `decide` returns, unless the task has moved on to another phase or was deleted meanwhile.
   *
   * @param when `later` for a write that no caller waits for: it may share the next transaction
   */
  apply(
    task: TaskRow,
    phases: readonly Phase[],
    decide: (row: TaskRow) => Step,
    when: "now" | "later" = "now",
  ): Promise<void> {
    const { commit, tasks } = this.#parts;
    return commit[when === "now" ? "run" : "later"](() => {
      const row = tasks.get(task.task_id);
      if (row && row.deleted_at === null && phases.includes(row.phase)) this.write(row, decide(row));
    });
  }

  /**
   * Writes one step with its money, inside the caller's transaction. A change of the due time alone stays in memory, and so
   * does progress that nobody watches, or of which the row has a later step.
   */
  write(row: TaskRow, { changes, money }: Step): void {
    const { tasks, ledger, queue, work, clock, watchers } = this.#parts;
    const how = money === "release" ? releaseNote(changes.status ?? row.status) : money;
    const settled: TaskChanges = how ? ledger.settle(row, how, clock.now()) : {};
    const wanted: TaskChanges = { ...changes, ...settled };
    if (wanted.due_at !== undefined) {
      work.set(row.task_id, wanted.due_at, laneOf(wanted.phase ?? row.phase));
      // Arms the alarm within the transaction, so that it costs no commit of its own. Work due now needs no alarm: the
      // work that writes this step looks for due items when it ends.
      if (wanted.due_at !== null && wanted.due_at > clock.now()) void queue.arm();
    }
    const isWatched = watchers.isWatched(row.task_id, clock.now());
    const { polls, polled_at, progress = row.progress } = wanted;
    const isStored = !isWatched || progress <= tasks.storedProgress(row);
    const different = differences(row, wanted, isStored ? NOT_ALONE_PROGRESS : NOT_ALONE);
    if (!different) {
      if (polls !== undefined && polled_at !== undefined) tasks.remember(row.task_id, { polls, polled_at });
      if (progress <= row.progress) return;
      if (!isWatched) tasks.keepProgress(row.task_id, progress);
      else {
        tasks.showProgress(tasks.get(row.task_id) ?? row, progress);
        watchers.notify(row.task_id);
      }
      return;
    }
    tasks.update(row.task_id, different);
    const after = { ...row, ...wanted };
    this.#parts.taskChanged(after, row.phase !== PHASE.ended && after.phase === PHASE.ended);
  }

  /** Undoes an admission whose taskId no caller has, inside the caller's transaction. Its ledger entries stay. */
  undoAdmission(row: TaskRow): void {
    const { ledger, tasks, work, clock } = this.#parts;
    ledger.settle(row, "refused", clock.now());
    ledger.uncountForToken(row);
    tasks.remove(row.task_id);
    work.set(row.task_id, null, laneOf(row.phase));
    this.#parts.taskChanged(row, true);
  }
}

/** Columns whose change alone is not worth a write. */
const NOT_ALONE: ReadonlySet<string> = new Set(["due_at", "polls", "polled_at"]);
/** The same for progress that no caller may have seen, or that is stored already. */
const NOT_ALONE_PROGRESS: ReadonlySet<string> = new Set([...NOT_ALONE, "progress"]);

/** @returns the changes to write; null if only columns of `notAlone` change, and these stay in memory */
function differences(row: TaskRow, wanted: TaskChanges, notAlone: ReadonlySet<string>): TaskChanges | null {
  const different: Record<string, unknown> = {};
  let worthWriting = wanted.due_at === null;
  for (const [column, value] of Object.entries(wanted)) {
    if (row[column as keyof TaskRow] === value) continue;
    different[column] = value;
    worthWriting ||= !notAlone.has(column);
  }
  return worthWriting ? different : null;
}

/** Returns the reason for which a task with this public status releases its hold. */
function releaseNote(status: number): ReleaseNote {
  if (status === STATUS.cancelled) return "cancelled";
  return status === STATUS.completed ? "files lost" : "failed";
}
