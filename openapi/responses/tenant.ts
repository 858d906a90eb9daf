/** Responses of the tenant API, but for webhooks (contract sections 2 to 4). */
import * as z from "zod";
import { SCOPES } from "../../src/tenant/permissions.ts";
import type { ResponseParts } from "./parts.ts";

/** @returns one schema for the `data` of each kind of response, and the envelope of an error */
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
  const issue = z.object({
    path: z.string().describe("Place of the field, such as `refImageUrls.0`."),
    message: z.string().describe("What is wrong with the field."),
  });
  const error = z
    .object({
      code: z.int().describe("Error code."),
      msg: z.string().describe("Error message."),
      ok: z.literal(false).describe("Always false."),
      data: z
        .object({
          issues: z.array(issue).optional().describe("Everything that is wrong with the request."),
          models: z.array(z.string()).optional().describe("Names of the known models."),
          required: z.int().optional().meta({ description: "Credits that the request needs." }),
          available: z.int().optional().meta({ description: "Credits that the tenant can spend." }),
        })
        .nullable()
        .describe("Details of the error, or null."),
    })
    .meta({ id: "ApiError" });

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

  const fileId = z.string().describe("Unique identifier of the file.");
  const upload = z
    .object({
      fileId,
      url: z.url().describe("Stable URL of the file, for `refImageUrls`, `refVideoUrls` or `refAudioUrls`."),
      contentType: z.string().describe("Media type, determined from the content."),
      bytes: count.describe("Size in bytes."),
      expiresAt: moment.describe("Time at which the file is deleted."),
    })
    .meta({ id: "UploadedFile" });
  const partsUpload = z
    .object({
      uploadId: fileId,
      partBytes: count.describe("Size of every part but the last, in bytes."),
      parts: z
        .array(
          z.object({
            partNumber: count.describe("Number of the part, from 1."),
            url: z.url().describe("URL for its bytes."),
          }),
        )
        .describe("URLs to which the parts are sent, in any order."),
      completeUrl: z.url().describe("URL that ends the upload."),
      expiresAt: moment.describe("Time at which the URLs stop working and an incomplete upload is deleted."),
    })
    .meta({ id: "PartsUpload" });
  const storedPart = z
    .object({ partNumber: count.describe("Number of the part."), bytes: count.describe("Size in bytes.") })
    .meta({ id: "StoredPart" });
  const deletedUpload = z.object({ fileId }).meta({ id: "DeletedFile" });
  const tokenId = z.string().describe("Unique identifier of the token.");
  const tokenExpiresAt = moment.describe("Time at which the token stops working.");
  const clientToken = z
    .object({ token: z.string().describe("The token; safe in a browser."), tokenId, expiresAt: tokenExpiresAt })
    .meta({ id: "ClientToken" });
  const allowance = z.object({
    used: z.int().describe("Used so far."),
    max: z.int().nullable().describe("Maximum; null: no limit."),
  });
  const clientTokenView = z
    .object({
      endUser: z.string().nullable().describe("End user of the token; null: none."),
      expiresAt: tokenExpiresAt,
      tasks: allowance.describe("Tasks that were created with the token."),
      credits: allowance.describe("Credits that these tasks hold or cost."),
    })
    .meta({ id: "ClientTokenView" });
  const clientTokenEnded = z
    .object({ tokenId, ended: z.literal(true).describe("Always true.") })
    .meta({ id: "ClientTokenEnded" });

  const used = (what: string) => z.object({ used: z.int().describe("Used so far.") }).describe(what);
  const clientTokenPage = z
    .object({
      tokens: z
        .array(
          z
            .object({
              tokenId,
              endUser: z
                .string()
                .nullable()
                .describe("End user of the token; null: none, or ended before its first task."),
              expiresAt: tokenExpiresAt,
              ended: z.boolean().describe("True if the token was ended before its expiry."),
              tasks: used("Tasks that were created with the token."),
              credits: used("Credits that these tasks hold or cost."),
            })
            .meta({ id: "ListedClientToken" }),
        )
        .describe("Tokens by id."),
      nextCursor,
    })
    .meta({ id: "ClientTokenPage" });
  const endUser = z
    .object({
      endUser: z.string().describe("Name of the end user."),
      blocked: z.boolean().describe("True: none of the end user's tokens works."),
      dailyCredits: z.int().nullable().describe("Maximum credits per day (UTC); null: no limit."),
      monthlyCredits: z.int().nullable().describe("Maximum credits per calendar month (UTC); null: no limit."),
      dailyTasks: z.int().nullable().describe("Maximum number of tasks per day (UTC); null: no limit."),
      concurrentTasks: z.int().nullable().describe("Maximum number of tasks at the same time; null: no limit."),
      used: z
        .object({
          todayCredits: z.int().describe("Credits of today's tasks (UTC), holds included."),
          monthCredits: z.int().describe("Credits of this month's tasks (UTC), holds included."),
          todayTasks: z.int().describe("Tasks accepted today (UTC)."),
          running: z.int().describe("Tasks that have not ended."),
        })
        .describe("What the end user has used."),
    })
    .meta({ id: "EndUser" });
  const endUserPage = z
    .object({ endUsers: z.array(endUser).describe("End users by name."), nextCursor })
    .meta({ id: "EndUserPage" });

  const account = z
    .object({
      tenantId,
      name: z.string().describe("Display name."),
      status,
      billing,
      balance: credits.describe("Balance in credits: the sum of the ledger."),
      runningTasks: count.describe("Number of tasks that have not ended."),
      limits: z
        .object({
          ...limits,
          retentionDays: z.number().describe("Age in days at which tasks and files are deleted; 0: never."),
        })
        .describe("Limits of the tenant."),
      usage: z
        .object({
          month: z
            .string()
            .regex(/^\d{4}-\d{2}$/)
            .describe("Calendar month (UTC)."),
          tasks: count.describe("Number of tasks."),
          credits: credits.describe("Credits spent."),
        })
        .describe("Usage of this month."),
      key: z
        .object({
          keyId,
          name: z.string().describe("Display name."),
          scopes: z.array(z.enum(SCOPES)).describe("What the key may do."),
          models: z.array(modelName).nullable().describe("Models that may be used; null: all."),
          requestsPerMinute: countOrNull.describe(
            "Maximum number of requests per minute with this key; null: no limit of its own.",
          ),
          monthlyCredits: countOrNull.describe(
            "Maximum credits per calendar month with this key; null: no limit of its own.",
          ),
          monthCredits: credits.describe("Credits spent with this key this month."),
          concurrentTasks: countOrNull.describe(
            "Maximum number of tasks that run at the same time with this key; null: no limit of its own.",
          ),
          expiresAt: momentOrNull.describe("Time at which the key stops working; null: never."),
        })
        .describe("The key that sent the request."),
    })
    .meta({ id: "Account" });
  const usage = z
    .object({
      groupBy: z.enum(["day", "model", "key", "endUser"]).describe("Group of each row."),
      from: moment.describe("Start of the range, inclusive."),
      to: moment.describe("End of the range, inclusive."),
      rows: z
        .array(
          z.object({
            day: z.iso.date().optional().describe("Day (UTC)."),
            model: z.string().optional().describe("Name of the model."),
            key: z.string().optional().describe("Identifier of the key."),
            keyName: z.string().nullable().optional().describe("Display name of the key."),
            endUser: z.string().nullable().optional().describe("End user of the client token; null: none."),
            ...sums,
            running: count.describe("Number of tasks that have not ended."),
          }),
        )
        .describe("One row for each group."),
      nextCursor,
    })
    .meta({ id: "Usage" });
  const balance = z.int();
  const statement = z
    .object({
      tenantId,
      name: z.string().describe("Display name."),
      month: z
        .string()
        .regex(/^\d{4}-\d{2}$/)
        .describe("Calendar month (UTC)."),
      from: moment.describe("First moment of the month."),
      to: moment.describe("Last moment of the month; of the running month, the time of the response."),
      closed: z.boolean().describe("False for the running month, whose figures still change."),
      openingBalance: balance.describe("Balance before the month."),
      charges: z.int().describe("Sum of all charges of tasks, refunds included; negative: deducted."),
      credits: z.int().describe("Sum of all credits that the operator added or deducted."),
      closingBalance: balance.describe("Balance at `to`: opening balance + charges + credits."),
      tasks: count.describe("Number of accepted tasks."),
      lines: z
        .array(
          z
            .object({
              day: z.iso.date().describe("Day (UTC)."),
              kind: z
                .enum(["charge", "credit"])
                .describe("`charge`: the tasks of one model on one day. `credit`: an entry of the operator."),
              model: z.string().nullable().describe("Name of the model; null for a credit."),
              tasks: z.int().describe("Number of accepted tasks; 0 for a credit."),
              credits: z.int().describe("What the line adds to the balance."),
              entryId: z.int().nullable().describe("Ledger entry of a credit; null for other lines."),
              note: z.string().nullable().describe("Note of a credit; null: none."),
            })
            .meta({ id: "StatementLine" }),
        )
        .describe("Lines by day; they sum to charges + credits. At most 500 credits, earlier ones are one line."),
    })
    .meta({ id: "Statement" });
  const models = z
    .object({
      models: z
        .array(
          z.object({
            name: modelName,
            medium: z.enum(["image", "video"]).describe("`image` or `video`."),
            types: z.array(z.string()).describe("Generation methods."),
            parameters: z.record(z.string(), z.looseObject({})).describe("Parameters of a request, with their ranges."),
            prices: z
              .array(
                z.object({
                  ...priceFields,
                  final: z.boolean().describe("True for a price of a price list; false for the upstream's last price."),
                }),
              )
              .describe("Known prices; a price applies to requests that have all the values it lists."),
          }),
        )
        .describe("Models that this credential may use."),
      defaultHoldCredits: count.describe("Smallest hold for a request whose price is not known."),
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
    partsUpload,
    storedPart,
    deletedUpload,
    clientToken,
    clientTokenView,
    clientTokenEnded,
    clientTokenPage,
    endUser,
    endUserPage,
    account,
    statement,
    usage,
    models,
  };
}
