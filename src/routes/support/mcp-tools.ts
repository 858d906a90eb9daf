/**
 * The tools of `/mcp`: each is one request to the tenant API of this gateway, so that admission, limits, scopes and money are those
 * of that API, and what a tool returns is made from its response.
 */
import { readIdempotencyKey } from "../../domain/idempotency.ts";
import { MODEL_OF, ownName } from "../../domain/model-alias.ts";
import { STATUS } from "../../domain/task.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from "../../lib/json.ts";

/** A request to the tenant API; `path` follows `/api/v1`. */
export interface ApiCall {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
}

/** What a tool returns to the model. */
export type ToolOutput = JsonObject;

/** A tool: the request for its arguments, and its output from the `data` of the response. */
export interface Tool {
  readonly request: (input: JsonObject) => ApiCall;
  readonly output: (data: JsonObject) => ToolOutput;
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  [STATUS.queuing]: "queued",
  [STATUS.generating]: "running",
  [STATUS.completed]: "completed",
  [STATUS.failed]: "failed",
  [STATUS.review]: "in_review",
  [STATUS.cancelled]: "cancelled",
};

/** The upstream's types of request by the references that it has. */
function typeOf(input: JsonObject, isImage: boolean): string {
  const has = (field: string) => Array.isArray(input[field]) && input[field].length > 0;
  if (isImage) return has("refImageUrls") ? "img_txt" : "txt";
  if (has("refVideoUrls")) return has("refAudioUrls") ? "img_vid_aud_txt" : "img_vid_txt";
  return has("refAudioUrls") ? "img_aud_txt" : "img_txt";
}

/** Longest name that is made from a prompt. */
const NAME_CHARACTERS = 60;

function generation(model: string, { idempotencyKey, ...input }: JsonObject): JsonObject {
  const { prompt } = input;
  const start = typeof prompt === "string" ? Array.from(prompt.trim()).slice(0, NAME_CHARACTERS).join("") : "";
  // Of a prompt that is refused only the prompt is named: a name is not asked for.
  const taskName = start || "Task";
  return { model, type: typeOf(input, model === MODEL_OF.image), taskName, ...input };
}

function submit(model: string): Tool["request"] {
  return (input) => ({
    method: "POST",
    path: "/task/generate",
    headers: typeof input.idempotencyKey === "string" ? { "idempotency-key": input.idempotencyKey } : {},
    body: generation(model, input),
  });
}

/** @returns a task as tools show it: of a query's `data`, or of a submission's, with or without the task in it */
function taskOutput(data: JsonObject): ToolOutput {
  const task = isJsonObject(data.task ?? null) ? (data.task as JsonObject) : data;
  const results = Array.isArray(task.results) ? task.results.filter(isJsonObject) : [];
  const early = Array.isArray(data.resultUrls) ? data.resultUrls : [];
  const status = typeof task.taskStatus === "number" ? (STATUS_NAMES[task.taskStatus] ?? "running") : "queued";
  // A task that failed has no file under the URLs of its submission.
  const promised = status === "failed" || status === "cancelled" ? [] : early;
  const urls = results.length > 0 ? results.map(({ fileUrl }) => fileUrl ?? null) : promised;
  return {
    taskId: task.taskId ?? null,
    status,
    ...(typeof task.progress === "number" && { progress: task.progress }),
    urls,
    estimatedCredits: task.estimatedCredits ?? data.estimatedCredits ?? null,
    ...(typeof task.failReason === "string" && task.failReason !== "" && { failReason: task.failReason }),
    ...(typeof task.createdAt === "string" && { createdAt: task.createdAt }),
    ...(typeof task.endedAt === "string" && { endedAt: task.endedAt }),
  };
}

/** Returns an argument as text: objects and numbers that JavaScript cannot hold have no text of their own. */
const textOf = (value: JsonValue): string => (typeof value === "string" ? value : stringifyJson(value));

