/** Waits for a task's end: by its events, or by polling where no events arrive. */
import { PaddockConnectionError, PaddockError } from "./errors.ts";
import { taskEvents } from "./events.ts";
import type { Task } from "./schema.ts";
import { sleep, type Transport } from "./transport.ts";

/** How to wait for a task. */
export interface WaitOptions {
  /** Called each time the task has changed, including its end. */
  onProgress?: ((task: Task) => void) | undefined;
  /** Ends the waiting; the task continues. */
  signal?: AbortSignal | undefined;
  /** `polling` queries every 5 s and opens no stream. Default `events`: a stream first, and polling if no stream arrives. */
  by?: "events" | "polling" | undefined;
}

/** Interval of two queries in seconds, and the `Prefer: wait` of each. */
const POLL_SECONDS = 5;
/** Enough to survive a restart of the gateway and minutes without a network. */
const POLL_RETRIES = 20;

/** The upstream's statuses (`taskStatus`). */
export const TASK_STATUS = { queuing: 0, generating: 1, completed: 2, failed: 3, review: 4, cancelled: 5 } as const;

/** True if the task has completed, failed or been cancelled. */
export function hasEnded(task: Task): boolean {
  const { completed, failed, cancelled } = TASK_STATUS;
  return ([completed, failed, cancelled] as number[]).includes(task.taskStatus);
}

/**
 * Returns the task once it has completed, failed or been cancelled.
 *
 * @throws PaddockError for an error response, or the signal's reason
 */
export async function waitForTask(transport: Transport, taskId: number, options: WaitOptions): Promise<Task> {
  const reporter = new ProgressReporter(options.onProgress);
  if (options.by !== "polling") {
    const ended = await byEvents(transport, taskId, reporter, options.signal);
    if (ended) return ended;
  }
  return byPolling(transport, taskId, reporter, options.signal);
}

/** @returns null if no events arrive for this gateway, credential or network */
async function byEvents(
  transport: Transport,
  taskId: number,
  reporter: ProgressReporter,
  signal: AbortSignal | undefined,
): Promise<Task | null> {
  try {
    for await (const { task } of taskEvents(transport, taskId, { signal })) {
      reporter.report(task);
      if (hasEnded(task)) return task;
    }
  } catch (error) {
    signal?.throwIfAborted();
    const mayPoll = error instanceof PaddockConnectionError || error instanceof PaddockError;
    if (!mayPoll) throw error;
  }
  return null;
}

async function byPolling(
  transport: Transport,
  taskId: number,
  reporter: ProgressReporter,
  signal: AbortSignal | undefined,
): Promise<Task> {
  for (;;) {
    const askedAt = Date.now();
    const { data } = await transport.call<Task>({
      method: "GET",
      path: `/api/v1/query/${taskId}`,
      headers: { prefer: `wait=${POLL_SECONDS}` },
      timeoutMs: transport.timeoutMs + POLL_SECONDS * 1_000,
      maxRetries: POLL_RETRIES,
      signal,
    });
    reporter.report(data);
    if (hasEnded(data)) return data;
    // A gateway that supports `Prefer` has waited already.
    await sleep(Math.max(0, askedAt + POLL_SECONDS * 1_000 - Date.now()), signal);
  }
}

/** Calls `onProgress` once for each change. */
class ProgressReporter {
  readonly #onProgress: ((task: Task) => void) | undefined;
  #reported = "";

  constructor(onProgress: ((task: Task) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  report(task: Task): void {
    const version = `${task.taskStatus} ${task.progress}`;
    if (version === this.#reported) return;
    this.#reported = version;
    this.#onProgress?.(task);
  }
}
