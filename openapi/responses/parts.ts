/** Schemas that the responses of several parts of the API share. */
import * as z from "zod";
import { MODELS } from "../../src/domain/catalogue.ts";

/** @returns schemas and groups of fields, made once for each build, so that equal ones are the same object */
export function responseParts() {
  const moment = z.iso.datetime();
  const momentOrNull = moment.nullable();
  const count = z.int().min(0).meta({ type: "integer", minimum: 0 });
  const credits = z.int().meta({ type: "integer" });
  // Spelled out, because a type given by hand does not become nullable with its schema.
  const countOrNull = z
    .int()
    .min(0)
    .nullable()
    .meta({ type: ["integer", "null"], minimum: 0 });
  const creditsOrNull = z
    .int()
    .nullable()
    .meta({ type: ["integer", "null"] });
  const nextCursor = z.string().nullable().describe("`cursor` of the next page; null: this is the last page.");
  const modelName = z.enum(MODELS.map(({ name }) => name)).describe("Name of the model.");
  const tenantId = z
    .string()
    .regex(/^ten_[0-9a-f]{20}$/)
    .describe("Unique identifier of the tenant.");
  const keyId = z
    .string()
    .regex(/^key_[0-9a-f]{16}$/)
    .describe("Unique identifier of the key; a rotation keeps it.");
  const taskId = z.int().min(1).meta({
    type: "integer",
    format: "int64",
    minimum: 1,
    description: "Unique identifier of the task: a JSON number of at most 2^53 − 1.",
  });

  const limits = {
    requestsPerMinute: count.describe("Maximum number of requests per minute."),
    concurrentTasks: count.describe("Maximum number of tasks that run at the same time."),
    monthlyCredits: countOrNull.describe("Maximum credits per calendar month (UTC); null: no limit."),
    models: z.array(modelName).nullable().describe("Models that may be used; null: all."),
    lowBalance: creditsOrNull.describe("A balance below this value sends `credits.low`; null: never."),
  };
  const status = z.enum(["active", "suspended"]).describe("Status of the tenant.");
  const billing = z
    .enum(["unmetered", "prepaid"])
    .describe("`prepaid`: spends at most its balance. `unmetered`: may go below zero.");
  const sums = {
    tasks: count.describe("Number of tasks."),
    credits: credits.describe("Credits spent."),
    completed: count.describe("Number of completed tasks."),
    failed: count.describe("Number of failed tasks."),
    cancelled: count.describe("Number of cancelled tasks."),
  };
  const priceFields = {
    type: z.string().nullish().describe("Generation method."),
    resolution: z.string().nullish().describe("Resolution of the video."),
    durationSeconds: z.number().nullish().describe("Duration of the video in seconds."),
    imageCount: z.int().nullish().describe("Number of images."),
    size: z.string().nullish().describe("Size of the image."),
    quality: z.number().nullish().describe("Quality."),
    generateAudio: z.boolean().nullish().describe("True if the video has audio."),
    credits: count.describe("Price of the whole task in credits."),
  };

  return {
    moment,
    momentOrNull,
    count,
    credits,
    countOrNull,
    creditsOrNull,
    nextCursor,
    modelName,
    tenantId,
    keyId,
    taskId,
    limits,
    status,
    billing,
    sums,
    priceFields,
  };
}

/** The schemas that several responses share. */
export type ResponseParts = ReturnType<typeof responseParts>;
