/** The image model of the AI SDK. */
import { APICallError, type ImageModelV4, type SharedV4Warning } from "@ai-sdk/provider";
import { type GenerateRequest, hasEnded, type ImageRequest, TASK_STATUS, type TaskResult } from "paddock-client";
import type { Connection } from "./connection.ts";
import { apiCallError, failureOf, generationFailed } from "./errors.ts";
import { imageShape, isAspectRatio } from "./image-size.ts";
import { fileMetadata, taskMetadata } from "./metadata.ts";
import { modelName } from "./models.ts";
import { nativeFields, taskNameOf, withNativeReferences } from "./options.ts";
import { uploadReferences } from "./references.ts";
import { type Prepared, Submissions } from "./submissions.ts";

type Options = Parameters<ImageModelV4["doGenerate"]>[0];
type Result = Awaited<ReturnType<ImageModelV4["doGenerate"]>>;

/** The most images of one task. */
const MAX_IMAGES = 4;
/** The copy is not there yet, or the way to it is blocked for a moment. */
const NOT_YET: ReadonlySet<number> = new Set([202, 429, 500, 502, 503, 504]);

/** Generates images, waits for them and reads their bytes. */
export class PaddockImageModel implements ImageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "paddock.image";
  readonly maxImagesPerCall = MAX_IMAGES;
  readonly supportsFileInputs = true;
  readonly supportsMaskInputs = false;
  readonly modelId: string;
  readonly #name: string;
  readonly #connection: Connection;
  readonly #submissions = new Submissions();

  /** @throws NoSuchModelError for the name of a video model */
  constructor(modelId: string, connection: Connection) {
    this.modelId = modelId;
    this.#name = modelName(modelId, "imageModel");
    this.#connection = connection;
  }

  /** Returns the images' bytes. @throws APICallError, or the signal's reason */
  async doGenerate(options: Options): Promise<Result> {
    const session = this.#connection.open(options.headers);
    const { abortSignal: signal } = options;
    const url = `${this.#connection.baseUrl}/api/v1/task/generate`;
    const { fields, warnings } = mapped(options);
    const prepare = async (): Promise<GenerateRequest> => {
      const uploaded = await uploadReferences(session.client, options.files ?? [], signal).catch((error) => {
        throw apiCallError(error, { url: `${this.#connection.baseUrl}/api/v1/files`, request: {} });
      });
      const references = withNativeReferences(uploaded, options.providerOptions);
      return {
        model: this.#name,
        taskName: taskNameOf(options.prompt),
        type: references.refImageUrls ? "img_txt" : "txt",
        prompt: options.prompt ?? "",
        imageCount: options.n,
        ...fields,
        ...nativeFields(options.providerOptions),
        ...references,
      } as ImageRequest;
    };
    return this.#submissions.run(options, prepare, async (prepared) => {
      const { task, headers } = await this.#finished(session, prepared, signal).catch((error) => {
        throw apiCallError(error, { url, request: prepared.request });
      });
      const files = task.results.filter(({ fileUrl }) => fileUrl !== null);
      if (task.taskStatus !== TASK_STATUS.completed || files.length === 0) {
        throw generationFailed(task, { url, request: prepared.request });
      }
      const lost = task.results.length - files.length;
      if (lost > 0) {
        const message = `${lost} of ${task.results.length} images failed: ${failureOf(task)}`;
        warnings.push({ type: "other", message });
      }
      return {
        images: await Promise.all(files.map((file) => this.#bytes(file, signal))),
        warnings,
        providerMetadata: {
          paddock: { ...taskMetadata(task), images: files.map((file) => fileMetadata(task, file)) },
        },
        response: { timestamp: new Date(), modelId: this.modelId, headers },
      };
    });
  }

  async #finished(
    session: ReturnType<Connection["open"]>,
    { request, idempotencyKey }: Prepared,
    signal: AbortSignal | undefined,
  ) {
    const submitted = await session.client.generate(request, { idempotencyKey, signal });
    const headers = session.headers();
    const task =
      submitted.task && hasEnded(submitted.task)
        ? submitted.task
        : await session.client.wait(submitted.taskId, { signal });
    return { task, headers };
  }

  async #bytes({ fileUrl }: TaskResult, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const url = fileUrl ?? "";
    let status: number | undefined;
    let cause: unknown;
    try {
      const response = await this.#connection.fetch(url, signal ? { signal } : {});
      if (response.status === 200) return new Uint8Array(await response.arrayBuffer());
      status = response.status;
      await response.body?.cancel();
    } catch (error) {
      signal?.throwIfAborted();
      cause = error;
    }
    throw new APICallError({
      message: `The image cannot be read${status ? ` (HTTP ${status})` : ""}`,
      url,
      requestBodyValues: {},
      ...(status ? { statusCode: status } : {}),
      // A retry finds the same task, which is paid once.
      isRetryable: status === undefined || NOT_YET.has(status),
      cause,
    });
  }
}

/** Maps the SDK's parameters, and warns of those that the upstream does not have. */
function mapped({ size, aspectRatio, seed, mask }: Options): {
  fields: Partial<ImageRequest>;
  warnings: SharedV4Warning[];
} {
  const warnings: SharedV4Warning[] = [];
  const unsupported = (feature: string, details: string) => warnings.push({ type: "unsupported", feature, details });
  const shape = size === undefined ? {} : imageShape(size);
  if (shape === null) {
    unsupported(
      "size",
      `${size} is not sent: use 1024x1024, 2048x2048, 4096x4096, or a size of the shape 16:9 or 9:16`,
    );
  }
  const ratio = aspectRatio !== undefined && isAspectRatio(aspectRatio) ? { aspectRatio } : {};
  if (aspectRatio !== undefined && !isAspectRatio(aspectRatio)) {
    unsupported("aspectRatio", `${aspectRatio} is not sent: use 16:9 or 9:16`);
  }
  if (mask !== undefined) unsupported("mask", "the whole image is edited");
  return { fields: { ...shape, ...ratio, ...(seed === undefined ? {} : { seed }) }, warnings };
}
