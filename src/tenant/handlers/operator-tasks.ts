/** Tasks as the operator sees them: the tenant's view and the money behind it, a page at a time. */
import type { TaskRow } from "../../domain/task.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../domain/task-id.ts";
import type { TaskListQuery } from "../api.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";

/** What the operator sees of a task beyond what its tenant sees. */
interface TaskMoneyView {
  readonly keyId: string;
  readonly endUser: string | null;
  readonly tokenId: string | null;
  /** Credits it has taken out of the balance: held, spent, or 0 once given back. */
  readonly credits: number;
  readonly settlement: TaskRow["settled"];
  readonly createdAt: string;
  readonly endedAt: string | null;
}

function viewMoney(task: TaskRow): TaskMoneyView {
  return {
    keyId: task.key_id,
    endUser: task.end_user,
    tokenId: task.token_id,
    credits: task.held,
    settlement: task.settled,
    createdAt: new Date(task.created_at).toISOString(),
    endedAt: task.ended_at === null ? null : new Date(task.ended_at).toISOString(),
  };
}

function taskRows(services: TenantServices, query: TaskListQuery): { page: TaskRow[]; more: boolean } {
  const rows = services.tasks.list({
    ...query,
    limit: query.limit + 1,
    owner: null,
    firstId: query.from === null ? null : firstTaskIdAt(query.from),
    lastId: query.to === null ? null : lastTaskIdAt(query.to),
  });
  return { page: rows.slice(0, query.limit), more: rows.length > query.limit };
}

/** @returns JSON text of `{tasks, nextCursor}`, newest first: the tenant's view and {@link TaskMoneyView} in one */
export async function operatorTasks(
  services: TenantServices,
  query: TaskListQuery,
  publicBaseUrl: string,
): Promise<string> {
  const tenantId = services.meta.tenant()?.tenantId ?? "";
  const link = linkerOf(services, publicBaseUrl);
  const { page, more } = taskRows(services, query);
  const tasks = await Promise.all(
    page.map(async (task) => {
      const shown = await renderTask(tenantId, task, link);
      return `${shown.slice(0, -1)},${JSON.stringify(viewMoney(task)).slice(1)}`;
    }),
  );
  const nextCursor = more ? JSON.stringify(String(page.at(-1)?.task_id)) : "null";
  return `{"tasks":[${tasks.join(",")}],"nextCursor":${nextCursor}}`;
}

/** A task in one line: what an export needs, and no prompt. */
export interface TaskLine extends TaskMoneyView {
  readonly taskId: number;
  readonly taskNo: string;
  readonly model: string;
  readonly type: string;
  readonly status: number;
  readonly results: number;
  readonly failReason: string;
}

/** Tasks for an export, newest first. */
export function taskLines(services: TenantServices, query: TaskListQuery): { lines: TaskLine[]; more: boolean } {
  const { page, more } = taskRows(services, query);
  const lines = page.map((task) => ({
    taskId: task.task_id,
    taskNo: task.task_no,
    model: task.model,
    type: task.type,
    status: task.status,
    results: task.expected_results,
    failReason: task.fail_reason,
    ...viewMoney(task),
  }));
  return { lines, more };
}
