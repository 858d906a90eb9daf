/** `providerMetadata.paddock` of results. */
import type { JSONObject } from "@ai-sdk/provider";
import type { Task, TaskResult } from "paddock-client";

/** Returns the task's id and price. */
export function taskMetadata({
  taskId,
  taskNo,
  estimatedCredits,
}: Pick<Task, "taskId" | "taskNo" | "estimatedCredits">): {
  taskId: number;
  taskNo: string;
  credits: number;
} {
  return { taskId, taskNo, credits: estimatedCredits };
}

/**
 * Returns the metadata of one file: its stable URLs, and the task. The SDK merges only the entries of files, so each has all.
 */
export function fileMetadata(
  task: Task,
  { fileUrl, thumbnailUrl, width, height, durationSeconds }: TaskResult,
): JSONObject {
  return {
    ...taskMetadata(task),
    url: fileUrl,
    thumbnailUrl,
    ...(width ? { width } : {}),
    ...(height ? { height } : {}),
    ...(durationSeconds ? { durationSeconds } : {}),
  };
}
