/** Reads tasks: one, a page, or one as it changes. */
import { PHASE, type TaskRow } from "../../domain/task.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../domain/task-id.ts";
import { type ApiError, apiError } from "../../errors.ts";
import { ByteLimit, utf8Length } from "../../lib/byte-limit.ts";
import type { TaskListQuery, TaskWatch, WatchOptions } from "../api.ts";
import type { Access } from "../rules/access.ts";
import { owns } from "../rules/admission.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import type { Owner, TaskFilter } from "../store/task-filter.ts";

/** Returns the task if it exists for this tenant and the credential may see it (contract section 2: 40002, 20003). */
export function findTask(
  services: TenantServices,
  access: Pick<Access, "owner">,
  taskId: number | null,
): TaskRow | ApiError {
  const task = taskId === null ? null : services.tasks.get(taskId);
  if (!task || task.deleted_at !== null) return apiError(40002);
  return owns(access.owner, task) ? task : apiError(20003);
}

/** @returns JSON text of `{tasks, nextCursor}`, newest first unless the query is ascending */
export function listTasks(
  services: TenantServices,
  access: Pick<Access, "owner" | "tenant">,
  query: TaskListQuery,
  publicBaseUrl: string,
): Promise<string> {
  const link = linkerOf(services, publicBaseUrl);
  return taskPage(services, query, access.owner, (row) => renderTask(access.tenant.tenantId, row, link));
}

/**
 * One page of tasks, which ends by bytes as well as by count.
 *
 * @param owner whose tasks; null: all of the tenant's
 * @param render JSON text of one task
 * @returns JSON text of `{tasks, nextCursor}`, newest first
 */
export async function taskPage(
  services: TenantServices,
  query: TaskListQuery,
  owner: Owner | null,
  render: (row: TaskRow) => Promise<string>,
): Promise<string> {
  const { ids, next } = services.tasks.list(filterOf(query, owner), query.limit);
  const limit = new ByteLimit();
  const tasks: string[] = [];
  let cursor = next;
  let before: number | null = null;
  // Reads one row at a time, because a page of whole rows could exceed the memory.
  for (const id of ids) {
    services.tasks.showKeptProgress(id);
    const row = services.tasks.getOnce(id);
    if (row !== null && row.deleted_at === null) {
      const text = await render(row);
      if (!limit.takes(utf8Length(text))) {
        cursor = before;
        break;
      }
      tasks.push(text);
    }
    before = id;
  }
  return `{"tasks":[${tasks.join(",")}],"nextCursor":${cursor === null ? null : `"${cursor}"`}}`;
}

/** @param owner see {@link taskPage} */
export function filterOf(query: TaskListQuery, owner: Owner | null): TaskFilter {
  const {
    status,
    model,
    endUser = null,
    keyId = null,
    metadata = [],
    q = null,
    from,
    to,
    before,
    ascending = false,
  } = query;
  const firstId = from === null ? null : firstTaskIdAt(from);
  const lastId = to === null ? null : lastTaskIdAt(to);
  return { status, model, owner, endUser, keyId, metadata, q, firstId, lastId, before, ascending };
}

/** Returns the task as soon as its version differs from the caller's, or after `maxMs`. */
export async function watchTask(
  services: TenantServices,
  access: Access,
  taskId: number | null,
  { seen, maxMs, publicBaseUrl, stream }: WatchOptions,
): Promise<TaskWatch | ApiError> {
  const visible = findTask(services, access, taskId);
  if ("code" in visible) return visible;
  const found = services.taskSteps.see(visible);
  const askedAt = services.clock.now();
  const refused = stream ? services.streams.renew(access, stream, askedAt + maxMs, askedAt) : null;
  if (refused) return refused;
  if (versionOf(found) === seen) await services.watchers.next(found.task_id, maxMs);
  const task = findTask(services, access, taskId);
  if ("code" in task) return task;
  if (stream && task.phase === PHASE.ended) services.streams.end(access, stream);
  return {
    version: versionOf(task),
    status: task.status,
    ended: task.phase === PHASE.ended,
    price: task.corrected === 1 ? task.price : null,
    json: await renderTask(access.tenant.tenantId, task, linkerOf(services, publicBaseUrl)),
  };
}

/** Returns a version that changes whenever the content of an event would. */
function versionOf(task: TaskRow): string {
  return `${task.task_id}-${task.status}-${task.progress}`;
}
