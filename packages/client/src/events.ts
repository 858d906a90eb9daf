/**
 * A task's events over `fetch`, because `EventSource` cannot send the credential in a header. A lost stream resumes after
 * its last event.
 */
import { errorOf, PaddockConnectionError } from "./errors.ts";
import { EventParser } from "./event-parser.ts";
import { parseJson } from "./json.ts";
import type { Task } from "./schema.ts";
import { sleep, TimeLimit, type Transport } from "./transport.ts";

/** One change of a task. */
export interface TaskEvent {
  type: "progress" | "completed" | "failed" | "cancelled";
  task: Task;
  /** Id for `lastEventId`, to resume after this event. */
  id: string;
}

/** Where a stream of events begins, and what ends it. */
export interface EventOptions {
  signal?: AbortSignal | undefined;
  /** Id of the last event received; the stream continues after it. */
  lastEventId?: string | undefined;
}

/** The gateway writes at once and sends a heartbeat every 8 s: a longer silence means that a proxy buffers the stream. */
const FIRST_BYTES_MS = 10_000;
const SILENCE_MS = 25_000;
/** Most failed connections in a row. */
const MAX_FAILURES = 3;
const DEFAULT_RETRY_MS = 2_000;

/**
 * Iterates over the changes of a task until it has ended.
 *
 * @throws PaddockError for an error response, PaddockConnectionError if no stream arrives, or the signal's reason
 */
export async function* taskEvents(
  transport: Transport,
  taskId: number,
  { signal, lastEventId = "" }: EventOptions,
): AsyncGenerator<TaskEvent, void, undefined> {
  let retryMs = DEFAULT_RETRY_MS;
  let seen = lastEventId;
  for (let failures = 0; ; ) {
    const stream = new TaskStream(transport, taskId, seen, signal);
    let cause: unknown = null;
    try {
      for await (const event of stream.read()) {
        seen = event.id;
        yield event;
        if (event.type !== "progress") return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PaddockConnectionError)) throw error;
      cause = error;
    }
    if (stream.isSpent) return;
    failures = stream.isHeard ? 0 : failures + 1;
    if (stream.isHeldUp || failures > MAX_FAILURES) throw new PaddockConnectionError("No events arrive", cause);
    retryMs = stream.retryMs ?? retryMs;
    await sleep(retryMs, signal);
  }
}

/** One connection to the event stream. */
class TaskStream {
  readonly #transport: Transport;
  readonly #taskId: number;
  readonly #lastEventId: string;
  readonly #limit: TimeLimit;
  readonly #parser = new EventParser();
  /** True after a 204: the task's end was received before, and nothing follows. */
  isSpent = false;
  /** True once any bytes have arrived. */
  isHeard = false;

  constructor(transport: Transport, taskId: number, lastEventId: string, signal: AbortSignal | undefined) {
    this.#transport = transport;
    this.#taskId = taskId;
    this.#lastEventId = lastEventId;
    this.#limit = new TimeLimit(FIRST_BYTES_MS, signal);
  }

  /** True if nothing arrived although the connection is open: a proxy buffers the stream. */
  get isHeldUp(): boolean {
    return this.#limit.isOver && !this.isHeard;
  }

  get retryMs(): number | null {
    return this.#parser.retryMs;
  }

  /** Ends when the gateway ends the stream. @throws PaddockConnectionError if it breaks or is silent for too long */
  async *read(): AsyncGenerator<TaskEvent, void, undefined> {
    try {
      const response = await this.#transport.open({
        method: "GET",
        path: `/api/v1/tasks/${this.#taskId}/events`,
        headers: { accept: "text/event-stream", ...(this.#lastEventId && { "last-event-id": this.#lastEventId }) },
        signal: this.#limit.signal,
      });
      if (response.status === 204) this.isSpent = true;
      else yield* this.#events(response);
    } finally {
      this.#limit.release();
    }
  }

  async *#events(response: Response): AsyncGenerator<TaskEvent, void, undefined> {
    const isStream = /^text\/event-stream\b/.test(response.headers.get("content-type") ?? "");
    if (!response.ok || !isStream || !response.body) throw errorOf(response, await jsonOf(response));
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw new PaddockConnectionError("The event stream was interrupted", error);
        });
        if (done) return;
        this.isHeard = true;
        this.#limit.restart(SILENCE_MS);
        for (const { event, data, id } of this.#parser.push(decoder.decode(value, { stream: true }))) {
          if (isTaskEvent(event)) yield { type: event, task: parseJson(data) as Task, id };
        }
      }
    } finally {
      // Also closes the connection when the caller stops iterating.
      await reader.cancel().catch(() => {});
    }
  }
}

function isTaskEvent(event: string): event is TaskEvent["type"] {
  return event === "progress" || event === "completed" || event === "failed" || event === "cancelled";
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return parseJson(await response.text());
  } catch {
    return null;
  }
}
