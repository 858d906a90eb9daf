/**
 * Follows a task from the Worker: asks the tenant's object repeatedly for the next change, each time for some seconds
 * at most. So nothing stays open in the object for long after the caller has disconnected, a revoked key stops working,
 * and a restarted object only causes a short delay.
 */
import type { AppContext } from "../../context.ts";
import type { ApiError } from "../../errors.ts";
import type { Result, TaskWatch, WatchOptions } from "../../tenant/api.ts";
import { publicBaseUrl, tenantOf } from "./responses.ts";

/** Longest duration of one call to the object. */
export const WATCH_MS = 8_000;
/** Delay before the next call after one that failed. */
const AFTER_FAILURE_MS = 500;

/** Returns the task as soon as its version is not `seen`, or after `maxMs`. */
export type Watch = (seen: string | null, maxMs: number, counted?: boolean) => Promise<Result<TaskWatch>>;

/** @returns a function that queries one task; `counted` calls cost a request of the rate limit */
export function watchOf(c: AppContext, taskId: number | null, by: WatchOptions["by"], stream?: string): Watch {
  const base = publicBaseUrl(c);
  return (seen, maxMs, counted = false) =>
    tenantOf(c).watch(c.get("caller"), taskId, { seen, maxMs, publicBaseUrl: base, by, counted, stream });
}

/** Asks for the next version until there is a result. @throws the object's error, after `giveUpAt` */
export async function nextVersion(watch: Watch, seen: string, giveUpAt: number): Promise<Result<TaskWatch>> {
  for (;;) {
    const leftMs = giveUpAt - Date.now();
    try {
      return await watch(seen, Math.max(0, Math.min(leftMs, WATCH_MS)));
    } catch (error) {
      if (leftMs <= AFTER_FAILURE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, AFTER_FAILURE_MS));
    }
  }
}

/**
 * Waits for a task's end (`Prefer: wait`).
 *
 * @param untilMs ms since epoch: the end of the wait
 * @returns the task as last seen, and an error if the caller may not see it any more
 */
export async function untilEnded(
  watch: Watch,
  first: TaskWatch,
  untilMs: number,
): Promise<{ readonly task: TaskWatch; readonly error: ApiError | null }> {
  let task = first;
  while (!task.ended && Date.now() < untilMs) {
    const result = await nextVersion(watch, task.version, untilMs).catch(() => null);
    if (result === null) break;
    if (!result.ok) return { task, error: result.error };
    task = result.data;
  }
  return { task, error: null };
}
