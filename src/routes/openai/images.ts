/** `POST /v1/images/generations` and `/v1/images/edits`: submit, wait for the end, and respond with the images. */
import type { AppContext } from "../../context.ts";
import { STATUS } from "../../domain/task.ts";
import { taskIdTime } from "../../domain/task-id.ts";
import { GatewayError } from "../../errors.ts";
import { readChunks } from "../../files/chunk-reader.ts";
import { encodeBase64 } from "../../lib/bytes.ts";
import { serveResult } from "../files.ts";
import { streamTexts } from "../support/text-stream.ts";
import { untilEnded, watchOf } from "../support/watching.ts";
import { openAiError } from "./errors.ts";
import { NO_STORE, submitOpenAi } from "./submission.ts";

const WAIT_SECONDS = 120;
const MAX_WAIT_SECONDS = 600;
/** Time before the client's own limit at which the response is sent, in seconds. */
const MARGIN_SECONDS = 2;
/** R2 never sends less for long. */
const PACE = { windowMs: 30_000, minBytes: 1 };

/** Returns the images of a new task. @throws GatewayError 504 if it has not ended in time, 422 if it failed */
export async function createImages(c: AppContext, call: "image" | "edit"): Promise<Response> {
  const seconds = waitSeconds(c);
  const untilMs = Date.now() + seconds * 1_000;
  const { result, format } = await submitOpenAi(c, call, seconds * 1_000);
  const { taskId } = result;
  const urls = await imageUrls(c, taskId, untilMs);
  const created = Math.floor(taskIdTime(taskId) / 1_000);
  if (format === "url") return c.json({ created, data: urls.map((url) => ({ url })) }, 200, NO_STORE);
  const files = await Promise.all(urls.map((url) => openFile(c, url)));
  if (format === "b64_json" && files.includes(null)) {
    await Promise.all(files.map((file) => file?.cancel()));
    throw failed(503, "server_error", `The images of task ${taskId} cannot be read now: ${urls.join(" ")}`);
  }
  const images = urls.map((url, at) => ({ file: files[at] ?? null, url: format === "both" ? url : null }));
  return c.body(streamTexts(imageTexts(created, images)), 200, { ...NO_STORE, "content-type": "application/json" });
}

/** A repetition would make a second task, so none of these errors may cause one. */
const failed = (status: number, code: string, message: string) => openAiError(status, message, { code, retry: false });

/** Returns how long the response may take, in seconds: less than the client waits. */
function waitSeconds(c: AppContext): number {
  const wanted = clientWait(c.req.header("x-stainless-timeout"));
  if (wanted !== null) return Math.min(wanted, MAX_WAIT_SECONDS);
  // The Python package sends this one with each request, also its default of 600 s, which nobody asked for.
  const longest = clientWait(c.req.header("x-stainless-read-timeout"));
  return Math.min(longest ?? WAIT_SECONDS, WAIT_SECONDS);
}

/** Returns a time-out of the client in seconds, less a margin; null if it sent none. */
function clientWait(timeout: string | undefined): number | null {
  const isGiven = timeout !== undefined && /^\d{1,9}(\.\d+)?$/.test(timeout);
  return isGiven ? Math.max(Number(timeout) - MARGIN_SECONDS, 0) : null;
}

/** Waits for the end of a task. @returns the URLs of its images, in order */
async function imageUrls(c: AppContext, taskId: number, untilMs: number): Promise<string[]> {
  const unseen = { version: "", status: 0, ended: false, price: null, json: "{}" };
  const { task, error } = await untilEnded(watchOf(c, taskId, "generate"), unseen, untilMs);
  if (error) throw new GatewayError({ ...error, openAi: { ...error.openAi, retry: false } });
  if (!task.ended) {
    const message = `Task ${taskId} has not finished yet and goes on: GET /api/v1/query/${taskId} returns its images`;
    throw failed(504, "timeout", message);
  }
  const { failReason, results = [] } = JSON.parse(task.json) as {
    readonly failReason?: string;
    readonly results?: readonly { readonly fileUrl: string | null }[];
  };
  const urls = results.flatMap(({ fileUrl }) => fileUrl ?? []);
  if (task.status === STATUS.completed && urls.length > 0) return urls;
  const reason = failReason || (task.status === STATUS.cancelled ? "The task was cancelled" : "The generation failed");
  throw failed(422, "generation_failed", reason);
}

/** @returns the bytes of a stable URL, or null if they cannot be read now */
async function openFile(c: AppContext, url: string): Promise<ReadableStream<Uint8Array> | null> {
  const response = await serveResult(c, new Request(url));
  if (response.status === 200) return response.body as ReadableStream<Uint8Array> | null;
  await response.body?.cancel();
  return null;
}

interface Image {
  readonly file: ReadableStream<Uint8Array> | null;
  readonly url: string | null;
}

/** The response, one chunk of a file at a time. */
async function* imageTexts(created: number, images: readonly Image[]): AsyncGenerator<string, void, undefined> {
  yield `{"created":${created},"data":[`;
  for (const [at, { file, url }] of images.entries()) {
    yield at === 0 ? "{" : ",{";
    if (file !== null) {
      yield '"b64_json":"';
      yield* base64Texts(file);
      yield url === null ? '"' : '",';
    }
    yield url === null ? "}" : `"url":${JSON.stringify(url)}}`;
  }
  yield "]}";
}

async function* base64Texts(file: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const chunks = readChunks(file, PACE);
  try {
    // Base64 takes three bytes at a time; what is left over goes before the next chunk.
    let left = new Uint8Array(0);
    for (let chunk = await chunks.next(); chunk !== null; chunk = await chunks.next()) {
      const bytes = new Uint8Array(left.length + chunk.length);
      bytes.set(left);
      bytes.set(chunk, left.length);
      const whole = bytes.length - (bytes.length % 3);
      yield encodeBase64(bytes.subarray(0, whole));
      left = bytes.slice(whole);
    }
    yield encodeBase64(left);
  } finally {
    chunks.cancel();
  }
}
