/** Operations of the OpenAI-compatible surface (contract section 8), with its own errors in place of the envelope. */
import * as z from "zod";
import { VideoListParameters } from "../../src/schemas/openai-videos.ts";
import type { Operation, RawResponse } from "../operation.ts";
import { BINARY } from "../parts.ts";

const ErrorBody = () =>
  z
    .object({
      error: z
        .object({
          message: z.string().describe("What is wrong, and what is accepted."),
          type: z
            .string()
            .describe("`invalid_request_error`, `rate_limit_error`, `insufficient_quota` or `server_error`."),
          code: z.string().describe("The error: see the statuses of each operation."),
          param: z.string().nullable().describe("The wrong field, under OpenAI's name; null if it is none."),
        })
        .describe("The error."),
    })
    .meta({ id: "OpenAiError" });

const Model = () =>
  z
    .object({
      id: z.string().describe("Alias of the model."),
      object: z.literal("model").describe("Always `model`."),
      created: z.int().describe("Always the same time, in seconds since epoch."),
      owned_by: z.string().describe("Always `paddock`."),
      name: z.string().describe("The model's name in the tenant API; requests accept both."),
    })
    .meta({ id: "OpenAiModel" });

const Images = () =>
  z
    .object({
      created: z.int().describe("Time of the request, in seconds since epoch."),
      data: z
        .array(
          z.object({
            b64_json: z.string().optional().describe("The image as base64, unless `response_format` is `url`."),
            url: z.string().optional().describe("The stable URL, unless `response_format` is `b64_json`."),
          }),
        )
        .describe("The images; fewer than `n` if some of them failed."),
    })
    .meta({ id: "OpenAiImages" });

const Video = () =>
  z
    .object({
      id: z.string().describe("`video_` and the `taskId`."),
      object: z.literal("video").describe("Always `video`."),
      model: z.string().describe("Alias of the model."),
      status: z.enum(["queued", "in_progress", "completed", "failed"]).describe("State of the video."),
      progress: z.int().describe("Percentage; never decreases."),
      created_at: z.int().describe("Time of the request, in seconds since epoch."),
      completed_at: z.int().nullable().describe("Time of completion, in seconds since epoch; null before."),
      expires_at: z.null().describe("Always null: the tenant's retention applies."),
      prompt: z.string().nullable().describe("The prompt."),
      seconds: z.string().describe("Duration in seconds."),
      size: z.string().describe("`1280x720` or `720x1280`."),
      remixed_from_video_id: z.null().describe("Always null."),
      error: z
        .object({
          code: z.string().describe("`generation_failed` or `cancelled`."),
          message: z.string().describe("Reason of the failure."),
        })
        .nullable()
        .describe("Why it failed; null otherwise."),
    })
    .meta({ id: "OpenAiVideo" });

const common = () => ({
  prompt: z.string().describe("What to generate."),
  seed: z.int().optional().describe("Random seed; a field of the gateway."),
  metadata: z.record(z.string(), z.string()).optional().describe("String pairs of your own; a field of the gateway."),
});
const imageFields = () => ({
  ...common(),
  model: z.string().optional().describe("`nano-banana-2`, which is the default."),
  n: z.int().min(1).max(4).optional().describe("Number of images."),
  size: z.string().optional().describe("`auto`, pixels such as `1792x1024`, `1K`, `2K`, `4K`, `16:9` or `9:16`."),
  quality: z
    .enum(["low", "medium", "high", "hd", "auto", "standard"])
    .optional()
    .describe("50, 80, 100, 100, not sent."),
  response_format: z.enum(["b64_json", "url"]).optional().describe("Both, if left out."),
});
const reference = () =>
  z.union([
    z.string().describe("A URL, a `data:` URI or a `fileId`."),
    z.object({ image_url: z.string().describe("A URL or a `data:` URI.") }),
    z.object({ file_id: z.string().describe("The `fileId` of an upload.") }),
  ]);
const file = () => z.any().meta({ type: "string", format: "binary", description: "An image of up to 30 MiB." });

const PROMPT = "a cute orange cat sitting on a windowsill";
const json = (schema: z.ZodType, example: unknown) => ({ "application/json": { schema, example } });
const forms = (schema: z.ZodType, example: object, form: z.ZodType, formExample: object) => ({
  "application/json": { schema, example },
  "multipart/form-data": { schema: form, example: formExample },
});

