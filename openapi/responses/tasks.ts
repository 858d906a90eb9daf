/** Responses of submissions and queries (contract sections 2 and 3). */
import * as z from "zod";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response */
export function tasksResponses({ moment, momentOrNull, credits, nextCursor, taskId }: ResponseParts) {
  const result = z
    .looseObject({
      fileUrl: z.url().nullable().describe("Stable URL of the file; null if this result failed."),
      thumbnailUrl: z.url().nullable().describe("Stable URL of the thumbnail, or null."),
      mirrored: z.boolean().describe("True once the file is in the gateway's storage."),
      durationSeconds: z.number().nullish().describe("Duration of the video in seconds."),
      width: z.number().nullish().describe("Width in pixels."),
      height: z.number().nullish().describe("Height in pixels."),
      subStatus: z.int().nullish().describe("0 pending, 1 success, 2 failed."),
      failReason: z.string().nullish().describe("Reason why this result failed."),
    })
    .meta({ id: "TaskResult" });
  const urls = z.array(z.string()).nullish();
  const taskNo = z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe("Unique number of the task, 32 hex digits.");
  const estimatedCredits = credits.describe("Price of the task in credits.");
  const task = z
    .looseObject({
      taskId,
      taskNo,
      taskName: z.string().nullish().describe("Name of the task."),
      taskStatus: z
        .int()
        .min(0)
        .max(5)
        .describe("0 queuing, 1 generating, 2 completed, 3 failed, 4 under safety review, 5 cancelled."),
      taskType: z.int().min(1).max(2).describe("1 video, 2 image."),
      progress: z.int().min(0).max(100).describe("Progress in percent; never decreases."),
      failReason: z.string().describe("Reason why the task failed; empty otherwise."),
      results: z.array(result).describe("One entry for each result."),
      metadata: z.record(z.string(), z.string()).describe("String pairs of the request."),
      estimatedCredits,
      createdAt: moment.describe("Time of the submission."),
      endedAt: momentOrNull.describe("Time of the end; null: still running."),
      createTime: z.string().describe("Time of creation, as the upstream returns it: without a zone."),
      modelId: z.int().nullish().describe("The upstream's number of the model."),
      genMethod: z.string().nullish().describe("Generation method: the `type` of the request."),
      prompt: z.string().nullish().describe("What to generate."),
      negativePrompt: z.string().nullish().describe("What not to generate."),
      resolution: z.string().nullish().describe("Resolution of the video."),
      durationSeconds: z.number().nullish().describe("Duration of the video in seconds."),
      aspectRatio: z.string().nullish().describe("Aspect ratio."),
      imageCount: z.int().nullish().describe("Number of images."),
      size: z.string().nullish().describe("Size of the image."),
      quality: z.number().nullish().describe("Quality."),
      seed: z
        .number()
        .nullish()
        .meta({ type: ["integer", "null"], format: "int64", description: "Random seed; −1: random." }),
      generateAudio: z.boolean().nullish().describe("True if the video has audio."),
      refImageUrls: urls.describe("URLs of reference images."),
      refVideoUrls: urls.describe("URLs of reference videos."),
      refAudioUrls: urls.describe("URLs of reference audio files."),
      subTaskTotal: z.int().nullish().describe("Number of images of the task."),
      subTaskDone: z.int().nullish().describe("Number of images that are done."),
    })
    .meta({ id: "Task" });
  const submission = z
    .object({
      taskId,
      taskNo,
      estimatedCredits,
      resultUrls: z.array(z.url()).describe("Stable URLs that the results will have, in order."),
      task: task.optional(),
    })
    .meta({ id: "Submission" });
  const estimate = z
    .object({ estimatedCredits, affordable: z.boolean().describe("True if the tenant's credits cover the task.") })
    .meta({ id: "Estimate" });
  const taskList = z
    .object({ tasks: z.array(task).describe("Tasks, newest first."), nextCursor })
    .meta({ id: "TaskList" });
  const deletedTask = z.object({ taskId }).meta({ id: "DeletedTask" });

  return { task, submission, estimate, taskList, deletedTask };
}
