/** Requests that wait for a task to change. In memory, because each has a request open at this object. */

type Wake = () => void;

/** Calls that wait for a task to change. */
export class Watchers {
  readonly #waiting = new Map<number, Set<Wake>>();

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