/** @returns what is wrong with the arguments that are no fields of the tenant API, or null */
export function argumentProblem(name: string, given: JsonObject): string | null {
  return name === "list_tasks" ? statusProblem(given) : keyProblem(given);
}

function statusProblem({ status = null }: JsonObject): string | null {
  const names = [...new Set(Object.values(STATUS_NAMES))];
  return status === null || names.some((name) => name === status) ? null : `status: must be one of ${names.join(", ")}`;
}

/** The key must fit into a header. */
function keyProblem({ idempotencyKey = null }: JsonObject): string | null {
  if (idempotencyKey === null) return null;
  if (typeof idempotencyKey !== "string") return "idempotencyKey: must be a string";
  const read = readIdempotencyKey(idempotencyKey, null);
  return read.ok ? null : `idempotencyKey: ${read.reason}`;
}

const query = (input: JsonObject, names: readonly string[]): string => {
  const parameters = new URLSearchParams();
  for (const name of names) {
    const value = input[name];
    if (value !== undefined && value !== null) parameters.set(name, textOf(value));
  }
  return parameters.toString();
};

/** The tools by name; their schemas are in src/generated. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  generate_image: { request: submit(MODEL_OF.image), output: taskOutput },
  generate_video: { request: submit(MODEL_OF.video), output: taskOutput },
  get_task: {
    request: ({ taskId = null }) => {
      const text = textOf(taskId);
      // No task has the id 0; other texts could name another path.
      return { method: "GET", path: `/query/${/^\d{1,20}$/.test(text) ? text : "0"}` };
    },
    output: taskOutput,
  },
  list_tasks: {
    request: (input) => {
      const status = Object.entries(STATUS_NAMES).find(([, name]) => name === input.status)?.[0] ?? null;
      const filters = { ...input, status };
      return { method: "GET", path: `/tasks?${query(filters, ["status", "q", "limit", "cursor"])}` };
    },
    output: ({ tasks, nextCursor }) => ({
      tasks: (Array.isArray(tasks) ? tasks : []).filter(isJsonObject).map(taskOutput),
      nextCursor: nextCursor ?? null,
    }),
  },
  estimate: {
    request: ({ model, ...input }) => {
      const name = typeof model === "string" ? ownName(model) : "";
      return { method: "POST", path: "/task/estimate", body: generation(name, input) };
    },
    output: ({ estimatedCredits, affordable }) => ({
      estimatedCredits: estimatedCredits ?? null,
      affordable: affordable ?? null,
    }),
  },
  upload_from_url: {
    request: ({ url }) => ({ method: "POST", path: "/files/import", body: { url: url ?? null } }),
    output: ({ fileId, url, contentType, bytes, expiresAt }) => ({
      fileId: fileId ?? null,
      url: url ?? null,
      contentType: contentType ?? null,
      bytes: bytes ?? null,
      expiresAt: expiresAt ?? null,
    }),
  },
};

/** The envelope of a response of the tenant API. */
export interface Envelope {
  readonly code: number;
  readonly msg: string;
  readonly data: JsonValue;
}

/** @returns the envelope in a text. @throws Error if there is none */
export function readEnvelope(text: string): Envelope {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error("not an envelope");
  return { code: Number(value.code), msg: String(value.msg), data: value.data ?? null };
}

/** @returns what a model reads about an error: message, code, every wrong field, and when to try again */
export function errorText({ code, msg, data }: Envelope, waitMs: number | null): string {
  const issues = isJsonObject(data) && Array.isArray(data.issues) ? data.issues.filter(isJsonObject) : [];
  const lines = issues.map(({ path, message }) => `${String(path)}: ${String(message)}`);
  const wait = waitMs === null ? [] : [`Try again in ${Math.ceil(waitMs / 1_000)} seconds.`];
  return [`${msg} (code ${code})`, ...lines, ...wait].join("\n");
}
