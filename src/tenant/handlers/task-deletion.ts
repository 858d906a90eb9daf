/** Deletes tasks: on the tenant's request, or at their retention age. */
import type { Actor } from "../../domain/audit.ts";
import { PHASE, type TaskChanges, type TaskRow } from "../../domain/task.ts";
import { lastTaskIdAt, taskIdTime } from "../../domain/task-id.ts";
import { readFiles } from "../../domain/task-mirroring.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ByteLimit, rowBytes } from "../../lib/byte-limit.ts";
import { retentionMs } from "../engine/aging.ts";
import { laneOf } from "../engine/lanes.ts";
import type { Access } from "../rules/access.ts";
import type { TenantServices } from "../services.ts";
import { findTask } from "./tasks.ts";

/** Most tasks that retention deletes in one transaction. */
const RETENTION_BATCH = 200;

/**
 * Deletes an ended task and its files. The emptied row stays, so that its URLs return 410 and not 404.
 *
 * @returns an error: 40002, 20003, or 70005 while the task is running
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
    return markDeleted(services, task);
  });
  if ("code" in deleted) return deleted;
  // The intent is on disk and the task is hidden from all callers. If this call is interrupted, the alarm finishes it.
  await services.taskSteps.deleteFiles(deleted).catch((error: unknown) => {
    services.log("error", "purge", { taskId: deleted.task_id, error: String(error) });
  });
  return { taskId: deleted.task_id };
}

/**
 * Marks a task as deleted and empties its row, inside the caller's transaction; its files are then due for deletion.
 */
function markDeleted(services: TenantServices, task: TaskRow): TaskRow {
  const now = services.clock.now();
  const copying = readFiles(task).some(({ state }) => state === "waiting");
  const changes: TaskChanges = {
    deleted_at: services.cachePurges.deletionTime(),
    due_at: now,
    // A running copy may still write its file: then the files are deleted once more, later.
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
  services.cachePurges.taskDeleted(task.task_id);
  services.deliveries.remove(task.task_id);
  services.work.set(task.task_id, now, laneOf(task.phase));
  void services.queue.arm();
  services.watchers.notify(task.task_id);
  return { ...task, ...changes };
}

/**
 * The job that deletes tasks past their retention: one transaction of a bounded number of tasks and bytes, at most once
 * a second.
 *
 * @returns the time at which more are due, in ms since epoch, or null
 */
export async function retainTasks(services: TenantServices): Promise<number | null> {
  const { commit, tasks, clock } = services;
  const age = retentionMs(services);
  if (age === null) return null;
  const now = clock.now();
  const isDone = await commit.run(() => {
    const ids = tasks.ended(lastTaskIdAt(now - age), RETENTION_BATCH);
    const limit = new ByteLimit();
    const cutAt = ids.findIndex((id) => {
      const row = tasks.getOnce(id);
      if (row === null) return false;
      if (!limit.takes(rowBytes(row))) return true;
      markDeleted(services, row);
      return false;
    });
    tasks.noteKeptFrom();
    return cutAt < 0 && ids.length < RETENTION_BATCH;
  });
  if (!isDone) return now + 1_000;
  const [next] = tasks.ended(Number.MAX_SAFE_INTEGER, 1);
  return next === undefined ? null : Math.max(taskIdTime(next) + age, now + 1_000);
}
