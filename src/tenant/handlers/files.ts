/** What serving a file needs of the tenant's record, because the file is not in R2 or its URL needs a permission. */
import { objectName, parseFileName } from "../../domain/file-link.ts";
import type { FileSource, TenantFacts } from "../../domain/file-source.ts";
import { PHASE } from "../../domain/task.ts";
import { readFiles } from "../../domain/task-mirroring.ts";
import { constantTimeEqual, utf8 } from "../../lib/bytes.ts";
import type { TenantServices } from "../services.ts";

/** The parts of a file's URL. */
export interface RequestedFile {
  readonly taskId: number;
  readonly secret: string;
  /** The last segment of the path, for example "0.png" or "t0.png". */
  readonly name: string;
}

/** Returns the facts of a tenant that every file request needs, or null if there is no such tenant. */
export function fileFacts({ meta, cachePurges }: TenantServices): TenantFacts | null {
  const tenant = meta.tenant();
  if (tenant === null) return null;
  const { settings, deletedAt } = tenant;
  return { visibility: settings.filesVisibility, deleted: deletedAt !== null, uncached: cachePurges.uncached() };
}

/** Returns the source of a file that is not in R2. */
export function fileSource(services: TenantServices, requested: RequestedFile): FileSource {
  const found = findFile(services, requested);
  if (found === null) return { state: "unknown" };
  const { task, wanted } = found;
  const files = readFiles(task);
  const file = files.find((one) => one.name === objectName(wanted));
  if (task.deleted_at !== null) return { state: "gone" };
  if (file?.state === "stored") return { state: "stored" };
  if (file?.state === "waiting") return { state: "upstream", url: file.url, reported: task.phase === PHASE.ended };
  // A thumbnail is made of the stored image.
  const image = task.task_type === 2 ? objectName({ ...wanted, thumbnail: false }) : null;
  if (file === undefined && files.some(({ name, state }) => name === image && state === "waiting"))
    return { state: "pending" };
  if (file?.state === "lost" || task.phase === PHASE.ended) {
    return file || wanted.index < task.expected_results ? { state: "gone" } : { state: "unknown" };
  }
  return wanted.index < task.expected_results ? { state: "pending" } : { state: "unknown" };
}

/**
 * Makes the next copy of a file due now, with a fresh URL, because a reader found its URL expired or its host down. At
 * most once in 10 s per file; safe to call for any file.
 */
export async function repairFile(services: TenantServices, requested: RequestedFile): Promise<void> {
  const found = findFile(services, requested);
  if (found?.task.deleted_at === null) await services.taskSteps.repairFile(found.task, objectName(found.wanted));
}

/** @returns the task and the parsed name, or null for a URL that was never issued */
function findFile({ tasks }: TenantServices, { taskId, secret, name }: RequestedFile) {
  const task = tasks.get(taskId);
  const wanted = parseFileName(name);
  if (!task || !wanted || !constantTimeEqual(utf8(task.file_secret), utf8(secret))) return null;
  const ext = wanted.thumbnail || task.task_type === 2 ? "png" : "mp4";
  return wanted.ext === ext ? { task, wanted } : null;
}
