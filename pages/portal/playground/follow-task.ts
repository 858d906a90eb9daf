/** Follows a task by its events, and by asking where no stream arrives. */
import type { Api } from "../../lib/api.ts";
import type { Task } from "../../lib/types.ts";
import { isEnded } from "../../tasks/status.tsx";

const EVENTS = ["progress", "completed", "failed", "cancelled"] as const;
const POLL_MS = 5_000;

/**
 * Calls `changed` with the task as it is now and after each change, until it has ended.
 *
 * @param failed gets the error if the task cannot be read, such as one that was deleted
 * @returns how to stop
 */
export function followTask(
  api: Api,
  taskId: number,
  changed: (task: Task) => void,
  failed: (error: unknown) => void,
): () => void {
  const stop = new AbortController();
  let stream: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    stop.abort();
    stream?.close();
    clearTimeout(timer);
  };
  const show = (task: Task) => {
    if (stop.signal.aborted) return;
    changed(task);
    if (isEnded(task)) end();
  };
  const ask = async () => {
    try {
      show(await api.get<Task>(`/tasks/${taskId}`, {}, stop.signal));
    } catch (error) {
      if (stop.signal.aborted) return;
      failed(error);
    }
  };
  const poll = async () => {
    await ask();
    if (!stop.signal.aborted) timer = setTimeout(poll, POLL_MS);
  };
  const listen = () => {
    if (stop.signal.aborted) return;
    stream = new EventSource(`${api.base}/tasks/${taskId}/events`);
    for (const name of EVENTS) {
      stream.addEventListener(name, (event) => show(JSON.parse((event as MessageEvent<string>).data) as Task));
    }
    stream.onerror = () => {
      // The browser connects again by itself, unless the gateway has refused the stream.
      if (stream?.readyState === EventSource.CLOSED && !stop.signal.aborted) timer = setTimeout(poll, POLL_MS);
    };
  };
  void ask().then(listen);
  return end;
}
