/** Videos of the OpenAI-compatible surface: tasks of the tenant, in the shape of OpenAI's videos. */
import type { StatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../context.ts";
import { TASK_TYPE } from "../../domain/catalogue.ts";
import { aliasOf, MODEL_OF } from "../../domain/model-alias.ts";
import { videoSize } from "../../domain/openai-sizes.ts";
import { STATUS } from "../../domain/task.ts";
import { taskIdTime } from "../../domain/task-id.ts";
import { apiError, GatewayError, throwApiError } from "../../errors.ts";
import { fieldError } from "../../schemas/openai.ts";
import { taskIdOfVideo, VideoListParameters } from "../../schemas/openai-videos.ts";
import { dropTenantFacts, serveResult } from "../files.ts";
import { publicBaseUrl, requireParameters, tenantOf, unwrap } from "../support/responses.ts";
import { watchOf } from "../support/watching.ts";
import { openAiError } from "./errors.ts";
import { NO_STORE, submitOpenAi } from "./submission.ts";

/** Most pages of the task list that are read for one page of videos. */
const MAX_PAGES = 20;
const STATES: Readonly<Record<number, string>> = {
  [STATUS.completed]: "completed",
  [STATUS.failed]: "failed",
  [STATUS.cancelled]: "failed",
  1: "in_progress",
  4: "in_progress",
};

/** The fields of a task (`GET /api/v1/query/{taskId}`) that a video needs. */
interface Task {
  readonly taskId: number;
  readonly taskType?: number;
  readonly taskStatus: number;
  readonly progress: number;
  readonly prompt?: string;
  readonly aspectRatio?: string;
  readonly durationSeconds?: number;
  readonly failReason?: string;
  /** ISO 8601; null before its end, absent from an object of an earlier release. */
  readonly endedAt?: string | null;
  readonly results?: readonly { readonly fileUrl: string | null; readonly thumbnailUrl: string | null }[];
}

/** `POST /v1/videos` */
export async function createVideo(c: AppContext): Promise<Response> {
  const { result } = await submitOpenAi(c, "video", null);
  // The task is accepted: the caller gets its id whatever fails from here on.
  const seen = await watchOf(c, result.taskId, "generate")(null, 0).catch(() => null);
  const task = seen?.ok ? (JSON.parse(seen.data.json) as Task) : { taskId: result.taskId, taskStatus: 0, progress: 0 };
  return c.json(viewVideo(task), 200, NO_STORE);
}

/** `GET /v1/videos/{id}` */
export async function retrieveVideo(c: AppContext): Promise<Response> {
  return c.json(viewVideo(await findVideo(c)), 200, NO_STORE);
}

/** `GET /v1/videos/{id}/content` */
export async function videoContent(c: AppContext): Promise<Response> {
  const task = await findVideo(c);
  const variant = c.req.query("variant") ?? "video";
  if (variant !== "video" && variant !== "thumbnail") {
    throw new GatewayError(fieldError("variant", "must be video or thumbnail"));
  }
  const [result] = task.taskStatus === STATUS.completed ? (task.results ?? []) : [];
  const url = variant === "video" ? result?.fileUrl : result?.thumbnailUrl;
  if (!url) throw openAiError(404, `The ${variant} does not exist, or not yet`, { code: "not_found" });
  const { method, headers } = c.req.raw;
  const response = await serveResult(c, new Request(url, { method, headers }));
  if (response.status === 410) throw openAiError(404, `The ${variant} was deleted`, { code: "not_found" });
  if (response.status >= 500 || response.status === 202) {
    await response.body?.cancel();
    throwApiError(10001, `The ${variant} cannot be read now`, { retryAfterSeconds: 2 });
  }
  // The file's own headers beside those of every response to a credential, such as rate limits.
  for (const [name, value] of response.headers) if (name !== "access-control-expose-headers") c.header(name, value);
  // Unlike the file's own URL, this one needs a credential.
  c.header("cache-control", "private, no-cache");
  return c.newResponse(response.body, response.status as StatusCode);
}

/** `DELETE /v1/videos/{id}` */
export async function deleteVideo(c: AppContext): Promise<Response> {
  const { taskId } = await findVideo(c);
  await unwrap(c, tenantOf(c).deleteTask(c.get("caller"), taskId));
  dropTenantFacts(c.get("tenantId"));
  return c.json({ id: idOf(taskId), object: "video.deleted", deleted: true }, 200, NO_STORE);
}

/** `GET /v1/videos`: videos only, newest first unless `order=asc` */
export async function listVideos(c: AppContext): Promise<Response> {
  const parameters = await requireParameters(c, VideoListParameters(), "listTasks");
  const { limit, order, after = null } = parameters;
  const query = { status: null, model: MODEL_OF.video, from: null, to: null, limit };
  let before = after;
  let videos: object[] = [];
  // A page of the task list can be empty and still not the last.
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const list = { ...query, before, ascending: order === "asc" };
    const json = await unwrap(c, tenantOf(c).listTasks(c.get("caller"), list, publicBaseUrl(c)));
    const { tasks, nextCursor } = JSON.parse(json) as { tasks: Task[]; nextCursor: string | null };
    videos = tasks.map(viewVideo);
    before = nextCursor === null ? null : Number(nextCursor);
    if (videos.length > 0 || before === null) break;
  }
  const ids = (videos as { id: string }[]).map(({ id }) => id);
  const page = { object: "list", data: videos, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null };
  return c.json({ ...page, has_more: before !== null }, 200, NO_STORE);
}

const idOf = (taskId: number) => `video_${taskId}`;

/** @returns the video of the path. @throws GatewayError 40002, also for a task that is no video */
async function findVideo(c: AppContext): Promise<Task> {
  const taskId = taskIdOfVideo(c.req.param("id") ?? "");
  const watched = await watchOf(c, taskId, "query")(null, 0, true);
  const notFound = apiError(40002, "Video does not exist");
  if (!watched.ok && watched.error.code === 40002) return unwrap(c, { ...watched, error: notFound });
  const task = JSON.parse((await unwrap(c, watched)).json) as Task;
  if (task.taskType !== TASK_TYPE.video) throw new GatewayError(notFound);
  return task;
}

function viewVideo(task: Task) {
  const { taskId, taskStatus, progress, prompt = null, durationSeconds = 4, endedAt = null } = task;
  const status = STATES[taskStatus] ?? "queued";
  const code = taskStatus === STATUS.cancelled ? "cancelled" : "generation_failed";
  const message = task.failReason || (code === "cancelled" ? "The task was cancelled" : "The generation failed");
  return {
    id: idOf(taskId),
    object: "video",
    model: aliasOf(MODEL_OF.video),
    status,
    progress,
    created_at: Math.floor(taskIdTime(taskId) / 1_000),
    completed_at: status === "completed" && endedAt !== null ? Math.floor(Date.parse(endedAt) / 1_000) : null,
    expires_at: null,
    prompt,
    seconds: String(durationSeconds),
    size: videoSize(task.aspectRatio),
    remixed_from_video_id: null,
    error: status === "failed" ? { code, message } : null,
  };
}
