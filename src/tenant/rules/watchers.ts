/** Requests that wait for a task to change, and tasks that were looked at lately. In memory only. */
import { UNWATCHED_MS } from "../../domain/polling-pace.ts";
import type { TaskRow } from "../../domain/task.ts";

type Wake = () => void;

/** Calls that wait for a task to change. */
export class Watchers {
  readonly #waiting = new Map<number, Set<Wake>>();
  /** When a task was last looked at, in ms since epoch, the latest last; none older than UNWATCHED_MS when one was added. */
  readonly #seenAt = new Map<number, number>();

  /** Notes that a caller looks at a task. @param now ms since epoch */
  see(taskId: number, now: number): void {
    this.#seenAt.delete(taskId);
    this.#seenAt.set(taskId, now);
    for (const [other, at] of this.#seenAt) {
      if (now - at < UNWATCHED_MS) break;
      this.#seenAt.delete(other);
    }
  }

  /** True if a caller waits for the task or has looked at it lately, so that another look is to be expected. */
  isWatched(taskId: number, now: number): boolean {
    return this.#waiting.has(taskId) || now - (this.#seenAt.get(taskId) ?? 0) < UNWATCHED_MS;
  }

  /** @returns for how long nobody has watched a task, in ms; its creation counts as the first look at it */
  unwatchedMs({ task_id, created_at }: Pick<TaskRow, "task_id" | "created_at">, now: number): number {
    if (this.#waiting.has(task_id)) return 0;
    return now - Math.max(created_at, this.#seenAt.get(task_id) ?? 0);
  }

  /** Wakes every call that waits for this task. */
  notify(taskId: number): void {
    const waiting = this.#waiting.get(taskId);
    if (!waiting) return;
    this.#waiting.delete(taskId);
    for (const wake of waiting) wake();
  }

  /** Waits for the next change, at most `maxMs`. The only timer ends with the wait. */
  async next(taskId: number, maxMs: number): Promise<void> {
    const waiting = this.#waiting.get(taskId) ?? new Set<Wake>();
    this.#waiting.set(taskId, waiting);
    let wake: Wake = () => {};
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => wake(), maxMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.add(wake);
    });
    waiting.delete(wake);
    if (waiting.size === 0 && this.#waiting.get(taskId) === waiting) this.#waiting.delete(taskId);
  }
}
