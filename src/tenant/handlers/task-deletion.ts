/** Forgetting tasks: at the tenant's wish, or when they have reached their age. */
import type { Doer } from "../../domain/audit.ts";
import { PHASE, type TaskChanges, type TaskRow } from "../../domain/task.ts";
import { lastTaskIdAt, taskIdTime } from "../../domain/task-id.ts";
import { readFiles } from "../../domain/task-lifecycle.ts";
import { type Refusal, refusal } from "../../errors.ts";
import { retentionMs } from "../engine/aging.ts";
import type { Access } from "../rules/access.ts";
import type { Tenancy } from "../services.ts";
import { findTask } from "./tasks.ts";

/** Tasks that one sweep forgets in one transaction. */
const SWEEP_LIMIT = 200;

/**
 * Forgets an ended task and deletes its files. The row's skeleton stays, so that its URLs answer 410 and not 404.
 *
 * @returns a refusal: 40002, 20003, or 70005 while the task is running
 */
export async function deleteTask(
  tenancy: Tenancy,
  access: Pick<Access, "owner">,
  taskId: number | null,
  doer?: Doer,
): Promise<{ taskId: number } | Refusal> {
  const deleted = await tenancy.commit.run((): TaskRow | Refusal => {
    const task = findTask(tenancy, access, taskId);
    if ("code" in task) return task;
    if (task.phase !== PHASE.ended) return refusal(70005);
    tenancy.audit.enter(doer, { action: "task.delete", target: String(task.task_id) });
    return forgetTask(tenancy, task);
  });
  if ("code" in deleted) return deleted;
  // The intent is on disk and the task is gone for everybody: if this is cut short, the alarm finishes it.
  await tenancy.runner.purge(deleted).catch((error: unknown) => {
    tenancy.log("error", "purge", { taskId: deleted.task_id, error: String(error) });
  });
  return { taskId: deleted.task_id };
}

/** Marks a task as deleted and empties its row, inside the caller's transaction; its files are then due to go. */
function forgetTask(tenancy: Tenancy, task: TaskRow): TaskRow {
  const now = tenancy.chance.now();
  if (task.idempotency_key !== null) tenancy.idempotency.remove(task.idempotency_key, task.task_id);
  const copying = readFiles(task).some(({ state }) => state === "waiting");
  const changes: TaskChanges = {
    deleted_at: now,
    due_at: now,
    // A copy under way elsewhere may still land: then the files are deleted once more, later.
    attempts: copying ? 1 : 0,
    idempotency_key: null,
    webhook_url: null,
    metadata: "{}",
    request: "{}",
    snapshot: null,
    results: null,
    files: null,
    fail_reason: "",
  };
  tenancy.tasks.update(task.task_id, changes);
  tenancy.deliveries.forget(task.task_id);
  tenancy.schedule.set(task.task_id, now);
  void tenancy.schedule.arm(now);
  tenancy.watchers.notify(task.task_id);
  return { ...task, ...changes };
}

/** @returns the chore that forgets what has reached its age; it says when there is more, in ms since epoch, or null */
export function retentionSweep(tenancy: Tenancy): () => Promise<number | null> {
  // Rows of deleted tasks stay: those before this are not read again and again.
  let keptFrom = 0;
  return async () => {
    const age = retentionMs(tenancy);
    if (age === null) return null;
    const now = tenancy.chance.now();
    const forgotten = await tenancy.commit.run(() => {
      const rows = tenancy.tasks.ended(keptFrom, lastTaskIdAt(now - age), SWEEP_LIMIT);
      for (const row of rows) forgetTask(tenancy, row);
      return rows.length;
    });
    keptFrom = tenancy.tasks.firstKept(keptFrom) ?? tenancy.tasks.lastId() ?? 0;
    if (forgotten === SWEEP_LIMIT) return now + 1_000;
    const [next] = tenancy.tasks.ended(keptFrom, Number.MAX_SAFE_INTEGER, 1);
    return next ? Math.max(taskIdTime(next.task_id) + age, now + 1_000) : null;
  };
}
