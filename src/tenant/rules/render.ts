/**
 * Renders a task row as the JSON text that a tenant sees: the upstream's `data` field for field, in the gateway's terms
 * (contract section 3). Upstream text is passed on as text, so that a query parses nothing.
 */
import { echoedFields, STORED_WITH_REQUEST } from "../../domain/echoed-fields.ts";
import { formatFileToken, resultPath, signFilePath, thumbnailPath } from "../../domain/file-link.ts";
import { STATUS, type TaskRow } from "../../domain/task.ts";
import { readFiles } from "../../domain/task-mirroring.ts";
import { isoTime } from "../../lib/iso-time.ts";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../../lib/json.ts";
import type { TenantContext } from "../context.ts";

/** Turns a path such as `/files/…/0.png` into a URL for the caller. */
export interface Linker {
  (path: string): string | Promise<string>;
  /** Start of plain URLs, which are always the same; null where links are signed and differ each time. */
  readonly plainBase: string | null;
  /** True if stored images get a thumbnail where the upstream provides none (docs/files.md). */
  readonly resizesImages: boolean;
}

/** Lifetime of a signed file URL in seconds; every query returns new ones. */
const SIGNED_LINK_SECONDS = 24 * 3_600;

/**
 * @param untilMs a signed link works at least until this time (ms since epoch)
 * @returns how paths become URLs for this tenant: signed and expiring, or plain
 */
export function linkerOf(
  { secrets, config, meta, clock }: Pick<TenantContext, "secrets" | "config" | "meta" | "clock">,
  publicBaseUrl: string,
  untilMs = 0,
): Linker {
  const [signer] = secrets;
  const { resizesImages } = config;
  if (meta.tenant()?.settings.filesVisibility !== "signed" || !signer) {
    return Object.assign((path: string) => publicBaseUrl + path, { resizesImages, plainBase: publicBaseUrl });
  }
  const expires = Math.max(Math.floor(clock.now() / 1_000) + SIGNED_LINK_SECONDS, Math.ceil(untilMs / 1_000));
  const signed = async (path: string) => `${publicBaseUrl}${path}?${await signFilePath(path, expires, signer)}`;
  return Object.assign(signed, { resizesImages, plainBase: null });
}

/** @returns the token that is in the path of all files of the task */
export function fileToken(tenantId: string, task: TaskRow): string {
  return formatFileToken({ tenantId, taskId: task.task_id, secret: task.file_secret });
}

/** @returns the stable URLs of the outputs, in order */
async function resultUrls(tenantId: string, task: TaskRow, link: Linker): Promise<string[]> {
  const token = fileToken(tenantId, task);
  const kind = task.task_type === 1 ? "video" : "image";
  return Promise.all(Array.from({ length: task.expected_results }, (_, index) => link(resultPath(token, index, kind))));
}

/** @returns JSON text of the response to `POST /api/v1/task/generate` */
export async function renderSubmission(tenantId: string, task: TaskRow, link: Linker): Promise<string> {
  return JSON.stringify({
    taskId: task.task_id,
    taskNo: task.task_no,
    estimatedCredits: task.price,
    resultUrls: await resultUrls(tenantId, task, link),
  });
}

/** The last rendering of a row. A changed row is a new object, so a cached rendering is never stale. */
const rendered = new WeakMap<TaskRow, { readonly base: string; readonly json: string }>();

/** @returns JSON text of the response to `GET /api/v1/query/{taskId}` */
export async function renderTask(tenantId: string, task: TaskRow, link: Linker): Promise<string> {
  const known = rendered.get(task);
  if (known !== undefined && known.base === link.plainBase) return known.json;
  const json = await writeTask(tenantId, task, link);
  if (link.plainBase !== null) rendered.set(task, { base: link.plainBase, json });
  return json;
}

