/** The `data` of successful responses by operation, where the operation itself has none: taken from a gateway, shortened. */
import { DEFAULT_KEY_SETTINGS } from "../src/tenant/settings.ts";
import { TASK_EXAMPLE } from "./examples.ts";

const { taskId } = TASK_EXAMPLE;
const AT = "2026-11-22T11:02:10.000Z";
const DAY_LATER = "2026-11-23T11:02:10.000Z";
const RECEIVER = "https://example.com/hooks/paddock";
const MESSAGE = "msg_4e6c477ab810b5a3aecd9b8c1f1251b6";

const ENDPOINT = {
  url: RECEIVER,
  events: null,
  enabled: true,
  createdAt: AT,
  disabledAt: null,
  failing: false,
  failingSince: null,
  previousSecretExpiresAt: null,
};
const SECRET = "whsec_H/6JKot3T/6PWm5RUCB+WgTEIcwXopL4tXLxtnmGNzU=";
const ROTATED = { ...ENDPOINT, previousSecretExpiresAt: DAY_LATER, secret: SECRET };
const OPERATOR_ENDPOINT = { ...ENDPOINT, url: "https://example.com/hooks/on-call", format: "standard" };

const OUTCOME = { webhookId: MESSAGE, status: 204, durationMs: 12, error: null };
const TESTED = { delivered: true, ...OUTCOME, response: "" };
const ATTEMPT = { at: AT, type: "task.completed", url: RECEIVER, ...OUTCOME };
const ATTEMPTS = { attempts: [{ ...ATTEMPT, response: "" }], delivered: true, nextAttemptAt: null };
const DELIVERY_LIST = {
  deliveries: [
    {
      deliveryId: MESSAGE,
      taskId,
      type: "task.completed",
      state: "delivered",
      attempts: 1,
      createdAt: AT,
      nextAttemptAt: null,
      url: RECEIVER,
      lastAttempt: ATTEMPT,
    },
  ],
  nextCursor: null,
};

const DELIVERY_DETAIL = {
  ...DELIVERY_LIST.deliveries[0],
  log: ATTEMPTS.attempts,
  body: '{"type":"task.completed","timestamp":"2026-11-22T11:02:10.000Z","data":{}}',
};
const ENDED_SESSION = { sessionId: "5f0c9a4be1d27783", ended: true };

const KEY = {
  keyId: "key_9b1c0d2e3f405162",
  kind: "secret",
  name: "production",
  scopes: ["generate", "read", "files", "tokens", "webhooks"],
  ...DEFAULT_KEY_SETTINGS,
  status: "active",
  createdAt: AT,
  revokedAt: null,
  lastUsedAt: null,
  signedWith: "first",
  previous: null,
};
const KEY_TEXT = "pdk_AZeQcLtE__JDznCqYLWuBvWTZIXanCRF8Bl6g4tyzdWbshLClIVhqd5aXQ2JWZ2k2vAr";

const END_USER = {
  endUser: "user-81",
  blocked: false,
  dailyCredits: 500,
  monthlyCredits: null,
  dailyTasks: null,
  concurrentTasks: 2,
  used: { todayCredits: 12, monthCredits: 140, todayTasks: 3, running: 1 },
};

const TOKEN_PAGE = {
  tokens: [
    {
      tokenId: "tok_5d41402abc4b2a76",
      endUser: "user-81",
      expiresAt: DAY_LATER,
      ended: false,
      tasks: { used: 3 },
      credits: { used: 12 },
    },
  ],
  nextCursor: null,
};

const USAGE = {
  groupBy: "day",
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-11-22T23:59:59.999Z",
  rows: [{ day: "2026-11-22", tasks: 12, credits: 74, completed: 10, failed: 1, cancelled: 0, running: 1 }],
  nextCursor: null,
};

const PRICES = { prices: [{ model: "Imagen Nano Banana 2", size: "4K", imageCount: 1, credits: 8 }] };
const ACCOUNTING = {
  keyId: KEY.keyId,
  endUser: "user-81",
  tokenId: null,
  credits: 5,
  settlement: "captured",
  createdAt: AT,
  endedAt: AT,
};
const ENTRY = { taskId, keyId: KEY.keyId, model: "Imagen Nano Banana 2", endUser: "user-81", note: null };
const COUNTS = { tasks: 12, credits: 74, completed: 10, failed: 1, cancelled: 0 };

