/** Pages of tasks as the operator sees them: the tenant's view and the money. */
import type { TaskRow } from "../../domain/task.ts";
import { ByteLimit, rowBytes } from "../../lib/byte-limit.ts";
import { isoTime } from "../../lib/iso-time.ts";
import type { TaskListQuery } from "../api.ts";
import { linkerOf, renderTask } from "../rules/render.ts";
import type { TenantServices } from "../services.ts";
import type { TaskSummary } from "../store/tasks.ts";
import { filterOf, taskPage } from "./tasks.ts";

/** Fields of a task that only the operator sees. */
export interface TaskMoneyView {
  readonly keyId: string;
  readonly endUser: string | null;
  readonly tokenId: string | null;
  /** Credits the task has deducted from the balance: held or captured, 0 after a release. */
  readonly credits: number;
  readonly settlement: TaskRow["settled"];
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** Returns the fields of a task that only the operator sees. */
export function viewMoney(task: TaskSummary): TaskMoneyView {
  return {
    keyId: task.key_id,
    endUser: task.end_user,
    tokenId: task.token_id,
    credits: task.held,
    settlement: task.settled,
    createdAt: isoTime(task.created_at),
    endedAt: isoTime(task.ended_at),
  };
}

/** @returns JSON text of `{tasks, nextCursor}`, newest first: the tenant's view and {@link TaskMoneyView} in one */
export function operatorTasks(services: TenantServices, query: TaskListQuery, publicBaseUrl: string): Promise<string> {
  const tenantId = services.meta.tenant()?.tenantId ?? "";
  const link = linkerOf(services, publicBaseUrl);
  return taskPage(services, query, null, async (task) => {
    const shown = await renderTask(tenantId, task, link);
    // The tenant's view has both times.
    const { createdAt: _createdAt, endedAt: _endedAt, ...money } = viewMoney(task);
    return `${shown.slice(0, -1)},${JSON.stringify(money).slice(1)}`;
  });
}

/** A task in one line of an export, without its prompt. */
export interface TaskLine extends TaskMoneyView {
  readonly taskId: number;
  readonly taskNo: string;
  readonly model: string;
  readonly type: string;
  readonly status: number;
  readonly results: number;
  readonly failReason: string;
}

/** One page of an export. */
export interface TaskLinePage {
  readonly lines: readonly TaskLine[];
  /** Start of the next page (`TaskListQuery.before`), or null at the end. */
  readonly next: number | null;
}

/** Returns tasks for an export, newest first. Reads only the columns it shows. */
export function taskLines(services: TenantServices, query: TaskListQuery): TaskLinePage {
  const { ids, next } = services.tasks.list(filterOf(query, null), query.limit);
  const limit = new ByteLimit();
  const lines: TaskLine[] = [];
  let cursor = next;
  for (const task of services.tasks.summaries(ids)) {
    const line = {
      taskId: task.task_id,
      taskNo: task.task_no,
      model: task.model,
      type: task.type,
      status: task.status,
      results: task.expected_results,
      failReason: task.fail_reason,
      ...viewMoney(task),
    };
    if (!limit.takes(rowBytes(line))) {
      cursor = lines.at(-1)?.taskId ?? null;
      break;
    }
    lines.push(line);
  }
  return { lines, next: cursor };
}
