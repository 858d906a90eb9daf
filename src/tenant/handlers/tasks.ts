/** Reading tasks: one, many, or one as it changes. */
import { PHASE, type TaskRow } from "../../domain/task.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../domain/task-id.ts";
import { type ApiError, apiError } from "../../errors.ts";
import type { TaskListQuery, TaskWatch, WatchOptions } from "../api.ts";
import type { Access } from "../rules/access.ts";
import { owns } from "../rules/admission.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";

/** The task, if it exists for this tenant and this credential may see it (contract section 2: 40002, 20003). */
export function findTask(
  services: TenantServices,
  access: Pick<Access, "owner">,
  taskId: number | null,
): TaskRow | ApiError {
  const task = taskId === null ? null : services.tasks.get(taskId);
  if (!task || task.deleted_at !== null) return apiError(40002);
  return owns(access.owner, task) ? task : apiError(20003);
}

/** @returns JSON text of `{tasks, nextCursor}`, newest first */
export async function listTasks(
  services: TenantServices,
  access: Pick<Access, "owner" | "tenant">,
  query: TaskListQuery,
  publicBaseUrl: string,
): Promise<string> {
  const rows = services.tasks.list({
    ...query,
    limit: query.limit + 1,
    owner: access.owner,
    firstId: query.from === null ? null : firstTaskIdAt(query.from),
    lastId: query.to === null ? null : lastTaskIdAt(query.to),
  });
  const link = linkerOf(services, publicBaseUrl);
  const page = rows.slice(0, query.limit);
  const tasks = await Promise.all(page.map((row) => renderTask(access.tenant.tenantId, row, link)));
  const nextCursor = rows.length > query.limit ? (page.at(-1)?.task_id ?? null) : null;
  return `{"tasks":[${tasks.join(",")}],"nextCursor":${nextCursor === null ? null : `"${nextCursor}"`}}`;
}

/** The task as soon as it differs from what the caller has seen, or as it is after `maxMs`. */
export async function watchTask(
  services: TenantServices,
  access: Access,
  taskId: number | null,
  { seen, maxMs, publicBaseUrl }: WatchOptions,
): Promise<TaskWatch | ApiError> {
  const found = findTask(services, access, taskId);
  if ("code" in found) return found;
  if (versionOf(found) === seen) await services.watchers.next(found.task_id, maxMs);
  const task = findTask(services, access, taskId);
  if ("code" in task) return task;
  return {
    version: versionOf(task),
    status: task.status,
    ended: task.phase === PHASE.ended,
    price: task.corrected === 1 ? task.price : null,
    json: await renderTask(access.tenant.tenantId, task, linkerOf(services, publicBaseUrl)),
  };
}

/** Changes with all that an event tells. */
function versionOf(task: TaskRow): string {
  return `${task.task_id}-${task.status}-${task.progress}`;
}
