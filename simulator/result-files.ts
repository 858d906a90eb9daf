import { DURATION_SECONDS, imagePixels } from "./catalogue.ts";
import { ByteSource } from "./media/byte-source.ts";
import { CLIP_PIXELS, mp4Video } from "./media/mp4-video.ts";
import { pngImage } from "./media/png-image.ts";
import type { TaskRecord } from "./task-record.ts";

/** One result of a task, before its file is made. */
export interface ResultPlan {
  readonly index: number;
  readonly failed: boolean;
  /** file name within the task, e.g. "0.png"; null if it failed */
  readonly fileName: string | null;
  readonly thumbnailName: string | null;
  readonly width: number;
  readonly height: number;
  /** video only, else 0 */
  readonly durationSeconds: number;
}

/** The results a task will have: `imageCount` of them (video: 1) unless its plan has another number. */
export function resultPlans(task: TaskRecord): ResultPlan[] {
  const { request, plan } = task;
  const video = request.model.medium === "video";
  const pixels = video ? { width: 0, height: 0 } : imagePixels(request.size, request.aspectRatio);
  const seconds = request.durationSeconds === 0 ? DURATION_SECONDS.fallback : request.durationSeconds;
  return Array.from({ length: plan.results ?? request.imageCount }, (_, index) => {
    const failed = plan.failedResults?.includes(index) ?? false;
    return {
      index,
      failed,
      fileName: failed ? null : `${index}.${video ? "mp4" : "png"}`,
      thumbnailName: !failed && plan.thumbnail === true ? `t${index}.png` : null,
      ...(failed ? { width: 0, height: 0 } : pixels),
      durationSeconds: video && !failed ? seconds : 0,
    };
  });
}

/** A result's file, ready to be read. */
export interface ResultFile {
  readonly name: string;
  readonly index: number;
  readonly contentType: "image/png" | "video/mp4";
  readonly source: ByteSource;
}

const CACHED_FILES = 64;

/** Makes result files when they are asked for and keeps the last few. The same file always has the same bytes. */
export class ResultFiles {
  readonly #made = new Map<string, Promise<ResultFile>>();

  /** The task's file of this name, or undefined if the task has none such. */
  find(task: TaskRecord, name: string): Promise<ResultFile> | undefined {
    const result = resultPlans(task).find((one) => one.fileName === name || one.thumbnailName === name);
    if (result === undefined) return undefined;
    const id = `${task.taskNo}/${name}`;
    const file = this.#made.get(id) ?? makeFile(task, result, name);
    // Taken out and put in again, the file becomes the youngest; the first one in the map is the oldest.
    this.#made.delete(id);
    this.#made.set(id, file);
    const oldest = this.#made.keys().next();
    if (this.#made.size > CACHED_FILES && !oldest.done) this.#made.delete(oldest.value);
    return file;
  }
}

async function makeFile(task: TaskRecord, result: ResultPlan, name: string): Promise<ResultFile> {
  const { index } = result;
  const label = `${task.taskNo}/${name}`;
  if (name === result.thumbnailName) {
    const { width, height } = result.width === 0 ? CLIP_PIXELS : { width: 256, height: 256 };
    return { name, index, contentType: "image/png", source: new ByteSource(await pngImage(label, width, height)) };
  }
  const { bytes } = task.plan;
  if (task.request.model.medium === "video") {
    const source = new ByteSource(mp4Video(label, task.request.generateAudio, bytes));
    return { name, index, contentType: "video/mp4", source };
  }
  const source = new ByteSource(await pngImage(label, result.width, result.height, bytes));
  return { name, index, contentType: "image/png", source };
}
