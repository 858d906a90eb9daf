/** Who waits for a task to change: in memory, because whoever waits has a request open here. */

type Wake = () => void;

/** Calls that wait for a task to change. */
export class Watchers {
  readonly #waiting = new Map<number, Set<Wake>>();

  /** The task changed: everybody who waits for it looks again. */
  notify(taskId: number): void {
    const waiting = this.#waiting.get(taskId);
    if (!waiting) return;
    this.#waiting.delete(taskId);
    for (const wake of waiting) wake();
  }

  /** Waits for the next change, at most `maxMs`. The one timer there is ends with the wait. */
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
