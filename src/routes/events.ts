/**
 * `GET /api/v1/tasks/{taskId}/events`: Server-Sent Events (WHATWG HTML, section 9.2). The stream and its heartbeat live in
 * the Worker; the tenant's object is asked again and again for the next change, so that nothing stays open in it when
 * nobody listens.
 */
import type { AppContext } from "../context.ts";
import { STATUS } from "../domain/task.ts";
import { parseTaskId } from "../domain/task-id.ts";
import type { TaskWatch } from "../tenant/types.ts";
import { publicBaseUrl, tenantOf, unwrap } from "./replies.ts";

/** How long one question to the object may stay open; after each a heartbeat goes out. Also how soon a revoked key ends. */
const WATCH_MS = 8_000;
/** Streams end by themselves; a browser comes back with `Last-Event-ID` and misses nothing. */
const MAX_STREAM_MS = 15 * 60_000;
const RETRY_MS = 2_000;

const ENDINGS: Record<number, string> = {
  [STATUS.completed]: "completed",
  [STATUS.failed]: "failed",
  [STATUS.cancelled]: "cancelled",
};

export async function streamEvents(c: AppContext): Promise<Response> {
  const taskId = parseTaskId(c.req.param("taskId") ?? "");
  const lastEventId = c.req.header("last-event-id") ?? null;
  const base = publicBaseUrl(c);
  const watch = (seen: string | null, maxMs: number, first: boolean) =>
    tenantOf(c).watch(c.get("caller"), taskId, { seen, maxMs, publicBaseUrl: base, first });
  const now = await unwrap(c, watch(null, 0, true));
  // The listener has had the ending already: 204 tells an EventSource not to come back.
  if (now.ended && now.version === lastEventId) return c.body(null, 204);
  const signal = c.req.raw.signal;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      // Returned, so that the runtime does not end the invocation before the stream is through.
      return sendEvents(controller, now, lastEventId, watch, signal);
    },
  });
  return c.body(body, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
}

async function sendEvents(
  controller: ReadableStreamDefaultController<Uint8Array>,
  first: TaskWatch,
  lastEventId: string | null,
  watch: (seen: string | null, maxMs: number, first: boolean) => ReturnType<ReturnType<typeof tenantOf>["watch"]>,
  signal: AbortSignal,
): Promise<void> {
  const encoder = new TextEncoder();
  const send = (text: string) => controller.enqueue(encoder.encode(text));
  const endAt = Date.now() + MAX_STREAM_MS;
  try {
    send(`retry: ${RETRY_MS}\n\n`);
    let seen = lastEventId;
    for (let task = first; !signal.aborted; ) {
      if (task.version !== seen) send(eventText(task));
      else send(": heartbeat\n\n");
      seen = task.version;
      if (task.ended || Date.now() > endAt) break;
      const reply = await watch(seen, WATCH_MS, false);
      if (!reply.ok) break;
      task = reply.data;
    }
    controller.close();
  } catch (error) {
    // The listener went away, or the object did; the listener comes back by itself.
    controller.error(error);
  }
}

function eventText(task: TaskWatch): string {
  const event = task.ended ? (ENDINGS[task.status] ?? "failed") : "progress";
  return `id: ${task.version}\nevent: ${event}\ndata: ${task.json}\n\n`;
}
