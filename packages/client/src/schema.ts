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
  /** Time of creation, as the upstream returns it. */
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
