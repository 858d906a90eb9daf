/**
 * `GET /api/v1/tasks/{taskId}/events`: Server-Sent Events (WHATWG HTML, section 9.2). The stream and its heartbeat live in
 * the Worker; see watching.ts.
 */
import type { AppContext } from "../context.ts";
import { MINUTE_MS } from "../domain/calendar.ts";
import { STATUS } from "../domain/task.ts";
import { parseTaskId } from "../domain/task-id.ts";
import type { Result, TaskWatch } from "../tenant/api.ts";
import { unwrap } from "./support/responses.ts";
import { streamTexts } from "./support/text-stream.ts";
import { nextVersion, WATCH_MS, watchOf } from "./support/watching.ts";

/** Longest stream; a browser then reconnects with `Last-Event-ID` and misses nothing. */
const MAX_STREAM_MS = 15 * MINUTE_MS;
const RETRY_MS = 2_000;

const ENDINGS: Record<number, string> = {
  [STATUS.completed]: "completed",
  [STATUS.failed]: "failed",
  [STATUS.cancelled]: "cancelled",
};

/** Streams a task's events until its end. */
export async function streamEvents(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  const lastEventId = c.req.header("last-event-id") ?? c.req.query("lastEventId") ?? null;
  const watch = watchOf(c, taskId, "events", crypto.randomUUID());
  const now = await unwrap(c, watch(null, 0, true));
  // The listener has received the end: 204 makes an EventSource stop reconnecting.
  if (now.ended && now.version === lastEventId) return c.body(null, 204);
  const next = (seen: string) => nextVersion(watch, seen, Date.now() + WATCH_MS).catch(() => null);
  const body = streamTexts(eventTexts(now, lastEventId, next));
  return c.body(body, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
}

/**
 * The blocks of a stream. Each is made once the listener has taken the one before, so that one that reads slowly holds no
 * more than its connection, and then gets the task as it is.
 *
 * @param next waits for a version other than the one seen, for some seconds at most; null if the object is not reachable
 */
export async function* eventTexts(
  first: TaskWatch,
  lastEventId: string | null,
  next: (seen: string) => Promise<Result<TaskWatch> | null>,
): AsyncGenerator<string, void, undefined> {
  const endAt = Date.now() + MAX_STREAM_MS;
  yield `retry: ${RETRY_MS}\n\n`;
  let seen = lastEventId;
  for (let task = first; ; ) {
    yield task.version === seen ? ": heartbeat\n\n" : eventText(task);
    seen = task.version;
    if (task.ended || Date.now() > endAt) return;
    // An error means that the task was deleted or the credential ended; an exception means that the object is not
    // reachable. The listener reconnects by itself and then gets the reason.
    const result = await next(seen);
    if (!result?.ok) return;
    task = result.data;
  }
}

function eventText(task: TaskWatch): string {
  const event = task.ended ? (ENDINGS[task.status] ?? "failed") : "progress";
  return `id: ${task.version}\nevent: ${event}\ndata: ${task.json}\n\n`;
}