const VIDEO_REQUEST = { model: "seedance-2.0", prompt: PROMPT, seconds: "4" };
const VIDEO_EXAMPLE = {
  ...{ id: "video_230612834934784", object: "video", model: "seedance-2.0", status: "queued", progress: 0 },
  ...{
    created_at: 1_795_392_000,
    completed_at: null,
    expires_at: null,
    prompt: PROMPT,
    seconds: "4",
    size: "720x1280",
  },
  ...{ remixed_from_video_id: null, error: null },
};
const MODEL_EXAMPLE = {
  ...{
    id: "nano-banana-2",
    object: "model",
    created: 1_767_225_600,
    owned_by: "paddock",
    name: "Imagen Nano Banana 2",
  },
};

/** Errors by status: the codes and their meaning. */
const ERRORS: Readonly<Record<number, string>> = {
  400: "`invalid_request`, `invalid_size`: `param` names the field",
  401: "`invalid_api_key`",
  402: "`insufficient_quota`: the tenant's credits do not cover it",
  403: "`permission_denied`",
  404: "`not_found`, `model_not_found`",
  409: "`conflict`: the video is not finished",
  413: "`invalid_request`: the body is too large",
  422: "`generation_failed`, `moderation_blocked`, `idempotency_error`",
  429: "`rate_limit_exceeded`",
  503: "`server_busy`",
  504: "`timeout`: the task goes on, and the message contains its id",
};
const ALWAYS = [401, 403, 429, 503];
const SUBMISSION = [400, 402, 404, 413, 422];

function errors(...statuses: number[]): RawResponse[] {
  return [...ALWAYS, ...statuses]
    .sort((a, b) => a - b)
    .map((status) => ({
      status,
      description: ERRORS[status] ?? "",
      content: { "application/json": { schema: ErrorBody() } },
      headers: status === 429 || status === 503 ? ["Retry-After"] : [],
    }));
}

const IDEMPOTENCY =
  'The `openai` package sends an idempotency key only with `Object.assign(client, { idempotencyHeader: "Idempotency-Key" })`; the key is bound to the ' +
  "fields and the bytes of files. `x-should-retry: false` marks errors after which a repetition would make a second task.";

