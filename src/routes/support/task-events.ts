/** Reads the events of a task (`GET /api/v1/tasks/{taskId}/events`) as a caller of the API does. */
import { isJsonObject, type JsonObject, parseJson } from "../../lib/json.ts";

/**
 * Reads events until the task has ended or the signal aborts.
 *
 * @param onTask called with the `data` of each event
 * @returns the `data` of the last event; null without one
 */
export async function followTask(
  response: Response,
  signal: AbortSignal,
  onTask: (task: JsonObject) => void,
): Promise<JsonObject | null> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined || !response.ok) return null;
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  let text = "";
  let task: JsonObject | null = null;
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const line = block.split("\n").find((one) => one.startsWith("data: "));
        const event = line === undefined ? null : parseJson(line.slice("data: ".length));
        if (!isJsonObject(event ?? undefined)) continue;
        task = event as JsonObject;
        onTask(task);
      }
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
  return task;
}
