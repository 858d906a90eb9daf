/** Responses of the tenant API, but for webhooks (contract sections 2 to 4). */
import * as z from "zod";
import { SCOPES } from "../../src/tenant/permissions.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of answer, and the error */
export function tenantResponses({
  moment,
  momentOrNull,
  count,
  credits,
  countOrNull,
  nextCursor,
  modelName,
  tenantId,
  keyId,
  taskId,
  status,
  billing,
  limits,
  sums,
  priceFields,
}: ResponseParts) {
  const issue = z.object({ path: z.string(), message: z.string() });
  const error = z
    .object({
      code: z.int(),
      msg: z.string(),
      ok: z.literal(false),
      data: z
        .object({
          issues: z.array(issue).optional(),
          models: z.array(z.string()).optional(),
          required: z.int().optional().meta({ description: "Credits that the request needs." }),
          available: z.int().optional().meta({ description: "Credits that are left." }),
        })
        .nullable(),
    })
    .meta({ id: "ApiError" });

  const result = z
    .looseObject({
      fileUrl: z.url().nullable(),
      thumbnailUrl: z.url().nullable(),
      mirrored: z.boolean(),
      durationSeconds: z.number().nullish(),
      width: z.number().nullish(),
      height: z.number().nullish(),
      subStatus: z.int().nullish(),
      failReason: z.string().nullish(),
    })
    .meta({ id: "TaskResult" });
  const urls = z.array(z.string()).nullish();
  const task = z
    .looseObject({
      taskId,
      taskNo: z.string().regex(/^[0-9a-f]{32}$/),
      taskName: z.string().nullish(),
      taskStatus: z.int().min(0).max(5),
      taskType: z.int().min(1).max(2),
      progress: z.int().min(0).max(100),
      failReason: z.string(),
      results: z.array(result),
      metadata: z.record(z.string(), z.string()),
      estimatedCredits: credits,
      createTime: z.string(),
      modelId: z.int().nullish(),
      genMethod: z.string().nullish(),
      prompt: z.string().nullish(),
      negativePrompt: z.string().nullish(),
      resolution: z.string().nullish(),
      durationSeconds: z.number().nullish(),
      aspectRatio: z.string().nullish(),
      imageCount: z.int().nullish(),
      size: z.string().nullish(),
      quality: z.number().nullish(),
      seed: z
        .number()
        .nullish()
        .meta({ type: ["integer", "null"], format: "int64" }),
      generateAudio: z.boolean().nullish(),
      refImageUrls: urls,
      refVideoUrls: urls,
      refAudioUrls: urls,
      subTaskTotal: z.int().nullish(),
      subTaskDone: z.int().nullish(),
    })
    .meta({ id: "Task" });
  const submission = z
    .object({
      taskId,
      taskNo: z.string().regex(/^[0-9a-f]{32}$/),
      estimatedCredits: credits,
      resultUrls: z.array(z.url()),
      task: task.optional(),
    })
    .meta({ id: "Submission" });
  const estimate = z.object({ estimatedCredits: credits, affordable: z.boolean() }).meta({ id: "Estimate" });
  const taskList = z.object({ tasks: z.array(task), nextCursor }).meta({ id: "TaskList" });
  const deletedTask = z.object({ taskId }).meta({ id: "DeletedTask" });

  const upload = z
    .object({ fileId: z.string(), url: z.url(), contentType: z.string(), bytes: count, expiresAt: moment })
    .meta({ id: "UploadedFile" });
  const deletedUpload = z.object({ fileId: z.string() }).meta({ id: "DeletedFile" });
  const tokenId = z.string().meta({ description: "Unique identifier of the token." });
  const clientToken = z.object({ token: z.string(), tokenId, expiresAt: moment }).meta({ id: "ClientToken" });
  const allowance = z.object({
    used: z.int().meta({ description: "Used so far." }),
    max: z.int().nullable().meta({ description: "The bound; null: none." }),
  });
  const clientTokenView = z
    .object({
      endUser: z.string().nullable(),
      expiresAt: moment,
      tasks: allowance.meta({ description: "Tasks that the token has made." }),
      credits: allowance.meta({ description: "Credits that its tasks hold or cost." }),
    })
    .meta({ id: "ClientTokenView" });
  const clientTokenEnded = z
    .object({ tokenId, ended: z.literal(true).meta({ description: "Always true." }) })
    .meta({ id: "ClientTokenEnded" });

  const account = z
    .object({
      tenantId,
      name: z.string(),
      status,
      billing,
      balance: credits,
      runningTasks: count,
      limits: z.object({ ...limits, retentionDays: z.number() }),
      usage: z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), tasks: count, credits }),
      key: z.object({
        keyId,
        name: z.string(),
        scopes: z.array(z.enum(SCOPES)),
        models: z.array(modelName).nullable(),
        requestsPerMinute: countOrNull,
        monthlyCredits: countOrNull,
        monthCredits: credits,
        expiresAt: momentOrNull,
      }),
    })
    .meta({ id: "Account" });
  const usage = z
    .object({
      groupBy: z.enum(["day", "model", "key", "endUser"]),
      from: moment,
      to: moment,
      rows: z.array(
        z.object({
          day: z.iso.date().optional(),
          model: z.string().optional(),
          key: z.string().optional(),
          keyName: z.string().nullable().optional(),
          endUser: z.string().nullable().optional(),
          ...sums,
          running: count,
        }),
      ),
      nextCursor,
    })
    .meta({ id: "Usage" });
  const models = z
    .object({
      models: z.array(
        z.object({
          name: modelName,
          medium: z.enum(["image", "video"]),
          types: z.array(z.string()),
          parameters: z.record(z.string(), z.looseObject({})),
          prices: z.array(z.object({ ...priceFields, final: z.boolean() })),
        }),
      ),
      defaultHoldCredits: count,
    })
    .meta({ id: "Models" });

  return {
    error,
    task,
    submission,
    estimate,
    taskList,
    deletedTask,
    upload,
    deletedUpload,
    clientToken,
    clientTokenView,
    clientTokenEnded,
    account,
    usage,
    models,
  };
}
