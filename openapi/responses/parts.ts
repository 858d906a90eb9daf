/** What the answers of several parts of the API have in common, as zod (answers.ts). */
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
  const nextCursor = z.string().nullable();
  const modelName = z.enum(MODELS.map(({ name }) => name));
  const tenantId = z.string().regex(/^ten_[0-9a-f]{20}$/);
  const keyId = z.string().regex(/^key_[0-9a-f]{16}$/);
  const taskId = z.int().min(1).meta({ type: "integer", format: "int64", minimum: 1 });

  const limits = {
    requestsPerMinute: count,
    concurrentTasks: count,
    monthlyCredits: countOrNull,
    models: z.array(modelName).nullable(),
    lowBalance: creditsOrNull,
  };
  const status = z.enum(["active", "suspended"]);
  const billing = z.enum(["unmetered", "prepaid"]);
  const sums = { tasks: count, credits, completed: count, failed: count, cancelled: count };
  const priceFields = {
    type: z.string().nullish(),
    resolution: z.string().nullish(),
    durationSeconds: z.number().nullish(),
    imageCount: z.int().nullish(),
    size: z.string().nullish(),
    quality: z.number().nullish(),
    generateAudio: z.boolean().nullish(),
    credits: count,
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
