/**
 * What the gateway answers, as zod: the `data` of each envelope. Routes write these shapes by hand, for speed; the tests
 * hold live answers against them. Built on first use, because a cold start needs none of them.
 */
import { z } from "@hono/zod-openapi";
import { MODELS } from "../domain/catalogue.ts";
import { SCOPES } from "../tenant/types.ts";

function build() {
  const moment = z.iso.datetime();
  const momentOrNull = moment.nullable();
  const count = z.int().min(0).openapi({ type: "integer", minimum: 0 });
  const credits = z.int().openapi({ type: "integer" });
  // Spelled out, because a type given by hand does not become nullable with its schema.
  const countOrNull = z
    .int()
    .min(0)
    .nullable()
    .openapi({ type: ["integer", "null"], minimum: 0 });
  const creditsOrNull = z
    .int()
    .nullable()
    .openapi({ type: ["integer", "null"] });
  const nextCursor = z.string().nullable();
  const modelName = z.enum(MODELS.map(({ name }) => name));
  const tenantId = z.string().regex(/^ten_[0-9a-f]{20}$/);
  const keyId = z.string().regex(/^key_[0-9a-f]{16}$/);

  const issue = z.object({ path: z.string(), message: z.string() });
  const refusal = z
    .object({
      code: z.int(),
      msg: z.string(),
      ok: z.literal(false),
      data: z.object({ issues: z.array(issue) }).nullable(),
    })
    .openapi("Refusal");

  // ---- tasks -----------------------------------------------------------------------------------------------------

  const taskId = z.int().min(1).openapi({ type: "integer", format: "int64", minimum: 1 });
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
    .openapi("TaskResult");
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
        .openapi({ type: ["integer", "null"], format: "int64" }),
      generateAudio: z.boolean().nullish(),
      refImageUrls: urls,
      refVideoUrls: urls,
      refAudioUrls: urls,
      subTaskTotal: z.int().nullish(),
      subTaskDone: z.int().nullish(),
    })
    .openapi("Task");
  const submission = z
    .object({
      taskId,
      taskNo: z.string().regex(/^[0-9a-f]{32}$/),
      estimatedCredits: credits,
      resultUrls: z.array(z.url()),
      task: task.optional(),
    })
    .openapi("Submission");
  const estimate = z.object({ estimatedCredits: credits, affordable: z.boolean() }).openapi("Estimate");
  const taskList = z.object({ tasks: z.array(task), nextCursor }).openapi("TaskList");
  const deletedTask = z.object({ taskId }).openapi("DeletedTask");

  // ---- files and tokens ------------------------------------------------------------------------------------------

  const upload = z
    .object({ fileId: z.string(), url: z.url(), contentType: z.string(), bytes: count, expiresAt: moment })
    .openapi("UploadedFile");
  const deletedUpload = z.object({ fileId: z.string() }).openapi("DeletedFile");
  const clientToken = z.object({ token: z.string(), expiresAt: moment }).openapi("ClientToken");

  const limits = {
    requestsPerMinute: count,
    concurrentTasks: count,
    monthlyCredits: countOrNull,
    models: z.array(modelName).nullable(),
    lowBalance: creditsOrNull,
  };
  const status = z.enum(["active", "suspended"]);
  const billing = z.enum(["unmetered", "prepaid"]);
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
    .openapi("Account");
  const sums = { tasks: count, credits, completed: count, failed: count, cancelled: count };
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
    .openapi("Usage");
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
    .openapi("Models");

  // ---- webhooks --------------------------------------------------------------------------------------------------

  const webhookFields = {
    url: z.url(),
    enabled: z.boolean(),
    createdAt: moment,
    disabledAt: momentOrNull,
    previousSecretExpiresAt: momentOrNull,
  };
  const secret = z.string().regex(/^whsec_/);
  const webhook = z.object(webhookFields).openapi("Webhook");
  const webhookPut = z.object({ ...webhookFields, secret: secret.optional() }).openapi("WebhookSet");
  const webhookRotated = z.object({ ...webhookFields, secret }).openapi("WebhookRotated");
  const webhookDeleted = z.object({ deleted: z.literal(true) }).openapi("WebhookDeleted");
  const outcome = {
    webhookId: z.string(),
    status: z.int().nullable(),
    durationMs: z.number(),
    error: z.string().nullable(),
    response: z.string(),
  };
  const webhookTest = z.object({ delivered: z.boolean(), ...outcome }).openapi("WebhookTest");
  const attempt = z.object({ at: moment, type: z.string(), url: z.url(), ...outcome }).openapi("DeliveryAttempt");
  const deliveries = z
    .object({ attempts: z.array(attempt), delivered: z.boolean(), nextAttemptAt: momentOrNull })
    .openapi("Deliveries");

  // ---- the operator's --------------------------------------------------------------------------------------------

  const priceRule = z.object({ model: modelName, ...priceFields }).openapi("Price");
  const tenant = z
    .object({
      tenantId,
      name: z.string(),
      status,
      billing,
      markup: z.number(),
      ...limits,
      retentionDays: z.number().nullable(),
      filesVisibility: z.enum(["public", "signed"]),
      prices: z.array(priceRule).nullable(),
      createdAt: moment,
      balance: credits,
      runningTasks: count,
    })
    .openapi("Tenant");
  const tenantList = z.object({ tenants: z.array(tenant), nextCursor }).openapi("TenantList");
  const signedWith = z.enum(["first", "later", "removed"]);
  const keyFields = {
    keyId,
    kind: z.enum(["secret", "publishable"]),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    models: z.array(modelName).nullable(),
    allowedOrigins: z.array(z.string()).nullable(),
    expiresAt: momentOrNull,
    requestsPerMinute: countOrNull,
    monthlyCredits: countOrNull,
    status: z.enum(["active", "revoked", "expired"]),
    createdAt: moment,
    revokedAt: momentOrNull,
    lastUsedAt: momentOrNull,
    signedWith,
    previous: z.object({ expiresAt: moment, signedWith }).nullable(),
  };
  const key = z.object(keyFields).openapi("Key");
  const newKey = z.object({ ...keyFields, key: z.string().regex(/^pdk_/) }).openapi("NewKey");
  const keyList = z.object({ keys: z.array(key) }).openapi("KeyList");
  const deletedTenant = z.object({ tenantId, status: z.literal("deleted") }).openapi("DeletedTenant");
  const entryFields = {
    entryId: z.int().openapi({ type: "integer", format: "int64" }),
    at: moment,
    kind: z.enum(["hold", "correct", "capture", "release", "credit"]),
    credits,
    balance: credits,
    taskId: taskId.nullable(),
    keyId: z.string().nullable(),
    model: z.string().nullable(),
    endUser: z.string().nullable(),
    note: z.string().nullable(),
  };
  const ledgerEntry = z.object(entryFields).openapi("LedgerEntry");
  const ledger = z.object({ entries: z.array(ledgerEntry), nextCursor }).openapi("Ledger");
  const operatorTask = task
    .extend({
      keyId,
      endUser: z.string().nullable(),
      tokenId: z.string().nullable(),
      credits,
      settlement: z.enum(["open", "captured", "released"]),
      createdAt: moment,
      endedAt: momentOrNull,
    })
    .openapi("OperatorTask");
  const operatorTaskList = z.object({ tasks: z.array(operatorTask), nextCursor }).openapi("OperatorTaskList");
  const prices = z.object({ prices: z.array(priceRule) }).openapi("Prices");
  const overview = z
    .object({
      tenants: z.object({ total: count, active: count, suspended: count }),
      runningTasks: count,
      creditsHeld: credits,
      balance: z.object({ prepaid: credits, unmetered: credits }),
      copiesWaiting: count,
      deliveriesWaiting: count,
      webhooksDisabled: count,
      totals: z.object(sums),
      days: z.array(z.object({ day: z.iso.date(), ...sums })),
      topTenants: z.array(z.object({ tenantId, name: z.string(), tasks: count, credits })),
      masterKeys: z.array(
        z.object({ id: z.string(), ok: z.boolean(), code: z.int().nullable(), retryAt: momentOrNull }),
      ),
      problems: z.array(z.object({ kind: z.string(), lastAt: moment })),
    })
    .openapi("Overview");
  const auditEntry = z
    .object({
      id: z.int(),
      at: moment,
      actor: z.string(),
      action: z.string(),
      tenantId: z.string().nullable(),
      target: z.string().nullable(),
      before: z.unknown(),
      after: z.unknown(),
      requestId: z.string().nullable(),
    })
    .openapi("AuditEntry");
  const auditLog = z.object({ entries: z.array(auditEntry), nextCursor }).openapi("AuditLog");
  const portalLink = z.object({ url: z.url(), expiresAt: moment }).openapi("PortalLink");

  return {
    refusal,
    task,
    submission,
    estimate,
    taskList,
    deletedTask,
    upload,
    deletedUpload,
    clientToken,
    account,
    usage,
    models,
    webhook,
    webhookPut,
    webhookRotated,
    webhookDeleted,
    webhookTest,
    deliveries,
    tenant,
    tenantList,
    deletedTenant,
    key,
    newKey,
    keyList,
    ledgerEntry,
    ledger,
    operatorTaskList,
    prices,
    overview,
    auditLog,
    portalLink,
  };
}

/** One zod schema for the `data` of each kind of answer. */
export type Answers = ReturnType<typeof build>;

let built: Answers | null = null;

/** @returns the schemas, built once per isolate */
export function answers(): Answers {
  built ??= build();
  return built;
}
