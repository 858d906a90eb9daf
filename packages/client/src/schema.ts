/**
 * Requests and responses of the gateway. Made from its zod schemas by scripts/client-types.ts: change those, not this file.
 */

export interface ImageRequest {
  /** Name of the model. */
  model: "Imagen Nano Banana 2";
  /** Name of the task. */
  taskName: string;
  /** Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt` or `img_vid_aud_txt`, as the model allows. */
  type: "txt" | "img_txt";
  /** What to generate. */
  prompt: string;
  /** Quality. */
  quality?: number | null | undefined;
  /** Random seed, up to 2^63 − 1; −1: random. */
  seed?: number | bigint | null | undefined;
  /** Reference images: https URLs, `fileId`s of uploads, or `data:` URIs. */
  refImageUrls?: readonly string[] | null | undefined;
  /** String pairs of your own, returned with the task: keys ≤ 40 characters, values ≤ 500. */
  metadata?: Record<string, string> | null | undefined;
  /** URL that receives this task's webhooks, instead of the tenant's endpoint. */
  webhookUrl?: string | null | undefined;
  /** Aspect ratio. */
  aspectRatio?: "16:9" | "9:16" | null | undefined;
  /** Number of images. */
  imageCount?: number | null | undefined;
  /** Size of the image. */
  size?: "1K" | "1k" | "2K" | "2k" | "4K" | "4k" | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface VideoRequest {
  /** Name of the model. */
  model: "Seedance 2.0";
  /** Name of the task. */
  taskName: string;
  /** Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt` or `img_vid_aud_txt`, as the model allows. */
  type: "img_txt" | "img_vid_txt" | "img_aud_txt" | "img_vid_aud_txt";
  /** What to generate. */
  prompt: string;
  /** Quality. */
  quality?: number | null | undefined;
  /** Random seed, up to 2^63 − 1; −1: random. */
  seed?: number | bigint | null | undefined;
  /** Reference images: https URLs, `fileId`s of uploads, or `data:` URIs. */
  refImageUrls?: readonly string[] | null | undefined;
  /** String pairs of your own, returned with the task: keys ≤ 40 characters, values ≤ 500. */
  metadata?: Record<string, string> | null | undefined;
  /** URL that receives this task's webhooks, instead of the tenant's endpoint. */
  webhookUrl?: string | null | undefined;
  /** Resolution of the video. */
  resolution?: "720p" | null | undefined;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** True for a video with audio; true if omitted. */
  generateAudio?: boolean | null | undefined;
  /** Reference videos: https URLs, `fileId`s of uploads, or `data:` URIs. */
  refVideoUrls?: readonly string[] | null | undefined;
  /** Reference audio: https URLs, `fileId`s of uploads, or `data:` URIs. */
  refAudioUrls?: readonly string[] | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface ClientTokenRequest {
  /** Lifetime of the token in seconds. */
  expiresInSeconds?: number | null | undefined;
  /** End user whose tasks the token sees and creates; null: only the token's own tasks. */
  endUser?: string | null | undefined;
  /** Maximum number of tasks; null: no limit. */
  maxTasks?: number | null | undefined;
  /** Maximum credits of all its tasks together; null: no limit. */
  maxCredits?: number | null | undefined;
  /** Maximum number of requests per minute of the end user; null: half of the tenant's limit. */
  requestsPerMinute?: number | null | undefined;
  /** Maximum number of tasks of the end user at the same time; null: half of the tenant's limit. */
  concurrentTasks?: number | null | undefined;
  /** Models that the token may use; null: those of its key. */
  models?: readonly ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null | undefined;
  /** Origins from which the token works; null: those of its key, or any if the key lists none. */
  allowedOrigins?: readonly string[] | null | undefined;
}

export type GenerateRequest = ImageRequest | VideoRequest;

export interface TaskResult {
  /** Stable URL of the file; null if this result failed. */
  fileUrl: string | null;
  /** Stable URL of the thumbnail, or null. */
  thumbnailUrl: string | null;
  /** True once the file is in the gateway's storage. */
  mirrored: boolean;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Width in pixels. */
  width?: number | null | undefined;
  /** Height in pixels. */
  height?: number | null | undefined;
  /** 0 pending, 1 success, 2 failed. */
  subStatus?: number | null | undefined;
  /** Reason why this result failed. */
  failReason?: string | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface Task {
  /** Unique identifier of the task: a JSON number of at most 2^53 − 1. */
  taskId: number;
  /** Unique number of the task, 32 hex digits. */
  taskNo: string;
  /** Name of the task. */
  taskName?: string | null | undefined;
  /** 0 queuing, 1 generating, 2 completed, 3 failed, 4 under safety review, 5 cancelled. */
  taskStatus: number;
  /** 1 video, 2 image. */
  taskType: number;
  /** Progress in percent; never decreases. */
  progress: number;
  /** Reason why the task failed; empty otherwise. */
  failReason: string;
  /** One entry for each result. */
  results: TaskResult[];
  /** String pairs of the request. */
  metadata: Record<string, string>;
  /** Price of the task in credits. */
  estimatedCredits: number;
  /** Time of the submission. */
  createdAt: string;
  /** Time of the end; null: still running. */
  endedAt: string | null;
  /** Time of creation, as the upstream returns it: without a zone. */
  createTime: string;
  /** The upstream's number of the model. */
  modelId?: number | null | undefined;
  /** Generation method: the `type` of the request. */
  genMethod?: string | null | undefined;
  /** What to generate. */
  prompt?: string | null | undefined;
  /** What not to generate. */
  negativePrompt?: string | null | undefined;
  /** Resolution of the video. */
  resolution?: string | null | undefined;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Aspect ratio. */
  aspectRatio?: string | null | undefined;
  /** Number of images. */
  imageCount?: number | null | undefined;
  /** Size of the image. */
  size?: string | null | undefined;
  /** Quality. */
  quality?: number | null | undefined;
  /** Random seed; −1: random. */
  seed?: number | bigint | null | undefined;
  /** True if the video has audio. */
  generateAudio?: boolean | null | undefined;
  /** URLs of reference images. */
  refImageUrls?: string[] | null | undefined;
  /** URLs of reference videos. */
  refVideoUrls?: string[] | null | undefined;
  /** URLs of reference audio files. */
  refAudioUrls?: string[] | null | undefined;
  /** Number of images of the task. */
  subTaskTotal?: number | null | undefined;
  /** Number of images that are done. */
  subTaskDone?: number | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface Submission {
  /** Unique identifier of the task: a JSON number of at most 2^53 − 1. */
  taskId: number;
  /** Unique number of the task, 32 hex digits. */
  taskNo: string;
  /** Price of the task in credits. */
  estimatedCredits: number;
  /** Stable URLs that the results will have, in order. */
  resultUrls: string[];
  task?: Task | undefined;
}

export interface Estimate {
  /** Price of the task in credits. */
  estimatedCredits: number;
  /** True if the tenant's credits cover the task. */
  affordable: boolean;
}

export interface UploadedFile {
  /** Unique identifier of the file. */
  fileId: string;
  /** Stable URL of the file, for `refImageUrls`, `refVideoUrls` or `refAudioUrls`. */
  url: string;
  /** Media type, determined from the content. */
  contentType: string;
  /** Size in bytes. */
  bytes: number;
  /** Time at which the file is deleted. */
  expiresAt: string;
}

export interface Account {
  /** Unique identifier of the tenant. */
  tenantId: string;
  /** Display name. */
  name: string;
  /** Status of the tenant. */
  status: "active" | "suspended";
  /** `prepaid`: spends at most its balance. `unmetered`: may go below zero. */
  billing: "unmetered" | "prepaid";
  /** Balance in credits: the sum of the ledger. */
  balance: number;
  /** Number of tasks that have not ended. */
  runningTasks: number;
  /** Limits of the tenant. */
  limits: {
    /** Maximum number of requests per minute. */
    requestsPerMinute: number;
    /** Maximum number of tasks that run at the same time. */
    concurrentTasks: number;
    /** Maximum credits per calendar month (UTC); null: no limit. */
    monthlyCredits: number | null;
    /** Models that may be used; null: all. */
    models: ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null;
    /** A balance below this value sends `credits.low`; null: never. */
    lowBalance: number | null;
    /** Age in days at which tasks and files are deleted; 0: never. */
    retentionDays: number;
  };
  /** Usage of this month. */
  usage: {
    /** Calendar month (UTC). */
    month: string;
    /** Number of tasks. */
    tasks: number;
    /** Credits spent. */
    credits: number;
  };
  /** The key that sent the request. */
  key: {
    /** Unique identifier of the key; a rotation keeps it. */
    keyId: string;
    /** Display name. */
    name: string;
    /** What the key may do. */
    scopes: ("generate" | "read" | "files" | "tokens" | "webhooks" | "portal")[];
    /** Models that may be used; null: all. */
    models: ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null;
    /** Maximum number of requests per minute with this key; null: no limit of its own. */
    requestsPerMinute: number | null;
    /** Maximum credits per calendar month with this key; null: no limit of its own. */
    monthlyCredits: number | null;
    /** Credits spent with this key this month. */
    monthCredits: number;
    /** Maximum number of tasks that run at the same time with this key; null: no limit of its own. */
    concurrentTasks: number | null;
    /** Time at which the key stops working; null: never. */
    expiresAt: string | null;
  };
}

export interface Usage {
  /** Group of each row. */
  groupBy: "day" | "model" | "key" | "endUser";
  /** Start of the range, inclusive. */
  from: string;
  /** End of the range, inclusive. */
  to: string;
  /** One row for each group. */
  rows: {
    /** Day (UTC). */
    day?: string | undefined;
    /** Name of the model. */
    model?: string | undefined;
    /** Identifier of the key. */
    key?: string | undefined;
    /** Display name of the key. */
    keyName?: string | null | undefined;
    /** End user of the client token; null: none. */
    endUser?: string | null | undefined;
    /** Number of tasks. */
    tasks: number;
    /** Credits spent. */
    credits: number;
    /** Number of completed tasks. */
    completed: number;
    /** Number of failed tasks. */
    failed: number;
    /** Number of cancelled tasks. */
    cancelled: number;
    /** Number of tasks that have not ended. */
    running: number;
  }[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface Models {
  /** Models that this credential may use. */
  models: {
    /** Name of the model. */
    name: "Imagen Nano Banana 2" | "Seedance 2.0";
    /** `image` or `video`. */
    medium: "image" | "video";
    /** Generation methods. */
    types: string[];
    /** Parameters of a request, with their ranges. */
    parameters: Record<string, Record<string, unknown>>;
    /** Known prices; a price applies to requests that have all the values it lists. */
    prices: {
      /** Generation method. */
      type?: string | null | undefined;
      /** Resolution of the video. */
      resolution?: string | null | undefined;
      /** Duration of the video in seconds. */
      durationSeconds?: number | null | undefined;
      /** Number of images. */
      imageCount?: number | null | undefined;
      /** Size of the image. */
      size?: string | null | undefined;
      /** Quality. */
      quality?: number | null | undefined;
      /** True if the video has audio. */
      generateAudio?: boolean | null | undefined;
      /** Price of the whole task in credits. */
      credits: number;
      /** True for a price of a price list; false for the upstream's last price. */
      final: boolean;
    }[];
  }[];
  /** Smallest hold for a request whose price is not known. */
  defaultHoldCredits: number;
}

export interface ClientToken {
  /** The token; safe in a browser. */
  token: string;
  /** Unique identifier of the token. */
  tokenId: string;
  /** Time at which the token stops working. */
  expiresAt: string;
}

export interface TaskList {
  /** Tasks, newest first. */
  tasks: Task[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface DeletedTask {
  /** Unique identifier of the task: a JSON number of at most 2^53 − 1. */
  taskId: number;
}

export interface Deliveries {
  /** Attempts, oldest first. */
  attempts: DeliveryAttempt[];
  /** True if one of the attempts got a 2xx response. */
  delivered: boolean;
  /** Time of the next attempt; null: there is none. */
  nextAttemptAt: string | null;
}

export interface DeliveryAttempt {
  /** Time of the attempt. */
  at: string;
  /** Type of the event. */
  type: string;
  /** URL that the event was sent to. */
  url: string;
  /** `webhook-id` of the message, the same for every attempt. */
  webhookId: string;
  /** HTTP status of the response; null if there was none. */
  status: number | null;
  /** Duration of the attempt in milliseconds. */
  durationMs: number;
  /** Reason why there was no response; null if there was one. */
  error: string | null;
  /** First KB of the response's body. */
  response: string;
}

export interface ImportFile {
  /** https URL of the file. */
  url: string;
}

export interface BeginUpload {
  /** Size of the file in bytes. */
  bytes: number;
  /** Media type; the content decides. */
  contentType: string;
}

export interface PartsUpload {
  /** Unique identifier of the file. */
  uploadId: string;
  /** Size of every part but the last, in bytes. */
  partBytes: number;
  /** URLs to which the parts are sent, in any order. */
  parts: {
    /** Number of the part, from 1. */
    partNumber: number;
    /** URL for its bytes. */
    url: string;
  }[];
  /** URL that ends the upload. */
  completeUrl: string;
  /** Time at which the URLs stop working and an incomplete upload is deleted. */
  expiresAt: string;
}

export interface DeletedFile {
  /** Unique identifier of the file. */
  fileId: string;
}

export interface Statement {
  /** Unique identifier of the tenant. */
  tenantId: string;
  /** Display name. */
  name: string;
  /** Calendar month (UTC). */
  month: string;
  /** First moment of the month. */
  from: string;
  /** Last moment of the month; of the running month, the time of the response. */
  to: string;
  /** False for the running month, whose figures still change. */
  closed: boolean;
  /** Balance before the month. */
  openingBalance: number;
  /** Sum of all charges of tasks, refunds included; negative: deducted. */
  charges: number;
  /** Sum of all credits that the operator added or deducted. */
  credits: number;
  /** Balance at `to`: opening balance + charges + credits. */
  closingBalance: number;
  /** Number of accepted tasks. */
  tasks: number;
  /** Lines by day; they sum to charges + credits. At most 500 credits, earlier ones are one line. */
  lines: StatementLine[];
}

export interface StatementLine {
  /** Day (UTC). */
  day: string;
  /** `charge`: the tasks of one model on one day. `credit`: an entry of the operator. */
  kind: "charge" | "credit";
  /** Name of the model; null for a credit. */
  model: string | null;
  /** Number of accepted tasks; 0 for a credit. */
  tasks: number;
  /** What the line adds to the balance. */
  credits: number;
  /** Ledger entry of a credit; null for other lines. */
  entryId: number | null;
  /** Note of a credit; null: none. */
  note: string | null;
}

export interface CreatePortalLink {
  /** `viewer`: reads only. `admin`: also manages keys and the webhook, and deletes tasks. */
  role?: "viewer" | "admin" | null | undefined;
  /** Name of the person, for the audit log. */
  person?: string | null | undefined;
  /** https URL to which the portal links back. */
  returnUrl?: string | null | undefined;
}

export interface PortalLink {
  /** The link, to be opened in a browser. */
  url: string;
  /** Time at which the link stops working. */
  expiresAt: string;
}

export interface CreateClientToken {
  /** Lifetime of the token in seconds. */
  expiresInSeconds?: number | null | undefined;
  /** End user whose tasks the token sees and creates; null: only the token's own tasks. */
  endUser?: string | null | undefined;
  /** Maximum number of tasks; null: no limit. */
  maxTasks?: number | null | undefined;
  /** Maximum credits of all its tasks together; null: no limit. */
  maxCredits?: number | null | undefined;
  /** Maximum number of requests per minute of the end user; null: half of the tenant's limit. */
  requestsPerMinute?: number | null | undefined;
  /** Maximum number of tasks of the end user at the same time; null: half of the tenant's limit. */
  concurrentTasks?: number | null | undefined;
  /** Models that the token may use; null: those of its key. */
  models?: readonly ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null | undefined;
  /** Origins from which the token works; null: those of its key, or any if the key lists none. */
  allowedOrigins?: readonly string[] | null | undefined;
}

export interface ClientTokenPage {
  /** Tokens by id. */
  tokens: ListedClientToken[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface ListedClientToken {
  /** Unique identifier of the token. */
  tokenId: string;
  /** End user of the token; null: none, or ended before its first task. */
  endUser: string | null;
  /** Time at which the token stops working. */
  expiresAt: string;
  /** True if the token was ended before its expiry. */
  ended: boolean;
  /** Tasks that were created with the token. */
  tasks: {
    /** Used so far. */
    used: number;
  };
  /** Credits that these tasks hold or cost. */
  credits: {
    /** Used so far. */
    used: number;
  };
}

export interface ClientTokenView {
  /** End user of the token; null: none. */
  endUser: string | null;
  /** Time at which the token stops working. */
  expiresAt: string;
  /** Tasks that were created with the token. */
  tasks: {
    /** Used so far. */
    used: number;
    /** Maximum; null: no limit. */
    max: number | null;
  };
  /** Credits that these tasks hold or cost. */
  credits: {
    /** Used so far. */
    used: number;
    /** Maximum; null: no limit. */
    max: number | null;
  };
}

export interface ClientTokenEnded {
  /** Unique identifier of the token. */
  tokenId: string;
  /** Always true. */
  ended: true;
}

export interface EndUserPage {
  /** End users by name. */
  endUsers: EndUser[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface EndUser {
  /** Name of the end user. */
  endUser: string;
  /** True: none of the end user's tokens works. */
  blocked: boolean;
  /** Maximum credits per day (UTC); null: no limit. */
  dailyCredits: number | null;
  /** Maximum credits per calendar month (UTC); null: no limit. */
  monthlyCredits: number | null;
  /** Maximum number of tasks per day (UTC); null: no limit. */
  dailyTasks: number | null;
  /** Maximum number of tasks at the same time; null: no limit. */
  concurrentTasks: number | null;
  /** What the end user has used. */
  used: {
    /** Credits of today's tasks (UTC), holds included. */
    todayCredits: number;
    /** Credits of this month's tasks (UTC), holds included. */
    monthCredits: number;
    /** Tasks accepted today (UTC). */
    todayTasks: number;
    /** Tasks that have not ended. */
    running: number;
  };
}

export interface PutEndUser {
  /** True: none of the end user's tokens works, and none can be created. */
  blocked?: boolean | undefined;
  /** Maximum credits per day (UTC); null: no limit. */
  dailyCredits?: number | null | undefined;
  /** Maximum credits per calendar month (UTC); null: no limit. */
  monthlyCredits?: number | null | undefined;
  /** Maximum number of tasks per day (UTC); null: no limit. */
  dailyTasks?: number | null | undefined;
  /** Maximum number of tasks at the same time; null: only the limits of its tokens. */
  concurrentTasks?: number | null | undefined;
}

export interface PutWebhook {
  /** https URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events?: readonly ("task.completed" | "task.failed" | "task.cancelled" | "credits.low")[] | null | undefined;
}

export interface WebhookSet {
  /** URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events: ("task.completed" | "task.failed" | "task.cancelled" | "credits.low")[] | null;
  /** True if events are sent to the endpoint. */
  enabled: boolean;
  /** Time of creation. */
  createdAt: string;
  /** Time at which a 410 turned the endpoint off; null: the endpoint is on. */
  disabledAt: string | null;
  /** True after three failed attempts in a row, until the first success. */
  failing: boolean;
  /** Time of the first of those attempts; null: the endpoint is not failing. */
  failingSince: string | null;
  /** Time until which the previous secret also signs, after a rotation; null: only one secret signs. */
  previousSecretExpiresAt: string | null;
  /** Signing secret; shown only in this response. */
  secret?: string | undefined;
}

export interface Webhook {
  /** URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events: ("task.completed" | "task.failed" | "task.cancelled" | "credits.low")[] | null;
  /** True if events are sent to the endpoint. */
  enabled: boolean;
  /** Time of creation. */
  createdAt: string;
  /** Time at which a 410 turned the endpoint off; null: the endpoint is on. */
  disabledAt: string | null;
  /** True after three failed attempts in a row, until the first success. */
  failing: boolean;
  /** Time of the first of those attempts; null: the endpoint is not failing. */
  failingSince: string | null;
  /** Time until which the previous secret also signs, after a rotation; null: only one secret signs. */
  previousSecretExpiresAt: string | null;
}

export interface WebhookDeleted {
  /** Always true. */
  deleted: true;
}

export interface WebhookRotated {
  /** URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events: ("task.completed" | "task.failed" | "task.cancelled" | "credits.low")[] | null;
  /** True if events are sent to the endpoint. */
  enabled: boolean;
  /** Time of creation. */
  createdAt: string;
  /** Time at which a 410 turned the endpoint off; null: the endpoint is on. */
  disabledAt: string | null;
  /** True after three failed attempts in a row, until the first success. */
  failing: boolean;
  /** Time of the first of those attempts; null: the endpoint is not failing. */
  failingSince: string | null;
  /** Time until which the previous secret also signs, after a rotation; null: only one secret signs. */
  previousSecretExpiresAt: string | null;
  /** Signing secret; shown only in this response. */
  secret: string;
}

export interface WebhookTest {
  /** True if the response was 2xx. */
  delivered: boolean;
  /** `webhook-id` of the message, the same for every attempt. */
  webhookId: string;
  /** HTTP status of the response; null if there was none. */
  status: number | null;
  /** Duration of the attempt in milliseconds. */
  durationMs: number;
  /** Reason why there was no response; null if there was one. */
  error: string | null;
  /** First KB of the response's body. */
  response: string;
}

export interface DeliveryList {
  /** Deliveries, newest event first. */
  deliveries: Delivery[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface Delivery {
  /** Unique identifier, the same as `webhook-id`. */
  deliveryId: string;
  /** Task of the event; null: none. */
  taskId: number | bigint | null;
  /** Type of the event. */
  type: string;
  /** `pending`: an attempt is left; otherwise how the last attempt ended. */
  state: "pending" | "delivered" | "failed";
  /** Number of attempts on record, at most 30. */
  attempts: number;
  /** Time of the event. */
  createdAt: string;
  /** Time of the next attempt; null: there is none. */
  nextAttemptAt: string | null;
  /** URL that the event is sent to; null: its endpoint was removed. */
  url: string | null;
  /** The last attempt, without the response's body; null: none was made. */
  lastAttempt: {
    /** Time of the attempt. */
    at: string;
    /** Type of the event. */
    type: string;
    /** URL that the event was sent to. */
    url: string;
    /** `webhook-id` of the message, the same for every attempt. */
    webhookId: string;
    /** HTTP status of the response; null if there was none. */
    status: number | null;
    /** Duration of the attempt in milliseconds. */
    durationMs: number;
    /** Reason why there was no response; null if there was one. */
    error: string | null;
  } | null;
}

export interface DeliveryDetail {
  /** Unique identifier, the same as `webhook-id`. */
  deliveryId: string;
  /** Task of the event; null: none. */
  taskId: number | bigint | null;
  /** Type of the event. */
  type: string;
  /** `pending`: an attempt is left; otherwise how the last attempt ended. */
  state: "pending" | "delivered" | "failed";
  /** Number of attempts on record, at most 30. */
  attempts: number;
  /** Time of the event. */
  createdAt: string;
  /** Time of the next attempt; null: there is none. */
  nextAttemptAt: string | null;
  /** URL that the event is sent to; null: its endpoint was removed. */
  url: string | null;
  /** The last attempt, without the response's body; null: none was made. */
  lastAttempt: {
    /** Time of the attempt. */
    at: string;
    /** Type of the event. */
    type: string;
    /** URL that the event was sent to. */
    url: string;
    /** `webhook-id` of the message, the same for every attempt. */
    webhookId: string;
    /** HTTP status of the response; null if there was none. */
    status: number | null;
    /** Duration of the attempt in milliseconds. */
    durationMs: number;
    /** Reason why there was no response; null if there was one. */
    error: string | null;
  } | null;
  /** Attempts on record with the responses, oldest first. */
  log: DeliveryAttempt[];
  /** The body as an attempt now sends it; null: the task was deleted, or there is no receiver any more. */
  body: string | null;
}

export interface Redelivered {
  /** Number of deliveries that are sent again. */
  redelivered: number;
  /** True if failed deliveries are left: call again. */
  remaining: boolean;
}

export interface CreateTenant {
  /** Display name. */
  name: string;
  /** `suspended`: no submissions and no reads; webhooks and file URLs continue. */
  status?: "active" | "suspended" | null | undefined;
  /** `prepaid`: spends at most its balance. `unmetered`: may go below zero. */
  billing?: "unmetered" | "prepaid" | null | undefined;
  /** The tenant's price is `ceil(upstream credits × markup)`. */
  markup?: number | null | undefined;
  /** Maximum number of requests per minute. */
  requestsPerMinute?: number | null | undefined;
  /** Maximum number of tasks that run at the same time. */
  concurrentTasks?: number | null | undefined;
  /** Maximum credits per calendar month (UTC); null: no limit. */
  monthlyCredits?: number | null | undefined;
  /** Models that may be used; null: all. */
  models?: readonly ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null | undefined;
  /** Age in days at which tasks and files are deleted; 0: never; null: the deployment's default. */
  retentionDays?: number | null | undefined;
  /** `public`: file URLs work without a signature. `signed`: file URLs expire, and each query returns fresh ones. */
  filesVisibility?: "public" | "signed" | null | undefined;
  /** A balance below this value sends `credits.low`; null: never. */
  lowBalance?: number | null | undefined;
  /** The tenant's own price list, which comes before the list for all tenants; null: none. */
  prices?: readonly PriceRule[] | null | undefined;
  /** Identifier of the tenant in the operator's own system, unique among all tenants; null: none. */
  externalId?: string | null | undefined;
  /** String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none. */
  metadata?: Record<string, string> | null | undefined;
  /** The operator's note about the tenant, which the tenant does not see; null: none. */
  note?: string | null | undefined;
  /** E-mail addresses, at most 50, that may ask for a portal link at `/portal` where the gateway sends e-mail, with the role of each; null: none. Without its address, or with another role, a person is signed out. */
  portalEmails?: Record<string, "viewer" | "admin"> | null | undefined;
  /** Location hint: where the tenant's data is created; null: near the operator's call. */
  region?: "wnam" | "enam" | "sam" | "weur" | "eeur" | "apac" | "apac-ne" | "apac-se" | "oc" | "afr" | "me" | null | undefined;
}

export interface PriceRule {
  /** Name of the model. */
  model: "Imagen Nano Banana 2" | "Seedance 2.0";
  /** Generation method. */
  type?: string | undefined;
  /** Resolution of the video. */
  resolution?: string | null | undefined;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Number of images. */
  imageCount?: number | undefined;
  /** Size of the image. */
  size?: string | null | undefined;
  /** Quality. */
  quality?: number | null | undefined;
  /** True if the video has audio. */
  generateAudio?: boolean | undefined;
  /** Price of the whole task in credits. */
  credits: number;
}

export interface Tenant {
  /** Unique identifier of the tenant. */
  tenantId: string;
  /** Display name. */
  name: string;
  /** `suspended`: no submissions and no reads; webhooks and file URLs continue. */
  status: "active" | "suspended";
  /** `prepaid`: spends at most its balance. `unmetered`: may go below zero. */
  billing: "unmetered" | "prepaid";
  /** The tenant's price is `ceil(upstream credits × markup)`. */
  markup: number;
  /** Maximum number of requests per minute. */
  requestsPerMinute: number;
  /** Maximum number of tasks that run at the same time. */
  concurrentTasks: number;
  /** Maximum credits per calendar month (UTC); null: no limit. */
  monthlyCredits: number | null;
  /** Models that may be used; null: all. */
  models: ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null;
  /** Age in days at which tasks and files are deleted; 0: never; null: the deployment's default. */
  retentionDays: number | null;
  /** `public`: file URLs work without a signature. `signed`: file URLs expire, and each query returns fresh ones. */
  filesVisibility: "public" | "signed";
  /** A balance below this value sends `credits.low`; null: never. */
  lowBalance: number | null;
  /** The tenant's own price list, which comes before the list for all tenants; null: none. */
  prices: Price[] | null;
  /** Identifier of the tenant in the operator's own system, unique among all tenants; null: none. */
  externalId: string | null;
  /** String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none. */
  metadata: Record<string, string> | null;
  /** The operator's note about the tenant, which the tenant does not see; null: none. */
  note: string | null;
  /** E-mail addresses that may ask for a portal link, with the role of each; null: none. */
  portalEmails: Record<string, "viewer" | "admin"> | null;
  /** Location hint: where the tenant's data is created; null: near the operator's call. */
  region: "wnam" | "enam" | "sam" | "weur" | "eeur" | "apac" | "apac-ne" | "apac-se" | "oc" | "afr" | "me" | null;
  /** Time of creation. */
  createdAt: string;
  /** Time of the latest task; null: none. */
  lastActiveAt: string | null;
  /** Balance in credits: the sum of the ledger. */
  balance: number;
  /** Number of tasks that have not ended. */
  runningTasks: number;
  /** What is wrong with the tenant's webhook endpoint; null: nothing, or there is none. */
  webhook: "failing" | "off" | null;
}

export interface Price {
  /** Name of the model. */
  model: "Imagen Nano Banana 2" | "Seedance 2.0";
  /** Generation method. */
  type?: string | null | undefined;
  /** Resolution of the video. */
  resolution?: string | null | undefined;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Number of images. */
  imageCount?: number | null | undefined;
  /** Size of the image. */
  size?: string | null | undefined;
  /** Quality. */
  quality?: number | null | undefined;
  /** True if the video has audio. */
  generateAudio?: boolean | null | undefined;
  /** Price of the whole task in credits. */
  credits: number;
}

export interface TenantList {
  /** Tenants of this page. */
  tenants: (Tenant | UnavailableTenant)[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface UnavailableTenant {
  /** Unique identifier of the tenant. */
  tenantId: string;
  /** Display name. */
  name: string;
  /** Status of the tenant, as the operator last set it. */
  status: "active" | "suspended";
  /** Billing of the tenant, as last reported. */
  billing: "unmetered" | "prepaid";
  /** Balance in credits, as last reported. */
  balance: number;
  /** Number of tasks that have not ended, as last reported. */
  runningTasks: number;
  /** What was wrong with the webhook endpoint when last reported; null: nothing. */
  webhook: "failing" | "off" | null;
  /** Identifier of the tenant in the operator's own system; null: none. */
  externalId: string | null;
  /** Time of creation. */
  createdAt: string;
  /** Time of the latest task, as last reported; null: none. */
  lastActiveAt: string | null;
  /** Always true: the tenant's storage does not respond. */
  unavailable: true;
}

export interface TenantSummaries {
  /** Tenants of this page. */
  tenants: TenantSummary[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface TenantSummary {
  /** Unique identifier of the tenant. */
  tenantId: string;
  /** Display name. */
  name: string;
  /** Identifier in the operator's own system; null: none. */
  externalId: string | null;
  /** Status of the tenant. */
  status: "active" | "suspended";
  /** `prepaid`: spends at most its balance. `unmetered`: may go below zero. */
  billing: "unmetered" | "prepaid";
  /** Balance in credits, as last reported. */
  balance: number;
  /** A balance below this value is low; null: never. */
  lowBalance: number | null;
  /** Number of tasks that have not ended, as last reported. */
  runningTasks: number;
  /** Number of result files to be copied, as last reported. */
  copiesWaiting: number;
  /** Number of webhook events with an attempt left, as last reported. */
  deliveriesWaiting: number;
  /** State of the tenant's endpoint; null: in order, or none. */
  webhook: "failing" | "off" | null;
  /** First 200 characters of the operator's note; null: none. */
  note: string | null;
  /** Time of creation. */
  createdAt: string;
  /** Time of the latest task, as last reported; null: none. */
  lastActiveAt: string | null;
}

export interface TenantCounts {
  /** Number of tenants. */
  total: number;
  /** Tenants that are active. */
  active: number;
  /** Tenants that are suspended. */
  suspended: number;
  /** Tenants with billing `prepaid`. */
  prepaid: number;
  /** Tenants with billing `unmetered`. */
  unmetered: number;
  /** Tenants whose balance is below their `lowBalance`. */
  lowBalance: number;
  /** Tenants whose endpoint fails. */
  webhookFailing: number;
  /** Tenants whose endpoint is off. */
  webhookOff: number;
  /** Tenants without a task for `inactiveDays`. */
  inactive: number;
}

export interface SearchResults {
  /** At most 50 things of tenants, and at most 50 tenants. */
  results: {
    kind: "tenant";
    tenantId: string;
    name: string;
    status: "active" | "suspended";
    createdAt: string;
  } | {
    kind: "key";
    tenantId: string;
    tenantName: string;
    keyId: string;
    name: string;
    status: "active" | "revoked" | "expired";
  } | {
    kind: "task";
    tenantId: string;
    tenantName: string;
    taskId: number;
    taskNo: string;
    model: "Imagen Nano Banana 2" | "Seedance 2.0";
    status: number;
    createdAt: string;
  } | {
    kind: "file";
    tenantId: string;
    tenantName: string;
    taskId: number;
    name: string;
  } | {
    kind: "file";
    tenantId: string;
    tenantName: string;
    fileId: string;
    expiresAt: string;
  }[];
  /** True if there may be more: a tenant did not respond, or a limit of the search was reached. */
  incomplete: boolean;
}

export interface PatchTenant {
  /** Display name. */
  name?: string | null | undefined;
  /** `suspended`: no submissions and no reads; webhooks and file URLs continue. */
  status?: "active" | "suspended" | null | undefined;
  /** `prepaid`: spends at most its balance. `unmetered`: may go below zero. */
  billing?: "unmetered" | "prepaid" | null | undefined;
  /** The tenant's price is `ceil(upstream credits × markup)`. */
  markup?: number | null | undefined;
  /** Maximum number of requests per minute. */
  requestsPerMinute?: number | null | undefined;
  /** Maximum number of tasks that run at the same time. */
  concurrentTasks?: number | null | undefined;
  /** Maximum credits per calendar month (UTC); null: no limit. */
  monthlyCredits?: number | null | undefined;
  /** Models that may be used; null: all. */
  models?: readonly ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null | undefined;
  /** Age in days at which tasks and files are deleted; 0: never; null: the deployment's default. */
  retentionDays?: number | null | undefined;
  /** `public`: file URLs work without a signature. `signed`: file URLs expire, and each query returns fresh ones. */
  filesVisibility?: "public" | "signed" | null | undefined;
  /** A balance below this value sends `credits.low`; null: never. */
  lowBalance?: number | null | undefined;
  /** The tenant's own price list, which comes before the list for all tenants; null: none. */
  prices?: readonly PriceRule[] | null | undefined;
  /** Identifier of the tenant in the operator's own system, unique among all tenants; null: none. */
  externalId?: string | null | undefined;
  /** String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none. */
  metadata?: Record<string, string> | null | undefined;
  /** The operator's note about the tenant, which the tenant does not see; null: none. */
  note?: string | null | undefined;
  /** E-mail addresses, at most 50, that may ask for a portal link at `/portal` where the gateway sends e-mail, with the role of each; null: none. Without its address, or with another role, a person is signed out. */
  portalEmails?: Record<string, "viewer" | "admin"> | null | undefined;
}

export interface DeletedTenant {
  /** Unique identifier of the tenant. */
  tenantId: string;
  /** Always `deleted`. */
  status: "deleted";
}

export interface RestoreTenant {
  /** Moment in the past: ISO 8601 with an offset. */
  at: string;
  /** Always true: nothing is changed. */
  dryRun: true;
}

export interface RestorePreview {
  /** The moment that was asked about. */
  at: string;
  /** Always true. */
  dryRun: true;
  /** Number of tasks accepted since. */
  tasks: number;
  /** Number of ledger entries since. */
  entries: number;
  /** Sum of these entries: how much the balance has moved. */
  credits: number;
  /** The same by kind of entry. */
  byKind: {
    /** `hold` at admission, `correct` when the upstream returns its price, then `capture` or `release`; `credit` by the operator. */
    kind: "hold" | "correct" | "capture" | "release" | "credit";
    /** Number of entries of this kind. */
    entries: number;
    /** Sum of their credits. */
    credits: number;
  }[];
  /** Number of keys created since. */
  keysCreated: number;
  /** Number of keys revoked since. */
  keysRevoked: number;
  /** False if only the first 100,000 entries were counted. */
  complete: boolean;
}

export interface PortalSessionsEnded {
  /** Number of sessions that ended. */
  ended: number;
}

export interface PortalSessions {
  /** Sessions that work, newest first. */
  sessions: {
    /** Name of the session, which is no credential. */
    sessionId: string;
    /** What the person may do. */
    role: "viewer" | "admin";
    /** Name of the person; null: unknown. */
    person: string | null;
    /** How the person signed in: by a link, a key, or a link that was mailed. */
    method: "link" | "key" | "email";
    /** Key that made the link or signed in, with whose text the session ends; null: the operator. */
    keyId: string | null;
    /** Time of the sign-in; null: unknown. */
    createdAt: string | null;
    /** Time of the last use, up to ten minutes late; null: unknown. */
    lastSeenAt: string | null;
    /** Time at which the session ends. */
    expiresAt: string;
    /** True for the session of the request; an operator has none here. */
    current: boolean;
  }[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface CreateKey {
  /** `secret` for servers, `publishable` for browsers. */
  kind?: "secret" | "publishable" | null | undefined;
  /** Display name. */
  name?: string | null | undefined;
  /** What the key may do. */
  scopes?: readonly ("generate" | "read" | "files" | "tokens" | "webhooks" | "portal")[] | null | undefined;
  /** Models that may be used; null: all. */
  models?: readonly ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null | undefined;
  /** Origins from which browsers may use the key, such as `https://app.example`; null: none for secret keys. */
  allowedOrigins?: readonly string[] | null | undefined;
  /** Time at which the key stops working; null: never. */
  expiresAt?: string | null | undefined;
  /** Maximum number of requests per minute with this key, within the tenant's limit; null: no limit of its own. */
  requestsPerMinute?: number | null | undefined;
  /** Maximum credits per calendar month (UTC) with this key; null: no limit of its own. */
  monthlyCredits?: number | null | undefined;
  /** Maximum number of tasks that run at the same time with this key and its client tokens, within the tenant's limit; null: no limit of its own. */
  concurrentTasks?: number | null | undefined;
  /** Addresses and CIDR ranges, IPv4 or IPv6, from which the key itself works, not the client tokens that it mints; null: any. */
  allowedIps?: readonly string[] | null | undefined;
  /** String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none. */
  metadata?: Record<string, string> | null | undefined;
}

export interface NewKey {
  /** Unique identifier of the key; a rotation keeps it. */
  keyId: string;
  /** `secret` for servers, `publishable` for browsers. */
  kind: "secret" | "publishable";
  /** Display name. */
  name: string;
  /** What the key may do. */
  scopes: ("generate" | "read" | "files" | "tokens" | "webhooks" | "portal")[];
  /** Models that may be used; null: all. */
  models: ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null;
  /** Origins from which browsers may use the key; null: none for secret keys. */
  allowedOrigins: string[] | null;
  /** Time at which the key stops working; null: never. */
  expiresAt: string | null;
  /** Maximum number of requests per minute with this key, within the tenant's limit; null: no limit of its own. */
  requestsPerMinute: number | null;
  /** Maximum credits per calendar month (UTC) with this key; null: no limit of its own. */
  monthlyCredits: number | null;
  /** Maximum number of tasks that run at the same time with this key and its client tokens, within the tenant's limit; null: no limit of its own. */
  concurrentTasks: number | null;
  /** Addresses and CIDR ranges from which the key itself works; null: any. */
  allowedIps: string[] | null;
  /** String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none. */
  metadata: Record<string, string> | null;
  /** Status of the key. */
  status: "active" | "revoked" | "expired";
  /** Time of creation. */
  createdAt: string;
  /** Time of revocation; null: not revoked. */
  revokedAt: string | null;
  /** Time of the last use, up to some minutes late; null: never used. */
  lastUsedAt: string | null;
  /** Signing secret of the deployment that made the key; `removed`: the key has stopped working. */
  signedWith: "first" | "later" | "removed";
  /** Earlier texts of the key that still work after a rotation; null: none. */
  previous: {
    /** Time at which the last of them stops working. */
    expiresAt: string;
    /** Signing secret of the deployment that made the key; `removed`: the key has stopped working. */
    signedWith: "first" | "later" | "removed";
  } | null;
  /** The key itself; shown only in this response. */
  key: string;
}

export interface KeyList {
  /** Keys, oldest first, revoked ones included. */
  keys: Key[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface Key {
  /** Unique identifier of the key; a rotation keeps it. */
  keyId: string;
  /** `secret` for servers, `publishable` for browsers. */
  kind: "secret" | "publishable";
  /** Display name. */
  name: string;
  /** What the key may do. */
  scopes: ("generate" | "read" | "files" | "tokens" | "webhooks" | "portal")[];
  /** Models that may be used; null: all. */
  models: ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null;
  /** Origins from which browsers may use the key; null: none for secret keys. */
  allowedOrigins: string[] | null;
  /** Time at which the key stops working; null: never. */
  expiresAt: string | null;
  /** Maximum number of requests per minute with this key, within the tenant's limit; null: no limit of its own. */
  requestsPerMinute: number | null;
  /** Maximum credits per calendar month (UTC) with this key; null: no limit of its own. */
  monthlyCredits: number | null;
  /** Maximum number of tasks that run at the same time with this key and its client tokens, within the tenant's limit; null: no limit of its own. */
  concurrentTasks: number | null;
  /** Addresses and CIDR ranges from which the key itself works; null: any. */
  allowedIps: string[] | null;
  /** String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none. */
  metadata: Record<string, string> | null;
  /** Status of the key. */
  status: "active" | "revoked" | "expired";
  /** Time of creation. */
  createdAt: string;
  /** Time of revocation; null: not revoked. */
  revokedAt: string | null;
  /** Time of the last use, up to some minutes late; null: never used. */
  lastUsedAt: string | null;
  /** Signing secret of the deployment that made the key; `removed`: the key has stopped working. */
  signedWith: "first" | "later" | "removed";
  /** Earlier texts of the key that still work after a rotation; null: none. */
  previous: {
    /** Time at which the last of them stops working. */
    expiresAt: string;
    /** Signing secret of the deployment that made the key; `removed`: the key has stopped working. */
    signedWith: "first" | "later" | "removed";
  } | null;
}

export interface PatchKey {
  /** Display name. */
  name?: string | null | undefined;
  /** What the key may do. */
  scopes?: readonly ("generate" | "read" | "files" | "tokens" | "webhooks" | "portal")[] | null | undefined;
  /** Models that may be used; null: all. */
  models?: readonly ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null | undefined;
  /** Origins from which browsers may use the key, such as `https://app.example`; null: none for secret keys. */
  allowedOrigins?: readonly string[] | null | undefined;
  /** Time at which the key stops working; null: never. */
  expiresAt?: string | null | undefined;
  /** Maximum number of requests per minute with this key, within the tenant's limit; null: no limit of its own. */
  requestsPerMinute?: number | null | undefined;
  /** Maximum credits per calendar month (UTC) with this key; null: no limit of its own. */
  monthlyCredits?: number | null | undefined;
  /** Maximum number of tasks that run at the same time with this key and its client tokens, within the tenant's limit; null: no limit of its own. */
  concurrentTasks?: number | null | undefined;
  /** Addresses and CIDR ranges, IPv4 or IPv6, from which the key itself works, not the client tokens that it mints; null: any. */
  allowedIps?: readonly string[] | null | undefined;
  /** String pairs of the operator's own, which the tenant does not see: at most 16, keys ≤ 40 characters, values ≤ 500; null: none. */
  metadata?: Record<string, string> | null | undefined;
}

export interface RotateKey {
  /** Seconds for which the old text of the key keeps working. */
  overlapSeconds?: number | null | undefined;
}

export interface EndedSession {
  /** Name of the session. */
  sessionId: string;
  /** Always true. */
  ended: true;
}

export interface AddCredits {
  /** Credits to add; negative: to deduct. */
  credits: number;
  /** Reason, shown in the ledger. */
  note?: string | null | undefined;
}

export interface LedgerEntry {
  /** Unique identifier; later entries have greater ones. */
  entryId: number | bigint;
  /** Time of the entry. */
  at: string;
  /** `hold` at admission, `correct` when the upstream returns its price, then `capture` or `release`; `credit` by the operator. */
  kind: "hold" | "correct" | "capture" | "release" | "credit";
  /** Change of the balance. */
  credits: number;
  /** Balance after the entry. */
  balance: number;
  /** Task of the entry; null: none. */
  taskId: number | bigint | null;
  /** Key of the task; null: none. */
  keyId: string | null;
  /** Model of the task; null: none. */
  model: string | null;
  /** End user of the task; null: none. */
  endUser: string | null;
  /** Reason; null: none. */
  note: string | null;
}

export interface Ledger {
  /** Entries, newest first. */
  entries: LedgerEntry[];
  /** With `groupBy=task`: tasks and entries of no task, the one with the newest entry first. */
  groups?: LedgerGroup[] | undefined;
  /** With `groupBy=task`: balance before the page's oldest entry; null if `kind` or `taskId` leaves entries out. */
  openingBalance?: number | null | undefined;
  /** With `groupBy=task`: balance after the page's newest entry, which is the opening balance plus all groups. */
  closingBalance?: number | null | undefined;
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface LedgerGroup {
  /** Task of the entry; null: none. */
  taskId: number | bigint | null;
  /** Time of the newest entry of the group on this page. */
  at: string;
  /** Sum of the entries of the group on this page. */
  credits: number;
  /** Balance after the newest of them. */
  balance: number;
  /** Key of the task; null: none. */
  keyId: string | null;
  /** Model of the task; null: none. */
  model: string | null;
  /** End user of the task; null: none. */
  endUser: string | null;
  /** Note of the newest entry that has one; null: none. */
  note: string | null;
  /** Kinds of the entries of the group on this page, oldest first. */
  kinds: ("hold" | "correct" | "capture" | "release" | "credit")[];
}

export interface OperatorTaskList {
  /** Tasks, newest first. */
  tasks: OperatorTask[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export type OperatorTask = Task & {
  /** Unique identifier of the key; a rotation keeps it. */
  keyId: string;
  /** End user of the task; null: none. */
  endUser: string | null;
  /** Client token that submitted the task; null: none. */
  tokenId: string | null;
  /** Credits held or charged. */
  credits: number;
  /** State of the hold. */
  settlement: "open" | "captured" | "released";
  /** Time of the submission. */
  createdAt: string;
  /** Time of the end; null: still running. */
  endedAt: string | null;
  /** What the gateway passes through. */
  [name: string]: unknown;
};

export interface TaskStory {
  task: Task;
  /** The request as it was sent to the upstream. */
  request: Record<string, unknown>;
  /** Unique identifier of the key; a rotation keeps it. */
  keyId: string;
  /** End user of the task; null: none. */
  endUser: string | null;
  /** Client token that submitted the task; null: none. */
  tokenId: string | null;
  /** Credits held or charged. */
  credits: number;
  /** State of the hold. */
  settlement: "open" | "captured" | "released";
  /** Time of the submission. */
  createdAt: string;
  /** Time of the end; null: still running. */
  endedAt: string | null;
  /** The task's ledger entries, oldest first. */
  ledger: LedgerEntry[];
  /** Deliveries of the task's event. */
  deliveries: {
    /** Identifier of the delivery, sent as `webhook-id`. */
    deliveryId: string;
    /** Unique identifier of the task: a JSON number of at most 2^53 − 1. */
    taskId: number;
    /** Type of the event. */
    type: string;
    /** State of the delivery. */
    state: "pending" | "delivered" | "failed";
    /** Number of attempts on record. */
    attempts: number;
    /** Time of the next attempt; null: there is none. */
    nextAttemptAt: string | null;
    /** The task's own `webhookUrl`; null: the tenant's endpoint. */
    url: string | null;
    /** Attempts, oldest first. */
    log: DeliveryAttempt[];
  }[];
  /** What happened when, oldest first. */
  timeline: {
    /** Time of the event. */
    at: string;
    /** What happened. */
    event: "accepted" | "submitted" | "polls" | "copied" | "ended" | "delivered";
    /** Number of `polls`. */
    count?: number | undefined;
    /** File that was `copied`: `0` is result 0, `t0` its thumbnail. */
    file?: string | undefined;
    /** How the task `ended`. */
    status?: "completed" | "failed" | "cancelled" | undefined;
    /** Receiver to which the event was `delivered`. */
    url?: string | undefined;
  }[];
}

export interface Prices {
  /** All rules of the list. */
  prices: Price[];
}

export interface PutPrices {
  /** All rules of the list. */
  prices: readonly PriceRule[];
}

export interface PriceRollout {
  /** Tenants that get the present list. */
  tenants: number;
  /** Tenants that have it. */
  updated: number;
  /** Tenants whose storage did not respond; they get it with their next report. */
  unreachable: number;
  /** Time of the change; null: no list was set. */
  startedAt: string | null;
  /** Time at which all were sent it; null: under way. */
  endedAt: string | null;
}

export interface UpstreamPrices {
  /** Prices by shape of request. Fields that the request left out have no value. */
  prices: UpstreamPrice[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface UpstreamPrice {
  /** Name of the model. */
  model: "Imagen Nano Banana 2" | "Seedance 2.0";
  /** Generation method. */
  type?: string | null | undefined;
  /** Resolution of the video. */
  resolution?: string | null | undefined;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Number of images. */
  imageCount?: number | null | undefined;
  /** Size of the image. */
  size?: string | null | undefined;
  /** Quality. */
  quality?: number | null | undefined;
  /** True if the video has audio. */
  generateAudio?: boolean | null | undefined;
  /** The upstream's price of the whole task, in its credits. */
  credits: number;
  /** Time at which the upstream last named it. */
  at: string;
}

export interface Margins {
  /** Group of each row. */
  groupBy: "day" | "tenant" | "model";
  /** First day (UTC). */
  from: string;
  /** Last day (UTC). */
  to: string;
  /** One row for each group that has any, in the order of the groups. */
  rows: {
    /** Day (UTC). */
    day?: string | undefined;
    /** Name of the model. */
    model?: string | undefined;
    /** Unique identifier of the tenant. */
    tenantId?: string | undefined;
    /** Display name of the tenant; null: deleted. */
    name?: string | null | undefined;
    /** Number of completed tasks. */
    tasks: number;
    /** Credits that tenants paid for them. */
    revenue: number;
    /** The upstream's price of them, in its credits. */
    cost: number;
    /** Revenue − cost. */
    margin: number;
  }[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface Overview {
  /** Number of tenants. */
  tenants: {
    /** All tenants. */
    total: number;
    /** Active tenants. */
    active: number;
    /** Suspended tenants. */
    suspended: number;
  };
  /** Number of tasks that have not ended. */
  runningTasks: number;
  /** Credits held for running tasks. */
  creditsHeld: number;
  /** Sum of the tenants' balances in credits. */
  balance: {
    /** Sum over prepaid tenants. */
    prepaid: number;
    /** Sum over unmetered tenants. */
    unmetered: number;
  };
  /** Number of result files that are not copied yet. */
  copiesWaiting: number;
  /** Number of webhook deliveries with an attempt left. */
  deliveriesWaiting: number;
  /** Number of endpoints that a 410 turned off. */
  webhooksDisabled: number;
  /** Number of endpoints whose last three attempts or more failed. */
  webhooksFailing: number;
  /** Databases of the tenants. */
  storage: {
    /** Size of the largest tenant's database in bytes. */
    largestBytes: number;
    /** Number of tenants whose database is above 80 % of `TENANT_STORAGE_MB`. */
    above80Percent: number;
  };
  /** The upstream's price of the tasks that completed in these days, in its credits. */
  cost: number;
  /** Credits charged to tenants for tasks of these days, without holds. */
  revenue: number;
  /** Time from submission to completion of the tasks that completed in these days, interpolated. */
  secondsToFinish: {
    /** Median in seconds; null: no task completed. */
    p50: number | null;
    /** 95th percentile in seconds; null: no task completed. */
    p95: number | null;
  };
  /** Most frequent reasons of failed tasks in these days, at most 20. */
  failures: {
    /** Reason as the tenant sees it, at most 120 characters. */
    reason: string;
    /** Number of failed tasks. */
    count: number;
  }[];
  /** Totals of all time, deleted tenants included. */
  totals: {
    /** Number of tasks. */
    tasks: number;
    /** Credits spent. */
    credits: number;
    /** Number of completed tasks. */
    completed: number;
    /** Number of failed tasks. */
    failed: number;
    /** Number of cancelled tasks. */
    cancelled: number;
  };
  /** One entry for each day, oldest first; days without tasks contain zeros. */
  days: {
    /** Day (UTC). */
    day: string;
    /** Number of tasks. */
    tasks: number;
    /** Credits spent. */
    credits: number;
    /** Number of completed tasks. */
    completed: number;
    /** Number of failed tasks. */
    failed: number;
    /** Number of cancelled tasks. */
    cancelled: number;
  }[];
  /** Tenants that spent most in these days. */
  topTenants: {
    /** Unique identifier of the tenant. */
    tenantId: string;
    /** Display name. */
    name: string;
    /** Number of tasks. */
    tasks: number;
    /** Credits spent. */
    credits: number;
  }[];
  /** Master keys, in order of preference. */
  masterKeys: {
    /** Name of the key, which reveals nothing of it. */
    id: string;
    /** True if the upstream accepts the key. */
    ok: boolean;
    /** Error code with which the upstream rejects the key; null: accepted. */
    code: number | null;
    /** Time of the next attempt with the key; null: now. */
    retryAt: string | null;
  }[];
  /** Problems in background work. */
  problems: {
    /** Name of the event in the log. */
    kind: string;
    /** Time of the last occurrence. */
    lastAt: string;
  }[];
}

export interface AuditLog {
  /** Events, newest first. */
  entries: AuditEntry[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface AuditEntry {
  /** Unique identifier. */
  id: number;
  /** Time of the event. */
  at: string;
  actor: Actor;
  /** What was done, such as `key.create`. */
  action: string;
  /** Tenant of the event; null: none. */
  tenantId: string | null;
  /** Name of that tenant; null: no tenant, or a deleted one. */
  tenantName: string | null;
  /** What the action changed, such as a key's identifier; null: the tenant. */
  target: string | null;
  /** State before the event. */
  before?: unknown | undefined;
  /** State after the event. */
  after?: unknown | undefined;
  /** Identifier of the request; null: none. */
  requestId: string | null;
}

export interface Actor {
  /** `root` for `ADMIN_TOKEN`, an operatorId, an e-mail address, or `portal` for an unnamed person of the tenant. */
  id: string;
  /** Name of the actor at the time of the event. */
  name: string;
}

export interface CreateOperator {
  /** Display name. */
  name: string;
  /** What the operator may do. */
  scopes: readonly ("metrics" | "read" | "billing" | "tenants" | "operators")[];
  /** Time at which the token stops working; null: never. */
  expiresAt?: string | null | undefined;
}

export interface NewOperator {
  /** Unique identifier of the operator; a rotation keeps it. */
  operatorId: string;
  /** Display name, as in the audit log. */
  name: string;
  /** What the operator may do. */
  scopes: ("metrics" | "read" | "billing" | "tenants" | "operators")[];
  /** Status of the operator. */
  status: "active" | "expired";
  /** Time at which the token stops working; null: never. */
  expiresAt: string | null;
  /** Time of creation. */
  createdAt: string;
  /** Time of the last rotation; null: never rotated. */
  rotatedAt: string | null;
  /** Time of the last use, up to some minutes late; null: never used. */
  lastUsedAt: string | null;
  /** Signing secret of the deployment that made the token; `removed`: the token has stopped working. */
  signedWith: "first" | "later" | "removed";
  /** Time at which the last earlier token stops working after a rotation; null: none works. */
  previousExpiresAt: string | null;
  /** The token itself; shown only in this response. */
  token: string;
}

export interface OperatorList {
  /** Operators, newest first. */
  operators: Operator[];
  /** `cursor` of the next page; null: this is the last page. */
  nextCursor: string | null;
}

export interface Operator {
  /** Unique identifier of the operator; a rotation keeps it. */
  operatorId: string;
  /** Display name, as in the audit log. */
  name: string;
  /** What the operator may do. */
  scopes: ("metrics" | "read" | "billing" | "tenants" | "operators")[];
  /** Status of the operator. */
  status: "active" | "expired";
  /** Time at which the token stops working; null: never. */
  expiresAt: string | null;
  /** Time of creation. */
  createdAt: string;
  /** Time of the last rotation; null: never rotated. */
  rotatedAt: string | null;
  /** Time of the last use, up to some minutes late; null: never used. */
  lastUsedAt: string | null;
  /** Signing secret of the deployment that made the token; `removed`: the token has stopped working. */
  signedWith: "first" | "later" | "removed";
  /** Time at which the last earlier token stops working after a rotation; null: none works. */
  previousExpiresAt: string | null;
}

export interface PatchOperator {
  /** Display name. */
  name?: string | null | undefined;
  /** What the operator may do. */
  scopes?: readonly ("metrics" | "read" | "billing" | "tenants" | "operators")[] | null | undefined;
  /** Time at which the token stops working; null: never. */
  expiresAt?: string | null | undefined;
}

export interface DeletedOperator {
  /** Unique identifier of the operator; a rotation keeps it. */
  operatorId: string;
  /** Always `deleted`. */
  status: "deleted";
}

export interface OperatorSessions {
  /** Sessions, newest first. */
  sessions: {
    /** Name of the session, which is no credential. */
    sessionId: string;
    /** Time of the sign-in. */
    createdAt: string;
    /** Time of the last use, up to some minutes late. */
    lastUsedAt: string;
    /** Time at which the session ends if it is not used; later use extends it. */
    expiresAt: string;
    /** True for the session of the request. */
    current: boolean;
  }[];
}

export interface Branding {
  /** Name of the service; null: Paddock. */
  name: string | null;
  /** Accent colour; null: the product's own. */
  color: string | null;
  /** Where tenants get help; null: none is shown. */
  supportUrl: string | null;
  /** Terms of service; null: none is shown. */
  termsUrl: string | null;
  /** The logo; null: the product's own mark. */
  logo: {
    /** Path and query on this host; it changes with the logo. */
    url: string;
    /** Media type, determined from the content. */
    contentType: string;
    /** Size in bytes. */
    bytes: number;
  } | null;
}

export interface PutBranding {
  /** Name of the service, which pages and documentation show; null: Paddock. */
  name?: string | null | undefined;
  /** Accent colour as `#rrggbb`; pages make it darker or lighter where texts would be hard to read. */
  color?: string | null | undefined;
  /** Where tenants get help: an https or `mailto:` URL; null: none is shown. */
  supportUrl?: string | null | undefined;
  /** https URL of the terms of service; null: none is shown. */
  termsUrl?: string | null | undefined;
}

export interface PutOperatorWebhook {
  /** https URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events?: readonly ("master_key.refused" | "master_key.recovered" | "copies.stuck" | "copies.recovered" | "work.overdue" | "work.recovered" | "storage.high" | "storage.recovered" | "tenant.credits_low" | "tenant.cap" | "tenant.webhook_disabled")[] | null | undefined;
  /** `standard`: `{type, timestamp, data}`. `slack`: `{text}`, for Slack and compatible services. */
  format?: "standard" | "slack" | undefined;
}

export interface OperatorWebhookSet {
  /** URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events: ("master_key.refused" | "master_key.recovered" | "copies.stuck" | "copies.recovered" | "work.overdue" | "work.recovered" | "storage.high" | "storage.recovered" | "tenant.credits_low" | "tenant.cap" | "tenant.webhook_disabled")[] | null;
  /** True if events are sent to the endpoint. */
  enabled: boolean;
  /** Time of creation. */
  createdAt: string;
  /** Time at which a 410 turned the endpoint off; null: the endpoint is on. */
  disabledAt: string | null;
  /** True after three failed attempts in a row, until the first success. */
  failing: boolean;
  /** Time of the first of those attempts; null: the endpoint is not failing. */
  failingSince: string | null;
  /** Time until which the previous secret also signs, after a rotation; null: only one secret signs. */
  previousSecretExpiresAt: string | null;
  /** Form of the body. */
  format: "standard" | "slack";
  /** Signing secret; shown only in this response. */
  secret?: string | undefined;
}

export interface OperatorWebhook {
  /** URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events: ("master_key.refused" | "master_key.recovered" | "copies.stuck" | "copies.recovered" | "work.overdue" | "work.recovered" | "storage.high" | "storage.recovered" | "tenant.credits_low" | "tenant.cap" | "tenant.webhook_disabled")[] | null;
  /** True if events are sent to the endpoint. */
  enabled: boolean;
  /** Time of creation. */
  createdAt: string;
  /** Time at which a 410 turned the endpoint off; null: the endpoint is on. */
  disabledAt: string | null;
  /** True after three failed attempts in a row, until the first success. */
  failing: boolean;
  /** Time of the first of those attempts; null: the endpoint is not failing. */
  failingSince: string | null;
  /** Time until which the previous secret also signs, after a rotation; null: only one secret signs. */
  previousSecretExpiresAt: string | null;
  /** Form of the body. */
  format: "standard" | "slack";
}

export interface OperatorWebhookRotated {
  /** URL that receives the events. */
  url: string;
  /** Event types that are sent to the endpoint; null: all. */
  events: ("master_key.refused" | "master_key.recovered" | "copies.stuck" | "copies.recovered" | "work.overdue" | "work.recovered" | "storage.high" | "storage.recovered" | "tenant.credits_low" | "tenant.cap" | "tenant.webhook_disabled")[] | null;
  /** True if events are sent to the endpoint. */
  enabled: boolean;
  /** Time of creation. */
  createdAt: string;
  /** Time at which a 410 turned the endpoint off; null: the endpoint is on. */
  disabledAt: string | null;
  /** True after three failed attempts in a row, until the first success. */
  failing: boolean;
  /** Time of the first of those attempts; null: the endpoint is not failing. */
  failingSince: string | null;
  /** Time until which the previous secret also signs, after a rotation; null: only one secret signs. */
  previousSecretExpiresAt: string | null;
  /** Form of the body. */
  format: "standard" | "slack";
  /** Signing secret; shown only in this response. */
  secret: string;
}

/** Calls of the API by method and path: parameters, body and the envelope's `data`. */
export interface Operations {
  /** Submit a task. */
  "POST /api/v1/task/generate": {
    body: GenerateRequest;
    data: Submission;
  };
  /** Estimate the price of a task. */
  "POST /api/v1/task/estimate": {
    body: GenerateRequest;
    data: Estimate;
  };
  /** Get a task. */
  "GET /api/v1/query/{taskId}": {
    path: {
      /** The `taskId` that `POST /api/v1/task/generate` returned. */
      taskId: number | bigint;
    };
    data: Task;
  };
  /** List tasks. */
  "GET /api/v1/tasks": {
    query: {
      /** `metadata.KEY=value`, up to 16 of them: only tasks with this pair in their `metadata`. KEY is everything after the first dot. */
      metadata?: Record<string, unknown> | undefined;
      /** Only tasks with this status. */
      status?: number | undefined;
      /** Only tasks of this model. */
      model?: string | undefined;
      /** Only tasks that client tokens of this end user made. */
      endUser?: string | undefined;
      /** Only tasks of this key and of client tokens that it minted. */
      keyId?: string | undefined;
      /** Part of the prompt or of the task name; ignores case. */
      q?: string | undefined;
      /** Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset). */
      from?: string | undefined;
      /** End of the range, inclusive; a date alone includes the whole day. */
      to?: string | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: TaskList;
  };
  /** Delete a finished task. */
  "DELETE /api/v1/tasks/{taskId}": {
    path: {
      /** The `taskId` that `POST /api/v1/task/generate` returned. */
      taskId: number | bigint;
    };
    data: DeletedTask;
  };
  /** List the deliveries of a task. */
  "GET /api/v1/tasks/{taskId}/deliveries": {
    path: {
      /** The `taskId` that `POST /api/v1/task/generate` returned. */
      taskId: number | bigint;
    };
    data: Deliveries;
  };
  /** Deliver the webhook of a task again. */
  "POST /api/v1/tasks/{taskId}/deliveries/redeliver": {
    path: {
      /** The `taskId` that `POST /api/v1/task/generate` returned. */
      taskId: number | bigint;
    };
    data: Deliveries;
  };
  /** Import a reference by URL. */
  "POST /api/v1/files/import": {
    body: ImportFile;
    data: UploadedFile;
  };
  /** Begin an upload in parts. */
  "POST /api/v1/files/uploads": {
    body: BeginUpload;
    data: PartsUpload;
  };
  /** Complete an upload in parts. */
  "POST /api/v1/files/uploads/{fileId}/complete": {
    path: {
      /** The `fileId` of the upload. */
      fileId: string;
    };
    query: {
      /** Identifies the upload. */
      token?: string | undefined;
      /** Time at which the URL ends, in seconds since epoch. */
      expires?: number | undefined;
      /** Signature of the gateway. */
      signature?: string | undefined;
    };
    data: UploadedFile;
  };
  /** Delete an uploaded reference. */
  "DELETE /api/v1/files/{fileId}": {
    path: {
      /** The `fileId` of the upload. */
      fileId: string;
    };
    data: DeletedFile;
  };
  /** Get balance, limits and this month's usage. */
  "GET /api/v1/account": {
    data: Account;
  };
  /** Get usage by day, model, key or end user. */
  "GET /api/v1/usage": {
    query: {
      /** Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset). */
      from?: string | undefined;
      /** End of the range, inclusive; a date alone includes the whole day. */
      to?: string | undefined;
      /** Group of each row. */
      groupBy?: "day" | "model" | "key" | "endUser" | undefined;
      /** Maximum number of rows; all rows if omitted. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: Usage;
  };
  /** Get the statement of a month. */
  "GET /api/v1/statements/{month}": {
    path: {
      /** A calendar month (UTC). */
      month: string;
    };
    data: Statement;
  };
  /** List models and prices. */
  "GET /api/v1/models": {
    data: Models;
  };
  /** Create a link that signs a person in to the portal. */
  "POST /api/v1/portal-links": {
    body: CreatePortalLink;
    data: PortalLink;
  };
  /** Create a client token. */
  "POST /api/v1/client-tokens": {
    body: CreateClientToken;
    data: ClientToken;
  };
  /** List client tokens. */
  "GET /api/v1/client-tokens": {
    query: {
      /** Only tokens of this end user. */
      endUser?: string | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: ClientTokenPage;
  };
  /** Get the client token and its allowance. */
  "GET /api/v1/client-token": {
    data: ClientTokenView;
  };
  /** End a client token. */
  "DELETE /api/v1/client-tokens/{tokenId}": {
    path: {
      /** The `tokenId` that was returned with the client token. */
      tokenId: string;
    };
    data: ClientTokenEnded;
  };
  /** List end users with limits and use. */
  "GET /api/v1/end-users": {
    query: {
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: EndUserPage;
  };
  /** Get an end user. */
  "GET /api/v1/end-users/{endUser}": {
    path: {
      /** Name of the end user, as in its client tokens. */
      endUser: string;
    };
    data: EndUser;
  };
  /** Set the limits of an end user. */
  "PUT /api/v1/end-users/{endUser}": {
    path: {
      /** Name of the end user, as in its client tokens. */
      endUser: string;
    };
    body: PutEndUser;
    data: EndUser;
  };
  /** Set the endpoint. */
  "PUT /api/v1/webhook": {
    body: PutWebhook;
    data: WebhookSet;
  };
  /** Get the endpoint. */
  "GET /api/v1/webhook": {
    data: Webhook;
  };
  /** Remove the endpoint and its secret. */
  "DELETE /api/v1/webhook": {
    data: WebhookDeleted;
  };
  /** Rotate the signing secret. */
  "POST /api/v1/webhook/rotate": {
    data: WebhookRotated;
  };
  /** Test the endpoint. */
  "POST /api/v1/webhook/test": {
    data: WebhookTest;
  };
  /** List the deliveries of all tasks. */
  "GET /api/v1/deliveries": {
    query: {
      /** Only deliveries in this state. */
      state?: "pending" | "delivered" | "failed" | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: DeliveryList;
  };
  /** Get one delivery. */
  "GET /api/v1/deliveries/{deliveryId}": {
    path: {
      /** The `deliveryId` in the list of deliveries, which is the `webhook-id`. */
      deliveryId: string;
    };
    data: DeliveryDetail;
  };
  /** Deliver all failed webhooks again. */
  "POST /api/v1/deliveries/redeliver": {
    data: Redelivered;
  };
  /** Create a tenant. */
  "POST /admin/v1/tenants": {
    body: CreateTenant;
    data: Tenant;
  };
  /** List tenants. */
  "GET /admin/v1/tenants": {
    query: {
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page, with the same `sort`. */
      cursor?: string | undefined;
      /** Part of a name, of an identifier or of an `externalId`; ignores case. */
      q?: string | undefined;
      /** Only tenants with this status. */
      status?: "active" | "suspended" | undefined;
      /** Only tenants with this billing. */
      billing?: "unmetered" | "prepaid" | undefined;
      /** `true`: only tenants whose balance is below their `lowBalance`. */
      lowBalance?: "true" | undefined;
      /** Only tenants whose endpoint is off, or on and `failing`: its last three attempts failed. */
      webhook?: "failing" | "off" | undefined;
      /** Only tenants with files that wait to be copied, or with webhook events that wait for an attempt. */
      waiting?: "copies" | "deliveries" | undefined;
      /** Only tenants without a task for this number of days. */
      inactiveDays?: number | undefined;
      /** Order of the list; `-`: descending. `balance` and `lastActive` are up to a minute old. */
      sort?: "name" | "-name" | "created" | "-created" | "balance" | "-balance" | "lastActive" | "-lastActive" | undefined;
    };
    data: TenantList;
  };
  /** List tenants without their settings. */
  "GET /admin/v1/tenant-summaries": {
    query: {
      /** Maximum number of tenants on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page, with the same `sort`. */
      cursor?: string | undefined;
      /** Part of a name, of an identifier or of an `externalId`; ignores case. */
      q?: string | undefined;
      /** Only tenants with this status. */
      status?: "active" | "suspended" | undefined;
      /** Only tenants with this billing. */
      billing?: "unmetered" | "prepaid" | undefined;
      /** `true`: only tenants whose balance is below their `lowBalance`. */
      lowBalance?: "true" | undefined;
      /** Only tenants whose endpoint is off, or on and `failing`: its last three attempts failed. */
      webhook?: "failing" | "off" | undefined;
      /** Only tenants with files that wait to be copied, or with webhook events that wait for an attempt. */
      waiting?: "copies" | "deliveries" | undefined;
      /** Only tenants without a task for this number of days. */
      inactiveDays?: number | undefined;
      /** Order of the list; `-`: descending. `balance` and `lastActive` are up to a minute old. */
      sort?: "name" | "-name" | "created" | "-created" | "balance" | "-balance" | "lastActive" | "-lastActive" | undefined;
    };
    data: TenantSummaries;
  };
  /** Count tenants by each filter of their list. */
  "GET /admin/v1/tenant-counts": {
    query: {
      /** Days without a task after which a tenant counts as inactive. */
      inactiveDays?: number | undefined;
    };
    data: TenantCounts;
  };
  /** Find where something belongs. */
  "GET /admin/v1/search": {
    query: {
      /** Part of a tenant's name, id or `externalId`, a key id or its beginning, the first 30 characters of a key, a task id or number, or a file URL. */
      q?: string | undefined;
    };
    data: SearchResults;
  };
  /** Get a tenant with its balance. */
  "GET /admin/v1/tenants/{tenantId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    data: Tenant | UnavailableTenant;
  };
  /** Change a tenant's settings. */
  "PATCH /admin/v1/tenants/{tenantId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    body: PatchTenant;
    data: Tenant | UnavailableTenant;
  };
  /** Delete a tenant with all its data. */
  "DELETE /admin/v1/tenants/{tenantId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    data: DeletedTenant;
  };
  /** List what happened since a moment. */
  "POST /admin/v1/tenants/{tenantId}/restore": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    body: RestoreTenant;
    data: RestorePreview;
  };
  /** Create a link that signs a person in to the tenant's portal. */
  "POST /admin/v1/tenants/{tenantId}/portal-links": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    body: CreatePortalLink;
    data: PortalLink;
  };
  /** End all portal sessions of a tenant. */
  "DELETE /admin/v1/tenants/{tenantId}/portal-sessions": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    data: PortalSessionsEnded;
  };
  /** List who is signed in to a tenant's portal. */
  "GET /admin/v1/tenants/{tenantId}/portal-sessions": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: PortalSessions;
  };
  /** Create a key. */
  "POST /admin/v1/tenants/{tenantId}/keys": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    body: CreateKey;
    data: NewKey;
  };
  /** List keys. */
  "GET /admin/v1/tenants/{tenantId}/keys": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: KeyList;
  };
  /** Change a key. */
  "PATCH /admin/v1/tenants/{tenantId}/keys/{keyId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The identifier of the key; a rotation keeps it. */
      keyId: string;
    };
    body: PatchKey;
    data: Key;
  };
  /** Revoke a key. */
  "DELETE /admin/v1/tenants/{tenantId}/keys/{keyId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The identifier of the key; a rotation keeps it. */
      keyId: string;
    };
    data: Key;
  };
  /** Rotate a key. */
  "POST /admin/v1/tenants/{tenantId}/keys/{keyId}/rotate": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The identifier of the key; a rotation keeps it. */
      keyId: string;
    };
    body: RotateKey;
    data: NewKey;
  };
  /** Get a tenant's webhook endpoint. */
  "GET /admin/v1/tenants/{tenantId}/webhook": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    data: Webhook;
  };
  /** List a tenant's deliveries. */
  "GET /admin/v1/tenants/{tenantId}/deliveries": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** Only deliveries in this state. */
      state?: "pending" | "delivered" | "failed" | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: DeliveryList;
  };
  /** Get one delivery of a tenant. */
  "GET /admin/v1/tenants/{tenantId}/deliveries/{deliveryId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The `deliveryId` in the list of deliveries, which is the `webhook-id`. */
      deliveryId: string;
    };
    data: DeliveryDetail;
  };
  /** Deliver all failed webhooks of a tenant again. */
  "POST /admin/v1/tenants/{tenantId}/deliveries/redeliver": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    data: Redelivered;
  };
  /** Deliver the webhook of a tenant's task again. */
  "POST /admin/v1/tenants/{tenantId}/tasks/{taskId}/deliveries/redeliver": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The `taskId` that `POST /api/v1/task/generate` returned. */
      taskId: number | bigint;
    };
    data: Deliveries;
  };
  /** End one session of a tenant's portal. */
  "DELETE /admin/v1/tenants/{tenantId}/portal-sessions/{sessionId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The `sessionId` in the list of sessions. */
      sessionId: string;
    };
    data: EndedSession;
  };
  /** List a tenant's end users. */
  "GET /admin/v1/tenants/{tenantId}/end-users": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: EndUserPage;
  };
  /** Get an end user of a tenant. */
  "GET /admin/v1/tenants/{tenantId}/end-users/{endUser}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** Name of the end user, as in its client tokens. */
      endUser: string;
    };
    data: EndUser;
  };
  /** Set the limits of an end user of a tenant. */
  "PUT /admin/v1/tenants/{tenantId}/end-users/{endUser}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** Name of the end user, as in its client tokens. */
      endUser: string;
    };
    body: PutEndUser;
    data: EndUser;
  };
  /** List a tenant's client tokens. */
  "GET /admin/v1/tenants/{tenantId}/client-tokens": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** Only tokens of this end user. */
      endUser?: string | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: ClientTokenPage;
  };
  /** End a client token of a tenant. */
  "DELETE /admin/v1/tenants/{tenantId}/client-tokens/{tokenId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The `tokenId` that was returned with the client token. */
      tokenId: string;
    };
    data: ClientTokenEnded;
  };
  /** Add or deduct credits. */
  "POST /admin/v1/tenants/{tenantId}/credits": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    body: AddCredits;
    data: LedgerEntry;
  };
  /** Get a tenant's ledger. */
  "GET /admin/v1/tenants/{tenantId}/ledger": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset). */
      from?: string | undefined;
      /** End of the range, inclusive; a date alone includes the whole day. */
      to?: string | undefined;
      /** Only entries of this kind. */
      kind?: "hold" | "correct" | "capture" | "release" | "credit" | undefined;
      /** Only entries of this task. */
      taskId?: string | undefined;
      /** `task`: one group for the entries of a task on the page; `limit` counts groups. */
      groupBy?: "task" | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: Ledger;
  };
  /** Get a tenant's statement of a month. */
  "GET /admin/v1/tenants/{tenantId}/statements/{month}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** A calendar month (UTC). */
      month: string;
    };
    data: Statement;
  };
  /** List a tenant's tasks with their credits. */
  "GET /admin/v1/tenants/{tenantId}/tasks": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** `metadata.KEY=value`, up to 16 of them: only tasks with this pair in their `metadata`. KEY is everything after the first dot. */
      metadata?: Record<string, unknown> | undefined;
      /** Only tasks with this status. */
      status?: number | undefined;
      /** Only tasks of this model. */
      model?: string | undefined;
      /** Only tasks that client tokens of this end user made. */
      endUser?: string | undefined;
      /** Only tasks of this key and of client tokens that it minted. */
      keyId?: string | undefined;
      /** Part of the prompt or of the task name; ignores case. */
      q?: string | undefined;
      /** Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset). */
      from?: string | undefined;
      /** End of the range, inclusive; a date alone includes the whole day. */
      to?: string | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: OperatorTaskList;
  };
  /** Get everything about one task. */
  "GET /admin/v1/tenants/{tenantId}/tasks/{taskId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The `taskId` that `POST /api/v1/task/generate` returned. */
      taskId: number | bigint;
    };
    data: TaskStory;
  };
  /** Delete a finished task of a tenant. */
  "DELETE /admin/v1/tenants/{tenantId}/tasks/{taskId}": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
      /** The `taskId` that `POST /api/v1/task/generate` returned. */
      taskId: number | bigint;
    };
    data: DeletedTask;
  };
  /** Get a tenant's usage. */
  "GET /admin/v1/tenants/{tenantId}/usage": {
    path: {
      /** The identifier of the tenant. */
      tenantId: string;
    };
    query: {
      /** Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset). */
      from?: string | undefined;
      /** End of the range, inclusive; a date alone includes the whole day. */
      to?: string | undefined;
      /** Group of each row. */
      groupBy?: "day" | "model" | "key" | "endUser" | undefined;
      /** Maximum number of rows; all rows if omitted. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: Usage;
  };
  /** Get the price list for all tenants. */
  "GET /admin/v1/prices": {
    data: Prices;
  };
  /** Set the price list for all tenants. */
  "PUT /admin/v1/prices": {
    body: PutPrices;
    data: Prices;
  };
  /** Get how far the price list for all tenants has come. */
  "GET /admin/v1/prices/rollout": {
    data: PriceRollout;
  };
  /** List the upstream's known prices. */
  "GET /admin/v1/upstream-prices": {
    query: {
      /** Only prices of this model. */
      model?: "Imagen Nano Banana 2" | "Seedance 2.0" | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: UpstreamPrices;
  };
  /** Get revenue, cost and margin by day, tenant or model. */
  "GET /admin/v1/margins": {
    query: {
      /** Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset). */
      from?: string | undefined;
      /** End of the range, inclusive; a date alone includes the whole day. */
      to?: string | undefined;
      /** Group of each row. */
      groupBy?: "day" | "tenant" | "model" | undefined;
      /** Only this tenant. */
      tenantId?: string | undefined;
      /** Only this model. */
      model?: "Imagen Nano Banana 2" | "Seedance 2.0" | undefined;
      /** `-revenue`: the groups with the highest revenue, on one page; otherwise in their own order. */
      sort?: "-revenue" | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: Margins;
  };
  /** Get totals over all tenants. */
  "GET /admin/v1/overview": {
    query: {
      /** Number of days, up to today. */
      days?: number | undefined;
    };
    data: Overview;
  };
  /** List audit events. */
  "GET /admin/v1/audit": {
    query: {
      /** Only events of this actor: `root`, an operatorId, an e-mail address, or `portal`. */
      actor?: string | undefined;
      /** Only events of this action, such as `key.create`. */
      action?: string | undefined;
      /** Only events of this tenant. */
      tenantId?: string | undefined;
      /** Start of the range, inclusive: an ISO 8601 date, or date and time (UTC without an offset). */
      from?: string | undefined;
      /** End of the range, inclusive; a date alone includes the whole day. */
      to?: string | undefined;
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: AuditLog;
  };
  /** Create an operator. */
  "POST /admin/v1/operators": {
    body: CreateOperator;
    data: NewOperator;
  };
  /** List operators. */
  "GET /admin/v1/operators": {
    query: {
      /** Maximum number of entries on the page. */
      limit?: number | undefined;
      /** `nextCursor` of the previous page. */
      cursor?: string | undefined;
    };
    data: OperatorList;
  };
  /** Get an operator. */
  "GET /admin/v1/operators/{operatorId}": {
    path: {
      /** The identifier of the operator; a rotation keeps it. */
      operatorId: string;
    };
    data: Operator;
  };
  /** Change an operator. */
  "PATCH /admin/v1/operators/{operatorId}": {
    path: {
      /** The identifier of the operator; a rotation keeps it. */
      operatorId: string;
    };
    body: PatchOperator;
    data: Operator;
  };
  /** Delete an operator. */
  "DELETE /admin/v1/operators/{operatorId}": {
    path: {
      /** The identifier of the operator; a rotation keeps it. */
      operatorId: string;
    };
    data: DeletedOperator;
  };
  /** Rotate an operator's token. */
  "POST /admin/v1/operators/{operatorId}/rotate": {
    path: {
      /** The identifier of the operator; a rotation keeps it. */
      operatorId: string;
    };
    body: RotateKey;
    data: NewOperator;
  };
  /** List an operator's console sessions. */
  "GET /admin/v1/operators/{operatorId}/sessions": {
    path: {
      /** The identifier of the operator; a rotation keeps it. */
      operatorId: string;
    };
    data: OperatorSessions;
  };
  /** End all console sessions of an operator. */
  "DELETE /admin/v1/operators/{operatorId}/sessions": {
    path: {
      /** The identifier of the operator; a rotation keeps it. */
      operatorId: string;
    };
    data: PortalSessionsEnded;
  };
  /** End one console session of an operator. */
  "DELETE /admin/v1/operators/{operatorId}/sessions/{sessionId}": {
    path: {
      /** The identifier of the operator; a rotation keeps it. */
      operatorId: string;
      /** The `sessionId` in the list of sessions. */
      sessionId: string;
    };
    data: EndedSession;
  };
  /** Get the brand. */
  "GET /admin/v1/branding": {
    data: Branding;
  };
  /** Set the brand. */
  "PUT /admin/v1/branding": {
    body: PutBranding;
    data: Branding;
  };
  /** Remove the logo. */
  "DELETE /admin/v1/branding/logo": {
    data: Branding;
  };
  /** Set the operator's endpoint. */
  "PUT /admin/v1/webhook": {
    body: PutOperatorWebhook;
    data: OperatorWebhookSet;
  };
  /** Get the operator's endpoint. */
  "GET /admin/v1/webhook": {
    data: OperatorWebhook;
  };
  /** Remove the operator's endpoint, its secret and what waits for it. */
  "DELETE /admin/v1/webhook": {
    data: WebhookDeleted;
  };
  /** Rotate the operator's signing secret. */
  "POST /admin/v1/webhook/rotate": {
    data: OperatorWebhookRotated;
  };
  /** Test the operator's endpoint. */
  "POST /admin/v1/webhook/test": {
    data: WebhookTest;
  };
}
