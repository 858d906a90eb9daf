import { TASK_TYPE } from "./catalogue.ts";
import { type ResultPlan, resultPlans } from "./result-files.ts";
import { lifeAt } from "./task-life.ts";
import type { TaskRecord } from "./task-record.ts";

/**
 * `data` of the query's response, fields named and ordered as on SeedHorse's page.
 * @param now milliseconds of the simulator's clock
 * @param urlOf makes a fresh URL for one of the task's files
 */
export function queryData(task: TaskRecord, now: number, urlOf: (fileName: string) => string) {
  const { request } = task;
  const life = lifeAt(task, now);
  const plans = resultPlans(task);
  // "Valid for multi-image tasks": the page's example of a single result has zeros here and in subStatus.
  const subtasks = request.imageCount > 1 ? request.imageCount : 0;
  const done = life.status === 2 ? plans.filter((plan) => !plan.failed).length : (subtasks * life.progress) / 100;
  return {
    aspectRatio: request.aspectRatio,
    createTime: new Date(task.acceptedAt).toISOString().slice(0, 19),
    durationSeconds: request.durationSeconds,
    failReason: life.failReason,
    genMethod: request.type,
    generateAudio: request.generateAudio,
    imageCount: request.imageCount,
    modelId: request.model.modelId,
    negativePrompt: request.negativePrompt,
    progress: life.progress,
    prompt: request.prompt,
    quality: request.quality,
    refAudioUrls: request.refAudioUrls,
    refImageUrls: request.refImageUrls,
    refVideoUrls: request.refVideoUrls,
    resolution: request.resolution,
    results: life.status === 2 ? plans.map((plan) => result(plan, subtasks > 0, urlOf)) : [],
    seed: request.seed,
    size: request.size,
    subTaskDone: Math.min(subtasks, Math.floor(done)),
    subTaskTotal: subtasks,
    taskId: BigInt(task.taskId),
    taskName: request.taskName,
    taskStatus: life.status as number,
    taskType: TASK_TYPE[request.model.medium],
  };
}

function result(plan: ResultPlan, isSubtask: boolean, urlOf: (fileName: string) => string) {
  const failed = { failReason: "Generation of this image failed", subStatus: 2 };
  const succeeded = { failReason: "", subStatus: isSubtask ? 1 : 0 };
  const { failReason, subStatus } = plan.failed ? failed : succeeded;
  return {
    durationSeconds: plan.durationSeconds,
    failReason,
    fileUrl: plan.fileName === null ? null : urlOf(plan.fileName),
    height: plan.height,
    subStatus,
    thumbnailUrl: plan.thumbnailName === null ? null : urlOf(plan.thumbnailName),
    width: plan.width,
  };
}
