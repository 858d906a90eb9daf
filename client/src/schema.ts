/**
 * Requests and answers of the gateway. Made from its zod schemas by scripts/client-types.ts: change those, not this file.
 */

export interface ImageRequest {
  /** Name of the model. */
  model: "Imagen Nano Banana 2";
  /** A name for the task. */
  taskName: string;
  /** Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt`, `img_vid_aud_txt`, as the model allows. */
  type: "txt" | "img_txt";
  /** What to generate. */
  prompt: string;
  /** Quality, 50–100. */
  quality?: number | null | undefined;
  /** Random seed, −1 to 2^63 − 1; −1 is random. */
  seed?: number | bigint | null | undefined;
  /** URLs of reference images, at most 5. */
  refImageUrls?: readonly string[] | null | undefined;
  /** Up to 16 string pairs of your own (keys ≤ 40, values ≤ 500 characters), returned with the task. */
  metadata?: Record<string, string> | null | undefined;
  /** Where to send this task's webhook, instead of the tenant's endpoint. */
  webhookUrl?: string | null | undefined;
  /** Aspect ratio. */
  aspectRatio?: "16:9" | "9:16" | null | undefined;
  /** Number of images. */
  imageCount?: number | null | undefined;
  /** Size of the image; upper or lower case. */
  size?: "1K" | "1k" | "2K" | "2k" | "4K" | "4k" | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface VideoRequest {
  /** Name of the model. */
  model: "Seedance 2.0";
  /** A name for the task. */
  taskName: string;
  /** Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt`, `img_vid_aud_txt`, as the model allows. */
  type: "img_txt" | "img_vid_txt" | "img_aud_txt" | "img_vid_aud_txt";
  /** What to generate. */
  prompt: string;
  /** Quality, 50–100. */
  quality?: number | null | undefined;
  /** Random seed, −1 to 2^63 − 1; −1 is random. */
  seed?: number | bigint | null | undefined;
  /** URLs of reference images, at most 5. */
  refImageUrls?: readonly string[] | null | undefined;
  /** Up to 16 string pairs of your own (keys ≤ 40, values ≤ 500 characters), returned with the task. */
  metadata?: Record<string, string> | null | undefined;
  /** Where to send this task's webhook, instead of the tenant's endpoint. */
  webhookUrl?: string | null | undefined;
  /** Resolution of the video. */
  resolution?: "720p" | null | undefined;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Whether the video gets audio; true if left out. */
  generateAudio?: boolean | null | undefined;
  /** URLs of reference videos, at most 5. */
  refVideoUrls?: readonly string[] | null | undefined;
  /** URLs of reference audio, at most 5. */
  refAudioUrls?: readonly string[] | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface ClientTokenRequest {
  /** How long it works: up to a day, an hour if left out. */
  expiresInSeconds?: number | null | undefined;
  /** Whose token it is: it sees this end user's tasks; null: only its own. */
  endUser?: string | null | undefined;
  /** How many tasks it may make; null: no bound. */
  maxTasks?: number | null | undefined;
  /** What its tasks may cost together; null: no bound. */
  maxCredits?: number | null | undefined;
  /** Models that it may ask for; null: its key's. */
  models?: readonly ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null | undefined;
  /** Origins (`https://app.example`) from which it works; null: its key's, and if there are none it works anywhere. */
  allowedOrigins?: readonly string[] | null | undefined;
}

export type GenerateRequest = ImageRequest | VideoRequest;

export interface TaskResult {
  /** Stable URL of the file; null for one that failed. */
  fileUrl: string | null;
  /** Stable URL of the thumbnail, or null. */
  thumbnailUrl: string | null;
  /** Whether the file is safe in the gateway's storage. */
  mirrored: boolean;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Width in pixels. */
  width?: number | null | undefined;
  /** Height in pixels. */
  height?: number | null | undefined;
  /** 0 pending, 1 success, 2 failed. */
  subStatus?: number | null | undefined;
  /** Why this one failed. */
  failReason?: string | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface Task {
  /** Names the task: a JSON number of at most 2^53 − 1. */
  taskId: number;
  /** 32 hex digits, unique. */
  taskNo: string;
  /** A name for the task. */
  taskName?: string | null | undefined;
  /** 0 queuing, 1 generating, 2 completed, 3 failed, 4 under safety review, 5 cancelled. */
  taskStatus: number;
  /** 1 video, 2 image. */
  taskType: number;
  /** 0–100; never goes backwards. */
  progress: number;
  /** Why the task failed; empty otherwise. */
  failReason: string;
  /** One entry a result. */
  results: TaskResult[];
  /** Up to 16 string pairs of your own (keys ≤ 40, values ≤ 500 characters), returned with the task. */
  metadata: Record<string, string>;
  /** The price in credits. */
  estimatedCredits: number;
  /** When the task was made, as the upstream says it. */
  createTime: string;
  /** The upstream's number of the model. */
  modelId?: number | null | undefined;
  /** Generation method, as `type` of the request. */
  genMethod?: string | null | undefined;
  /** What to generate. */
  prompt?: string | null | undefined;
  /** Negative prompt. */
  negativePrompt?: string | null | undefined;
  /** Resolution of the video. */
  resolution?: string | null | undefined;
  /** Duration of the video in seconds. */
  durationSeconds?: number | null | undefined;
  /** Aspect ratio. */
  aspectRatio?: string | null | undefined;
  /** Number of images. */
  imageCount?: number | null | undefined;
  /** Size of the image; upper or lower case. */
  size?: string | null | undefined;
  /** Quality, 50–100. */
  quality?: number | null | undefined;
  /** Random seed, −1 to 2^63 − 1; −1 is random. */
  seed?: number | bigint | null | undefined;
  /** Whether the video gets audio; true if left out. */
  generateAudio?: boolean | null | undefined;
  /** URLs of reference images, at most 5. */
  refImageUrls?: string[] | null | undefined;
  /** URLs of reference videos, at most 5. */
  refVideoUrls?: string[] | null | undefined;
  /** URLs of reference audio, at most 5. */
  refAudioUrls?: string[] | null | undefined;
  /** Images in all. */
  subTaskTotal?: number | null | undefined;
  /** Images done. */
  subTaskDone?: number | null | undefined;
  /** What the gateway passes through. */
  [name: string]: unknown;
}

export interface Submission {
  /** Names the task: a JSON number of at most 2^53 − 1. */
  taskId: number;
  /** 32 hex digits, unique. */
  taskNo: string;
  /** The price in credits. */
  estimatedCredits: number;
  /** The stable URLs the outputs will have, in order. */
  resultUrls: string[];
  task?: Task | undefined;
}

export interface Estimate {
  /** The price in credits. */
  estimatedCredits: number;
  /** Whether a submission now would be let through. */
  affordable: boolean;
}

export interface UploadedFile {
  /** Names the upload. */
  fileId: string;
  /** Where it is. */
  url: string;
  /** What the content is, whatever was claimed. */
  contentType: string;
  /** Size in bytes. */
  bytes: number;
  /** When it stops working. */
  expiresAt: string;
}

export interface Account {
  /** Names the tenant. */
  tenantId: string;
  /** A name for people. */
  name: string;
  /** State. */
  status: "active" | "suspended";
  /** `prepaid` tenants spend what they have; `unmetered` ones may go below zero. */
  billing: "unmetered" | "prepaid";
  /** Credits: the sum of the ledger. */
  balance: number;
  /** Tasks that have not ended. */
  runningTasks: number;
  /** What the tenant may. */
  limits: {
    /** Requests a minute. */
    requestsPerMinute: number;
    /** How many tasks may run at once. */
    concurrentTasks: number;
    /** Most credits in a calendar month (UTC); null: no cap. */
    monthlyCredits: number | null;
    /** Models that may be used; null: all. */
    models: ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null;
    /** Falling below this sends `credits.low`; null: never. */
    lowBalance: number | null;
    /** Age in days at which tasks and files are deleted; 0: never. */
    retentionDays: number;
  };
  /** This month so far. */
  usage: {
    /** The calendar month (UTC). */
    month: string;
    /** Tasks. */
    tasks: number;
    /** Credits. */
    credits: number;
  };
  /** The key that asks. */
  key: {
    /** Names the key; never changes. */
    keyId: string;
    /** A name for people. */
    name: string;
    /** What it may do. */
    scopes: ("generate" | "read" | "files" | "tokens" | "webhooks")[];
    /** Models that may be used; null: all. */
    models: ("Imagen Nano Banana 2" | "Seedance 2.0")[] | null;
    /** Requests a minute. */
    requestsPerMinute: number | null;
    /** Most credits in a calendar month (UTC); null: no cap. */
    monthlyCredits: number | null;
    /** What this key has spent this month. */
    monthCredits: number;
    /** When it stops working; null: never. */
    expiresAt: string | null;
  };
}

export interface Usage {
  /** What the rows are by. */
  groupBy: "day" | "model" | "key" | "endUser";
  /** From this moment on. */
  from: string;
  /** Up to this moment. */
  to: string;
  /** One row a group. */
  rows: {
    /** A day (UTC). */
    day?: string | undefined;
    /** Name of the model. */
    model?: string | undefined;
    /** A keyId. */
    key?: string | undefined;
    /** The key's name. */
    keyName?: string | null | undefined;
    /** The end user of the client token; null without one. */
    endUser?: string | null | undefined;
    /** Tasks. */
    tasks: number;
    /** Credits. */
    credits: number;
    /** Tasks that completed. */
    completed: number;
    /** Tasks that failed. */
    failed: number;
    /** Tasks that were cancelled. */
    cancelled: number;
    /** Tasks that have not ended. */
    running: number;
  }[];
  /** `cursor` of the next page; null at the end. */
  nextCursor: string | null;
}

export interface Models {
  /** What can be asked for. */
  models: {
    /** Name of the model, as in `model` of a request. */
    name: "Imagen Nano Banana 2" | "Seedance 2.0";
    /** `image` or `video`. */
    medium: "image" | "video";
    /** Generation methods. */
    types: string[];
    /** What a request may have, and its ranges. */
    parameters: Record<string, Record<string, unknown>>;
    /** Prices: a rule applies to every request that has all the values it names. */
    prices: {
      /** Generation method: `txt`, `img_txt`, `img_vid_txt`, `img_aud_txt`, `img_vid_aud_txt`, as the model allows. */
      type?: string | null | undefined;
      /** Resolution of the video. */
      resolution?: string | null | undefined;
      /** Duration of the video in seconds. */
      durationSeconds?: number | null | undefined;
      /** Number of images. */
      imageCount?: number | null | undefined;
      /** Size of the image; upper or lower case. */
      size?: string | null | undefined;
      /** Quality, 50–100. */
      quality?: number | null | undefined;
      /** Whether the video gets audio; true if left out. */
      generateAudio?: boolean | null | undefined;
      /** Credits. */
      credits: number;
      /** Whether this is charged whatever the upstream asks (a price list), or was the upstream's price last time. */
      final: boolean;
    }[];
  }[];
  /** What is held for a request whose price nobody knows yet. */
  defaultHoldCredits: number;
}

export interface ClientToken {
  /** The token: safe to hand to a browser. */
  token: string;
  /** When it stops working. */
  expiresAt: string;
}
