/** Forgetting tasks: at the tenant's wish, or when they have reached their age. */
import type { Actor } from "../../domain/audit.ts";
import { PHASE, type TaskChanges, type TaskRow } from "../../domain/task.ts";
import { lastTaskIdAt, taskIdTime } from "../../domain/task-id.ts";
import { readFiles } from "../../domain/task-lifecycle.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { retentionMs } from "../engine/aging.ts";
import type { Access } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import { findTask } from "./tasks.ts";

/** Tasks that one sweep forgets in one transaction. */
const SWEEP_LIMIT = 200;

/**
 * Forgets an ended task and deletes its files. The row's skeleton stays, so that its URLs answer 410 and not 404.
 *
 * @returns a error: 40002, 20003, or 70005 while the task is running
 */
export async function deleteTask(
  services: TenantServices,
  access: Pick<Access, "owner">,
  taskId: number | null,
  actor?: Actor,
): Promise<{ taskId: number } | ApiError> {
  const deleted = await services.commit.run((): TaskRow | ApiError => {
    const task = findTask(services, access, taskId);
    if ("code" in task) return task;
    if (task.phase !== PHASE.ended) return apiError(70005);
    services.audit.enter(actor, { action: "task.delete", target: String(task.task_id) });
    return forgetTask(services, task);
  });
  if ("code" in deleted) return deleted;
  // The intent is on disk and the task is gone for everybody: if this is cut short, the alarm finishes it.
  await services.runner.purge(deleted).catch((error: unknown) => {
    services.log("error", "purge", { taskId: deleted.task_id, error: String(error) });
  });
  return { taskId: deleted.task_id };
}

/** Marks a task as deleted and empties its row, inside the caller's transaction; its files are then due to go. */
function forgetTask(services: TenantServices, task: TaskRow): TaskRow {
  const now = services.clock.now();
  if (task.idempotency_key !== null) services.idempotency.remove(task.idempotency_key, task.task_id);
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
  services.tasks.update(task.task_id, changes);
  services.deliveries.forget(task.task_id);
  services.schedule.set(task.task_id, now);
  void services.schedule.arm(now);
  services.watchers.notify(task.task_id);
  return { ...task, ...changes };
}

/** @returns the chore that forgets what has reached its age; it says when there is more, in ms since epoch, or null */
export function retentionSweep(services: TenantServices): () => Promise<number | null> {
  // Rows of deleted tasks stay: those before this are not read again and again.
  let keptFrom = 0;
  return async () => {
    const age = retentionMs(services);
    if (age === null) return null;
    const now = services.clock.now();
    const forgotten = await services.commit.run(() => {
      const rows = services.tasks.ended(keptFrom, lastTaskIdAt(now - age), SWEEP_LIMIT);
      for (const row of rows) forgetTask(services, row);
      return rows.length;
    });
    keptFrom = services.tasks.firstKept(keptFrom) ?? services.tasks.lastId() ?? 0;
    if (forgotten === SWEEP_LIMIT) return now + 1_000;
    const [next] = services.tasks.ended(keptFrom, Number.MAX_SAFE_INTEGER, 1);
    return next ? Math.max(taskIdTime(next.task_id) + age, now + 1_000) : null;
  };
}