async function writeTask(tenantId: string, task: TaskRow, link: Linker): Promise<string> {
  const own = [
    `"taskId":${task.task_id}`,
    `"taskNo":"${task.task_no}"`,
    `"taskStatus":${task.status}`,
    `"progress":${task.progress}`,
    `"failReason":${JSON.stringify(task.fail_reason)}`,
    `"results":[${(await renderResults(tenantId, task, link)).join(",")}]`,
    `"metadata":${task.metadata}`,
    `"estimatedCredits":${task.price}`,
    `"createdAt":"${isoTime(task.created_at)}"`,
    `"endedAt":${task.ended_at === null ? null : `"${isoTime(task.ended_at)}"`}`,
  ].join(",");
  const rest = task.snapshot === null ? requestAsSnapshot(task) : withSubmitted(task.snapshot, task.request);
  return rest === "{}" ? `{${own}}` : `${rest.slice(0, -1)},${own}}`;
}

/** @returns JSON text of a snapshot with the submission's own fields, which it is stored without; one of release 0.1 has them */
function withSubmitted(snapshot: string, request: string): string {
  const submitted = Object.entries(echoedFields(request)).filter(([name]) => STORED_WITH_REQUEST.has(name));
  const hasSome = submitted.some(([name]) => snapshot.includes(`"${name}":`));
  const has = hasSome ? Object.keys(parseJson(snapshot) ?? {}) : [];
  const missing = submitted.filter(([name]) => !has.includes(name));
  if (missing.length === 0) return snapshot;
  const fields = JSON.stringify(Object.fromEntries(missing));
  return snapshot === "{}" ? fields : `${fields.slice(0, -1)},${snapshot.slice(1)}`;
}

async function renderResults(tenantId: string, task: TaskRow, link: Linker): Promise<string[]> {
  const completed = task.status === STATUS.completed;
  const fromUpstream = task.results === null ? [] : (JSON.parse(task.results) as string[]);
  const count = completed ? Math.max(task.expected_results, fromUpstream.length) : fromUpstream.length;
  const states = new Map(readFiles(task).map(({ name, state }) => [name, state]));
  const token = fileToken(tenantId, task);
  const kind = task.task_type === 1 ? "video" : "image";
  const one = async (index: number) => {
    const file = completed ? states.get(String(index)) : undefined;
    const thumbnail = completed ? states.get(`t${index}`) : undefined;
    const available = (state: string | undefined) => state === "stored" || state === "waiting";
    const fileUrl = available(file) ? await link(resultPath(token, index, kind)) : null;
    const resized = link.resizesImages && kind === "image" && file === "stored";
    const thumbnailUrl = available(thumbnail) || resized ? await link(thumbnailPath(token, index)) : null;
    const rest = fromUpstream[index] ?? MISSING_RESULT;
    const own = `"fileUrl":${JSON.stringify(fileUrl)},"thumbnailUrl":${JSON.stringify(thumbnailUrl)},"mirrored":${file === "stored"}`;
    return rest === "{}" ? `{${own}}` : `${rest.slice(0, -1)},${own}}`;
  };
  return Promise.all(Array.from({ length: count }, (_, index) => one(index)));
}

/** A requested image that the upstream did not deliver. */
const MISSING_RESULT = '{"durationSeconds":0,"failReason":"No result","height":0,"subStatus":2,"width":0}';

/** Returns the `data` of a task before the upstream's first response: the request, with the documented defaults. */
function requestAsSnapshot(task: TaskRow): string {
  const parsed = parseJson(task.request);
  const asked: JsonObject = isJsonObject(parsed) ? parsed : {};
  const text = (name: string) => (typeof asked[name] === "string" ? asked[name] : "");
  const list = (name: string) => (Array.isArray(asked[name]) ? asked[name] : []);
  return stringifyJson({
    aspectRatio: text("aspectRatio"),
    createTime: isoTime(task.created_at).slice(0, 19),
    durationSeconds: asked.durationSeconds ?? 0,
    genMethod: task.type,
    generateAudio: asked.generateAudio ?? true,
    imageCount: task.expected_results,
    modelId: null,
    negativePrompt: asked.negativePrompt ?? null,
    prompt: text("prompt"),
    quality: asked.quality ?? 80,
    refAudioUrls: list("refAudioUrls"),
    refImageUrls: list("refImageUrls"),
    refVideoUrls: list("refVideoUrls"),
    resolution: text("resolution"),
    seed: asked.seed ?? -1,
    size: text("size"),
    subTaskDone: 0,
    subTaskTotal: task.expected_results,
    taskName: text("taskName"),
    taskType: task.task_type,
  });
}
