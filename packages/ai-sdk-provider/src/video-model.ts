/** The video model of the AI SDK. */
import type { JSONValue, SharedV4Warning, Experimental_VideoModelV4 as VideoModelV4 } from "@ai-sdk/provider";
import { type GenerateRequest, hasEnded, TASK_STATUS, type Task, type VideoRequest } from "paddock-client";
import type { Connection, Session } from "./connection.ts";
import { apiCallError, failureOf, generationFailed } from "./errors.ts";
import { isAspectRatio } from "./image-size.ts";
import { fileMetadata, taskMetadata } from "./metadata.ts";
import { modelName } from "./models.ts";
import { nativeFields, type References, taskNameOf, withNativeReferences } from "./options.ts";
import { type ReferenceFile, uploadReferences } from "./references.ts";
import { Submissions } from "./submissions.ts";

type Generate = NonNullable<VideoModelV4["doGenerate"]>;
type Start = NonNullable<VideoModelV4["doStart"]>;
type Status = NonNullable<VideoModelV4["doStatus"]>;
type Options = Parameters<Start>[0];
type Generated = Awaited<ReturnType<Generate>>;
type Webhook = Parameters<NonNullable<VideoModelV4["handleWebhookOption"]>>[0];

/** Sizes of the one resolution that the upstream makes. */
const SIZES: Readonly<Record<string, Partial<VideoRequest>>> = {
  "1280x720": { resolution: "720p", aspectRatio: "16:9" },
  "720x1280": { resolution: "720p", aspectRatio: "9:16" },
};

/** Generates videos: in one call, or by start and status, with polling or a webhook between them. */
export class PaddockVideoModel implements VideoModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "paddock.video";
  readonly maxVideosPerCall = 1;
  readonly modelId: string;
  readonly #name: string;
  readonly #connection: Connection;
  readonly #submissions = new Submissions();

  /** @throws NoSuchModelError for the name of an image model */
  constructor(modelId: string, connection: Connection) {
    this.modelId = modelId;
    this.#name = modelName(modelId, "videoModel");
    this.#connection = connection;
  }

  /** Returns the video's stable URL once it is made. @throws APICallError, or the signal's reason */
  async doGenerate(options: Parameters<Generate>[0]): Promise<Generated> {
    return this.#submit(options, async ({ session, request, taskId, warnings, headers }) => {
      const task = await session.client.wait(taskId, { signal: options.abortSignal });
      if (!isMade(task)) throw generationFailed(task, { url: this.#url("task/generate"), request });
      return { ...made(task), warnings, response: this.#response(headers) };
    });
  }

  /** Starts a video. @returns its operation, `{taskId}` @throws APICallError, or the signal's reason */
  async doStart(options: Options): Promise<Awaited<ReturnType<Start>>> {
    return this.#submit(options, async ({ taskId, metadata, warnings, headers }) => ({
      operation: { taskId },
      warnings,
      providerMetadata: { paddock: metadata },
      response: this.#response(headers),
    }));
  }

  /** Returns the state of a started video. @throws APICallError, or the signal's reason */
  async doStatus({ operation, abortSignal, headers }: Parameters<Status>[0]): Promise<Awaited<ReturnType<Status>>> {
    const taskId = taskIdOf(operation);
    const session = this.#connection.open(headers);
    const task = await session.client.query(taskId, { signal: abortSignal }).catch((error) => {
      throw apiCallError(error, { url: this.#url(`query/${taskId}`), request: {} });
    });
    const response = this.#response(session.headers());
    const providerMetadata = { paddock: taskMetadata(task) };
    if (!hasEnded(task)) return { status: "pending", providerMetadata, response };
    if (!isMade(task)) return { status: "error", error: failureOf(task), providerMetadata, response };
    return { status: "completed", ...made(task), warnings: [], response };
  }

  /** Accepts the SDK's webhook: the gateway sends the task's end to its URL. */
  async handleWebhookOption({ webhook }: Webhook): Promise<{
    webhookUrl: string;
    received: Awaited<ReturnType<Webhook["webhook"]>>["received"];
  }> {
    const { url, received } = await webhook();
    return { webhookUrl: url, received };
  }

  async #submit<T>(options: Options, use: (submitted: Submitted) => Promise<T>): Promise<T> {
    const session = this.#connection.open(options.headers);
    const { fields, files, warnings } = mapped(options);
    const signal = options.abortSignal;
    const prepare = async (): Promise<GenerateRequest> => {
      const uploaded = await uploadReferences(session.client, files, signal).catch((error) => {
        throw apiCallError(error, { url: this.#url("files"), request: {} });
      });
      const references = withNativeReferences(uploaded, options.providerOptions);
      return {
        model: this.#name,
        taskName: taskNameOf(options.prompt),
        type: methodFor(references),
        prompt: options.prompt ?? "",
        ...fields,
        ...nativeFields(options.providerOptions),
        ...references,
        ...(options.webhookUrl === undefined ? {} : { webhookUrl: options.webhookUrl }),
      } as VideoRequest;
    };
    return this.#submissions.run(options, prepare, async ({ request, idempotencyKey }) => {
      try {
        const submission = await session.client.generate(request, { idempotencyKey, signal });
        const { taskId } = submission;
        const metadata = taskMetadata(submission);
        return await use({ session, request, taskId, metadata, warnings, headers: session.headers() });
      } catch (error) {
        throw apiCallError(error, { url: this.#url("task/generate"), request });
      }
    });
  }

  #url(path: string): string {
    return `${this.#connection.baseUrl}/api/v1/${path}`;
  }

  #response(headers: Record<string, string> | undefined): Generated["response"] {
    return { timestamp: new Date(), modelId: this.modelId, headers };
  }
}

