/** Operations on videos of the OpenAI-compatible surface (contract section 8). */
import * as z from "zod";
import { VideoListParameters } from "../../src/schemas/openai-videos.ts";
import type { Operation, RawResponse } from "../operation.ts";
import { BINARY } from "../parts.ts";
import { BASE, common, errors, file, forms, IDEMPOTENCY, json, PROMPT, reference, SUBMISSION } from "./openai-parts.ts";

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

/** Returns the operations under `/v1/videos`. */
export function openAiVideoOperations(): Operation[] {
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
      ...BASE,
      ...{ id: "createOpenAiVideo", method: "post", path: "/v1/videos", scope: "generate" },
      summary: "Create a video",
      description: `Returns at once. ${IDEMPOTENCY}`,
      audience: "any-credential",
      headers: ["videoIdempotencyKey"],
      body: { content: forms(video, VIDEO_REQUEST, videoForm, { ...VIDEO_REQUEST, input_reference: "cat.png" }) },
      response: oneVideo(...SUBMISSION),
    },
    {
      ...BASE,
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
      ...BASE,
      ...{ id: "getOpenAiVideo", method: "get", path: "/v1/videos/{id}", scope: "read", audience: "any-credential" },
      summary: "Get a video",
      response: oneVideo(404),
    },
    {
      ...BASE,
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
      ...BASE,
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
  ];
}