/** By `operationId`. */
export const RESPONSE_EXAMPLES: Readonly<Record<string, unknown>> = {
  uploadPart: { partNumber: 1, bytes: 16777216 },
  deleteFile: { fileId: "file_5f0c9a4be1d27783" },
  listDeliveries: ATTEMPTS,
  redeliver: ATTEMPTS,
  redeliverForTenant: ATTEMPTS,
  listAllDeliveries: DELIVERY_LIST,
  listTenantDeliveries: DELIVERY_LIST,
  putWebhook: { ...ENDPOINT, secret: SECRET },
  getWebhook: ENDPOINT,
  getTenantWebhook: ENDPOINT,
  deleteWebhook: { deleted: true },
  rotateWebhookSecret: ROTATED,
  testWebhook: TESTED,
  putOperatorWebhook: { ...OPERATOR_ENDPOINT, secret: SECRET },
  getOperatorWebhook: OPERATOR_ENDPOINT,
  deleteOperatorWebhook: { deleted: true },
  rotateOperatorWebhookSecret: { ...OPERATOR_ENDPOINT, previousSecretExpiresAt: DAY_LATER, secret: SECRET },
  testOperatorWebhook: TESTED,
  listModels: {
    models: [
      {
        name: "Imagen Nano Banana 2",
        medium: "image",
        types: ["txt", "img_txt"],
        parameters: {
          aspectRatio: { type: "string", enum: ["16:9", "9:16"] },
          imageCount: { type: "integer", minimum: 1, maximum: 4 },
          size: { type: "string", enum: ["1K", "2K", "4K"] },
        },
        prices: [{ type: "txt", imageCount: 1, size: "4K", quality: null, credits: 4, final: false }],
      },
    ],
    defaultHoldCredits: 10,
  },
  listClientTokens: TOKEN_PAGE,
  listClientTokensOfTenant: TOKEN_PAGE,
  endClientTokenOfTenant: { tokenId: "tok_5d41402abc4b2a76", ended: true },
  listEndUsers: { endUsers: [END_USER], nextCursor: null },
  listEndUsersOfTenant: { endUsers: [END_USER], nextCursor: null },
  getEndUserOfTenant: END_USER,
  putEndUserOfTenant: END_USER,
  getDelivery: DELIVERY_DETAIL,
  getTenantDelivery: DELIVERY_DETAIL,
  redeliverFailed: { redelivered: 3, remaining: false },
  redeliverFailedForTenant: { redelivered: 3, remaining: false },
  listPortalSessions: { sessions: [], nextCursor: null },
  endPortalSession: ENDED_SESSION,
  endOperatorSession: ENDED_SESSION,
  previewRestore: {
    at: "2026-11-22T09:00:00.000Z",
    dryRun: true,
    tasks: 12,
    entries: 24,
    credits: -74,
    byKind: [{ kind: "hold", entries: 12, credits: -74 }],
    keysCreated: 1,
    keysRevoked: 0,
    complete: true,
  },
  createKey: { ...KEY, key: KEY_TEXT },
  listKeys: { keys: [KEY], nextCursor: null },
  updateKey: { ...KEY, scopes: ["read"] },
  revokeKey: { ...KEY, status: "revoked", revokedAt: AT },
  rotateKey: { ...KEY, previous: { expiresAt: DAY_LATER, signedWith: "first" }, key: KEY_TEXT },
  listTenantTasks: { tasks: [{ ...TASK_EXAMPLE, ...ACCOUNTING }], nextCursor: null },
  getTenantTask: {
    task: TASK_EXAMPLE,
    request: { model: "Imagen Nano Banana 2", taskName: "Image Generation Test", type: "txt", prompt: "a cat" },
    ...ACCOUNTING,
    ledger: [{ entryId: taskId, at: AT, kind: "hold", credits: -5, balance: 926, ...ENTRY }],
    deliveries: [
      {
        deliveryId: MESSAGE,
        taskId,
        type: "task.completed",
        state: "delivered",
        attempts: 1,
        nextAttemptAt: null,
        url: RECEIVER,
        log: ATTEMPTS.attempts,
      },
    ],
    timeline: [
      { at: AT, event: "accepted" },
      { at: AT, event: "submitted" },
      { at: AT, event: "ended", status: "completed" },
    ],
  },
  getTenantUsage: USAGE,
  getPrices: PRICES,
  putPrices: PRICES,
  getOverview: {
    tenants: { total: 19, active: 18, suspended: 1 },
    runningTasks: 2,
    creditsHeld: 10,
    balance: { prepaid: 926, unmetered: -74 },
    copiesWaiting: 0,
    deliveriesWaiting: 0,
    webhooksDisabled: 0,
    webhooksFailing: 0,
    storage: { largestBytes: 126976, above80Percent: 0 },
    cost: 60,
    revenue: 74,
    secondsToFinish: { p50: 14.2, p95: 41.5 },
    failures: [{ reason: "Reference content failed safety review", count: 1 }],
    totals: COUNTS,
    days: [{ day: "2026-11-22", ...COUNTS }],
    topTenants: [{ tenantId: "ten_0f3a9c1b5d7e2468ace0", name: "Acme Films", tasks: 12, credits: 74 }],
    masterKeys: [{ id: "a1b55cdeec53", ok: true, code: null, retryAt: null }],
    problems: [],
  },
  listTenantSummaries: {
    tenants: [
      {
        tenantId: "ten_0f3a9c1b5d7e2468ace0",
        name: "Acme Films",
        externalId: "crm-4711",
        status: "active",
        billing: "prepaid",
        balance: 926,
        lowBalance: 100,
        runningTasks: 1,
        copiesWaiting: 0,
        deliveriesWaiting: 0,
        webhook: null,
        note: null,
        createdAt: AT,
        lastActiveAt: AT,
      },
    ],
    nextCursor: null,
  },
  countTenants: {
    total: 19,
    active: 18,
    suspended: 1,
    prepaid: 12,
    unmetered: 7,
    lowBalance: 2,
    webhookFailing: 1,
    webhookOff: 0,
    inactive: 4,
  },
  getMargins: {
    groupBy: "day",
    from: "2026-11-01",
    to: "2026-11-30",
    rows: [{ day: "2026-11-22", tasks: 10, revenue: 74, cost: 60, margin: 14 }],
    nextCursor: null,
  },
  listUpstreamPrices: {
    prices: [{ model: "Imagen Nano Banana 2", type: "txt", imageCount: 1, size: "4K", credits: 4, at: AT }],
    nextCursor: null,
  },
  getPriceRollout: { tenants: 19, updated: 19, unreachable: 0, startedAt: AT, endedAt: AT },
  listAudit: {
    entries: [
      {
        id: 42,
        at: AT,
        actor: { id: "root", name: "root" },
        action: "key.create",
        tenantId: "ten_0f3a9c1b5d7e2468ace0",
        tenantName: "Acme Films",
        target: KEY.keyId,
        before: null,
        after: { name: "production" },
        requestId: "5f0c9a4be1d27783",
      },
    ],
    nextCursor: null,
  },
  listOperatorSessions: { sessions: [] },
  endOperatorSessions: { ended: 0 },
};