/** An accepted submission. */
interface Submitted {
  readonly session: Session;
  readonly request: GenerateRequest;
  readonly taskId: number;
  readonly metadata: ReturnType<typeof taskMetadata>;
  readonly warnings: SharedV4Warning[];
  readonly headers: ReturnType<Session["headers"]>;
}

function isMade(task: Task): boolean {
  return task.taskStatus === TASK_STATUS.completed && task.results.some(({ fileUrl }) => fileUrl !== null);
}

function made(task: Task): Pick<Generated, "videos" | "providerMetadata"> {
  const files = task.results.filter(({ fileUrl }) => fileUrl !== null);
  return {
    videos: files.map(({ fileUrl }) => ({ type: "url", url: fileUrl ?? "", mediaType: "video/mp4" })),
    providerMetadata: { paddock: { ...taskMetadata(task), videos: files.map((file) => fileMetadata(task, file)) } },
  };
}

function taskIdOf(operation: JSONValue): number {
  const taskId = typeof operation === "object" && operation !== null && "taskId" in operation ? operation.taskId : null;
  if (!Number.isSafeInteger(taskId)) throw new TypeError("the operation is not one that doStart returned");
  return taskId as number;
}

function methodFor({ refVideoUrls, refAudioUrls }: Partial<References>): VideoRequest["type"] {
  if (refVideoUrls) return refAudioUrls ? "img_vid_aud_txt" : "img_vid_txt";
  return refAudioUrls ? "img_aud_txt" : "img_txt";
}

/** Maps the SDK's parameters, and warns of those that the upstream does not have. */
function mapped(options: Options): {
  fields: Partial<VideoRequest>;
  files: ReferenceFile[];
  warnings: SharedV4Warning[];
} {
  const { aspectRatio, resolution, duration, fps, seed, generateAudio, image, frameImages, inputReferences } = options;
  const warnings: SharedV4Warning[] = [];
  const unsupported = (feature: string, details: string) => warnings.push({ type: "unsupported", feature, details });
  const size = resolution === undefined || !Object.hasOwn(SIZES, resolution) ? {} : SIZES[resolution];
  if (resolution !== undefined && size?.resolution === undefined) {
    unsupported("resolution", `${resolution} is not sent: use 1280x720 or 720x1280`);
  }
  const ratio = aspectRatio !== undefined && isAspectRatio(aspectRatio) ? { aspectRatio } : {};
  // Without an aspect ratio the upstream adapts to the references.
  if (aspectRatio !== undefined && aspectRatio !== "adaptive" && !isAspectRatio(aspectRatio)) {
    unsupported("aspectRatio", `${aspectRatio} is not sent: use 16:9 or 9:16`);
  }
  if (fps !== undefined) unsupported("fps", "the upstream chooses the frame rate");
  if (frameImages?.some(({ frameType }) => frameType === "last_frame")) {
    unsupported("frameImages", "the last frame is not sent: references have no place in the video");
  }
  return {
    fields: {
      ...size,
      ...ratio,
      ...(duration === undefined ? {} : { durationSeconds: duration }),
      ...(seed === undefined ? {} : { seed }),
      ...(generateAudio === undefined ? {} : { generateAudio }),
    },
    // `image` is the first frame, if frames are given.
    files: [...(image ? [image] : []), ...(inputReferences ?? [])],
    warnings,
  };
}
