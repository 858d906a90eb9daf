/** Waiting for a task's end: by its events where they come through, else by asking. */
import { PaddockConnectionError, PaddockError } from "./errors.ts";
import { taskEvents } from "./events.ts";
import type { Task } from "./schema.ts";
import { sleep, type Transport } from "./transport.ts";

/** How to wait for a task. */
export interface WaitOptions {
  /** Told each time the task has changed, the ending included. */
  onProgress?: ((task: Task) => void) | undefined;
  /** Ends the waiting, not the task. */
  signal?: AbortSignal | undefined;
  /** `polling` asks every few seconds and opens no stream. Default `events`: a stream first, polling if it does not work. */
  by?: "events" | "polling" | undefined;
}

/** Between two questions; also how long each asks the gateway to wait with its answer. */
const POLL_SECONDS = 5;
/** A wait outlives a restart of the gateway, and minutes without a network. */
const POLL_RETRIES = 20;

/** The upstream's statuses (`taskStatus`). */
export const TASK_STATUS = { queuing: 0, generating: 1, completed: 2, failed: 3, review: 4, cancelled: 5 } as const;

/** Whether nothing changes any more. */
export function hasEnded(task: Task): boolean {
  const { completed, failed, cancelled } = TASK_STATUS;
  return ([completed, failed, cancelled] as number[]).includes(task.taskStatus);
}

/**
 * The task when it has ended, whichever way.
 *
 * @throws PaddockError if the gateway refuses, or the signal's reason
 */
export async function waitForTask(transport: Transport, taskId: number, options: WaitOptions): Promise<Task> {
  const teller = new Teller(options.onProgress);
  if (options.by !== "polling") {
    const ended = await byEvents(transport, taskId, teller, options.signal);
    if (ended) return ended;
  }
  return byPolling(transport, taskId, teller, options.signal);
}

/** @returns null if this gateway, this credential or this network has no events: then asking decides */
async function byEvents(
  transport: Transport,
  taskId: number,
  teller: Teller,
  signal: AbortSignal | undefined,
): Promise<Task | null> {
  try {
    for await (const { task } of taskEvents(transport, taskId, { signal })) {
      teller.tell(task);
      if (hasEnded(task)) return task;
    }
  } catch (error) {
    signal?.throwIfAborted();
    const mayBeAsked = error instanceof PaddockConnectionError || error instanceof PaddockError;
    if (!mayBeAsked) throw error;
  }
  return null;
}

async function byPolling(
  transport: Transport,
  taskId: number,
  teller: Teller,
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
    teller.tell(data);
    if (hasEnded(data)) return data;
    // A gateway that honours `Prefer` has waited already.
    await sleep(Math.max(0, askedAt + POLL_SECONDS * 1_000 - Date.now()), signal);
  }
}

/** Tells what is new, and nothing twice. */
class Teller {
  readonly #onProgress: ((task: Task) => void) | undefined;
  #told = "";

  constructor(onProgress: ((task: Task) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  tell(task: Task): void {
    const version = `${task.taskStatus} ${task.progress}`;
    if (version === this.#told) return;
    this.#told = version;
    this.#onProgress?.(task);
  }
}
