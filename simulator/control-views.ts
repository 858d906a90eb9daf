import type { ReferenceCheck } from "./references.ts";
import { resultPlans } from "./result-files.ts";
import { lifeAt } from "./task-life.ts";
import type { TaskRecord } from "./task-record.ts";
import { fileUrl, timeIn, type World } from "./world.ts";

/** A task as the control API shows it. Ids are text, so that no client loses digits. */
export interface TaskView {
  readonly taskId: string;
  readonly taskNo: string;
  readonly account: string;
  readonly idempotencyKey: string | null;
  readonly model: string;
  readonly type: string;
  readonly prompt: string;
  readonly status: number;
  readonly progress: number;
  readonly failReason: string;
  readonly ended: boolean;
  readonly credits: number;
  readonly refunded: boolean;
  /** milliseconds of the simulator's clock */
  readonly acceptedAt: number;
  readonly queries: number;
  /** real times of the last thousand queries, milliseconds */
  readonly queriedAt: readonly number[];
  readonly references: readonly ReferenceCheck[];
}

/** A result file as the control API shows it. */
export interface FileView {
  readonly name: string;
  readonly index: number;
  readonly url: string;
  readonly contentType: string;
  readonly bytes: number;
  /** lower-case hex */
  readonly sha256: string;
  readonly requests: number;
  readonly completeDownloads: number;
  readonly bytesSent: number;
}

/** Which tasks to list: those for which every given field holds. */
export interface TaskFilter {
  readonly account?: string;
  readonly idempotencyKey?: string;
  /** a piece of the prompt */
  readonly prompt?: string;
}

/** Tasks that match, oldest first. */
export function findTasks(world: World, filter: TaskFilter): TaskRecord[] {
  return world.tasks
    .list()
    .filter(
      (task) =>
        (filter.account === undefined || task.account === filter.account) &&
        (filter.idempotencyKey === undefined || task.idempotencyKey === filter.idempotencyKey) &&
        (filter.prompt === undefined || task.request.prompt.includes(filter.prompt)),
    );
}

/** Returns a task as the control endpoints show it. */
export function taskView(world: World, task: TaskRecord): TaskView {
  const { status, progress, failReason, ended } = lifeAt(task, timeIn(world));
  const queries = world.journal.queriesOf(task.taskId);
  return {
    taskId: task.taskId,
    taskNo: task.taskNo,
    account: task.account,
    idempotencyKey: task.idempotencyKey,
    model: task.request.model.name,
    type: task.request.type,
    prompt: task.request.prompt,
    status,
    progress,
    failReason,
    ended,
    credits: task.credits,
    refunded: task.refunded,
    acceptedAt: task.acceptedAt,
    queries: queries.count,
    queriedAt: queries.at,
    references: task.references,
  };
}

/** The files a task has or is going to have, made and hashed (in turns) if they were not yet. */
export async function fileViews(world: World, task: TaskRecord): Promise<FileView[]> {
  const { status, ended } = lifeAt(task, timeIn(world));
  if (ended && status !== 2) return [];
  const names = resultPlans(task).flatMap(({ fileName, thumbnailName }) => [fileName, thumbnailName]);
  const views: FileView[] = [];
  for (const name of names) {
    const file = name === null ? undefined : await world.files.find(task, name);
    if (file === undefined) continue;
    const { requests, complete, bytesSent } = world.journal.file(task.taskNo, file.name);
    views.push({
      name: file.name,
      index: file.index,
      url: fileUrl(world, task, file.name),
      contentType: file.contentType,
      bytes: file.source.size,
      sha256: await file.source.digest("sha256"),
      requests,
      completeDownloads: complete,
      bytesSent,
    });
  }
  return views;
}

/** All counters. Refunds that are due are made first, so credits are those of this moment. */
export function statsOf(world: World) {
  world.tasks.settle(timeIn(world));
  const accounts = world.accounts.list();
  const total = (field: "submissions" | "tasks" | "charged" | "refunded" | "queries") =>
    accounts.reduce((sum, account) => sum + account[field], 0);
  return {
    submissions: total("submissions"),
    tasks: total("tasks"),
    charged: total("charged"),
    refunded: total("refunded"),
    queries: total("queries"),
    ...world.journal.totals(),
    accounts,
    idempotencyKeys: world.journal.idempotencyUses(),
  };
}

/** All counters of the simulator. */
export type Stats = ReturnType<typeof statsOf>;
