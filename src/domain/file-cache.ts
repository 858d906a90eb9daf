/**
 * The edge cache in front of stored files (docs/files.md, "At the edge"): which files it may serve, under which tags it
 * stores them, and how waiting purges are joined into one call.
 */
import { dayNumber } from "./calendar.ts";
import type { TenantFacts, Uncached } from "./file-source.ts";
import { lastTaskIdAt, taskIdTime } from "./task-id.ts";

/**
 * How long an entry is served, in seconds. It bounds the storage of a purge that never arrives; what may be read is
 * decided before the cache.
 */
export const EDGE_SECONDS = 86_400;
/**
 * How long a deleted task is kept away from the cache, in ms: an entry's lifetime and an hour, in which a read that began
 * before the deletion can still be stored.
 */
export const DELETED_FOR_MS = (EDGE_SECONDS + 3_600) * 1_000;
/** Deleted tasks that the facts of a tenant name one by one. */
export const MAX_NAMED = 100;
/** Tags in one call of the platform. */
export const MAX_TAGS = 100;

/** What to remove from the cache: files of tasks, of all tasks of some days, or, with neither, everything of the tenant. */
export interface FilePurge {
  readonly tenantId: string;
  readonly taskIds?: readonly number[];
  /** Days since the epoch (UTC) on which the tasks were made. */
  readonly days?: readonly number[];
}

/** Argument of the platform's purge. */
export type PurgeCall = { readonly tags: string[] } | { readonly purgeEverything: true };

/** Returns the day on which a task was made, in days since the epoch. */
export function dayOfTask(taskId: number): number {
  return dayNumber(taskIdTime(taskId));
}

const tenantTag = (tenantId: string) => `t-${tenantId}`;
const taskTag = (tenantId: string, taskId: number) => `k-${tenantId}-${taskId}`;
const dayTag = (tenantId: string, day: number) => `d-${tenantId}-${day}`;

/** Returns the tags of a task's files. */
export function tagsOf(tenantId: string, taskId: number): string[] {
  return [tenantTag(tenantId), taskTag(tenantId, taskId), dayTag(tenantId, dayOfTask(taskId))];
}

/**
 * Returns the tasks that must not be read from the cache.
 *
 * @param deleted ids of deleted tasks, the greatest first; those beyond MAX_NAMED are covered by `upTo`
 * @param retentionMs age at which tasks are deleted; null: never
 */
export function uncachedTasks(deleted: readonly number[], retentionMs: number | null, now: number): Uncached {
  const expired = retentionMs === null ? -1 : lastTaskIdAt(now - retentionMs);
  const upTo = Math.max(expired, deleted[MAX_NAMED] ?? -1);
  return { upTo, tasks: deleted.slice(0, MAX_NAMED).filter((id) => id > upTo) };
}

/**
 * True if a task's files may be read from the cache. An object of the previous release records no purges, and its facts
 * have no `uncached`.
 */
export function mayBeCached({ visibility, deleted, uncached }: TenantFacts, taskId: number): boolean {
  if (visibility !== "public" || deleted || uncached === undefined) return false;
  return taskId > uncached.upTo && !uncached.tasks.includes(taskId);
}

/** Returns a purge of these tasks, by days or of the whole tenant if they are many. */
export function purgeOf(tenantId: string, taskIds: readonly number[]): FilePurge {
  if (taskIds.length <= MAX_TAGS) return { tenantId, taskIds };
  const days = [...new Set(taskIds.map(dayOfTask))];
  return days.length <= MAX_TAGS ? { tenantId, days } : { tenantId };
}

/**
 * Joins purges into one call: by task, or, if these are too many tags, by day, by tenant, or everything. One call is
 * enough for any number, so the platform's rate of calls never lets them pile up.
 */
export function joinPurges(purges: readonly FilePurge[]): PurgeCall {
  const byDay = (purge: FilePurge): FilePurge => {
    const { tenantId, taskIds, days = [] } = purge;
    return taskIds === undefined ? purge : { tenantId, days: [...days, ...taskIds.map(dayOfTask)] };
  };
  for (const coarsen of [(purge: FilePurge) => purge, byDay, ({ tenantId }: FilePurge) => ({ tenantId })]) {
    const tags = [...new Set(purges.map(coarsen).flatMap(purgeTags))];
    if (tags.length <= MAX_TAGS) return { tags };
  }
  return { purgeEverything: true };
}

function purgeTags({ tenantId, taskIds, days }: FilePurge): string[] {
  if (taskIds === undefined && days === undefined) return [tenantTag(tenantId)];
  return [...(taskIds ?? []).map((id) => taskTag(tenantId, id)), ...(days ?? []).map((day) => dayTag(tenantId, day))];
}