/** Returns the operations under `/v1`. */
export function openAiOperations(): Operation[] {
  const base = { tag: "OpenAI-compatible", ownErrors: true } as const;
  const images = (id: string, path: string) => ({ ...base, id, path, method: "post", scope: "generate" }) as const;
  const imageResponse = (): RawResponse[] => [
    {
      description: "The images",
      content: json(Images(), { created: 1_795_392_000, data: [{ url: "https://gateway.example/files/…/0.png" }] }),
      headers: ["Idempotent-Replayed"],
    },
    ...errors(...SUBMISSION, 504),
  ];
  const image = z.object(imageFields()).meta({ id: "OpenAiImageRequest" });
  const edit = z
    .object({ ...imageFields(), images: z.array(reference()).max(5).describe("The images to start from.") })
    .meta({ id: "OpenAiEditRequest" });
  const editForm = z
    .object({ ...imageFields(), image: z.array(file()).max(5).describe("The images to start from.") })
    .meta({ id: "OpenAiEditForm" });
  const videoFields = {
    ...common(),
    model: z.string().optional().describe("`seedance-2.0`, which is the default."),
    seconds: z.union([z.string(), z.int()]).optional().describe("Duration from 4 to 15; 4 if left out."),
    size: z.enum(["720x1280", "1280x720"]).optional().describe("`720x1280` if left out."),
  };
  const video = z
    .object({ ...videoFields, input_reference: reference().optional().describe("An image to start from.") })
    .meta({ id: "OpenAiVideoRequest" });
  const videoForm = z.object({ ...videoFields, input_reference: file().optional() }).meta({ id: "OpenAiVideoForm" });
  const oneVideo = (...statuses: number[]): RawResponse[] => [
    { description: "The video", content: json(Video(), VIDEO_EXAMPLE) },
    ...errors(...statuses),
  ];
  return [
    {
      ...images("createOpenAiImage", "/v1/images/generations"),
      summary: "Create images",
      description:
        "Responds when the images are finished. The gateway waits 2 s less than `X-Stainless-Timeout`, or up to 120 s. " +
        IDEMPOTENCY,
      audience: "any-credential",
      headers: ["imageIdempotencyKey"],
      body: {
        content: json(image, { model: "nano-banana-2", prompt: PROMPT, size: "1792x1024", response_format: "url" }),
      },
      response: imageResponse(),
    },
    {
      ...images("createOpenAiImageEdit", "/v1/images/edits"),
      summary: "Create images from images",
      description: `Like \`/v1/images/generations\`, with up to 5 references. Files of a form become uploads of the tenant, which needs the scope \`files\`. ${IDEMPOTENCY}`,
      audience: "any-credential",
      headers: ["editIdempotencyKey"],
      body: {
        content: forms(edit, { prompt: PROMPT, images: [{ image_url: "https://example.com/cat.png" }] }, editForm, {
          prompt: PROMPT,
          image: ["cat.png"],
        }),
      },
      response: imageResponse(),
    },
    {
      ...images("createOpenAiVideo", "/v1/videos"),
      summary: "Create a video",
      description: `Returns at once. ${IDEMPOTENCY}`,
      audience: "any-credential",
      headers: ["videoIdempotencyKey"],
      body: { content: forms(video, VIDEO_REQUEST, videoForm, { ...VIDEO_REQUEST, input_reference: "cat.png" }) },
      response: oneVideo(...SUBMISSION),
    },
    {
      ...base,
      ...{ id: "listOpenAiVideos", method: "get", path: "/v1/videos", scope: "read", audience: "key-or-token" },
      summary: "List videos",
      query: VideoListParameters(),
      response: [
        {
          description: "A page of videos",
          content: json(
            z
              .object({
                object: z.literal("list").describe("Always `list`."),
                data: z.array(Video()).describe("The videos."),
                first_id: z.string().nullable().describe("Id of the first video; null on an empty page."),
                last_id: z.string().nullable().describe("Id of the last video; null on an empty page."),
                has_more: z.boolean().describe("True if there is another page."),
              })
              .meta({ id: "OpenAiVideoList" }),
            {
              object: "list",
              data: [VIDEO_EXAMPLE],
              first_id: VIDEO_EXAMPLE.id,
              last_id: VIDEO_EXAMPLE.id,
              has_more: false,
            },
          ),
        },
        ...errors(400),
      ],
    },
    {
      ...base,
      ...{ id: "getOpenAiVideo", method: "get", path: "/v1/videos/{id}", scope: "read", audience: "any-credential" },
      summary: "Get a video",
      response: oneVideo(404),
    },
    {
      ...base,
      ...{ id: "getOpenAiVideoContent", method: "get", path: "/v1/videos/{id}/content", scope: "read" },
      audience: "any-credential",
      summary: "Download a video",
      description: "404 until the video is completed.",
      query: z.object({ variant: z.enum(["video", "thumbnail"]).default("video").describe("The file.") }),
      headers: ["range", "ifNoneMatch"],
      response: [
        {
          description: "The file",
          content: { "video/*": BINARY },
          headers: ["ETag"],
        },
        { status: 206, description: "The requested range", headers: ["Content-Range", "ETag"] },
        { status: 304, description: "Not modified", headers: ["ETag"] },
        { status: 416, description: "The range is outside the file", headers: ["Content-Range"] },
        ...errors(400, 404),
      ],
    },
    {
      ...base,
      ...{ id: "deleteOpenAiVideo", method: "delete", path: "/v1/videos/{id}", scope: "generate" },
      audience: "key-or-token",
      summary: "Delete a finished video",
      response: [
        {
          description: "The video was deleted",
          content: json(
            z
              .object({
                id: z.string().describe("Id of the video."),
                object: z.literal("video.deleted").describe("Always `video.deleted`."),
                deleted: z.literal(true).describe("Always true."),
              })
              .meta({ id: "OpenAiDeletedVideo" }),
            { id: VIDEO_EXAMPLE.id, object: "video.deleted", deleted: true },
          ),
        },
        ...errors(404, 409),
      ],
    },
    {
      ...base,
      ...{ id: "listOpenAiModels", method: "get", path: "/v1/models", scope: "read", audience: "key-or-token" },
      summary: "List models",
      response: [
        {
          description: "The models that the credential may use",
          content: json(
            z
              .object({
                object: z.literal("list").describe("Always `list`."),
                data: z.array(Model()).describe("The models."),
              })
              .meta({ id: "OpenAiModelList" }),
            { object: "list", data: [MODEL_EXAMPLE] },
          ),
        },
        ...errors(),
      ],
    },
    {
      ...base,
      ...{ id: "getOpenAiModel", method: "get", path: "/v1/models/{model}", scope: "read", audience: "key-or-token" },
      summary: "Get a model",
      response: [{ description: "The model", content: json(Model(), MODEL_EXAMPLE) }, ...errors(404)],
    },
  ];
}
