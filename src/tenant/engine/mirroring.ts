/** Copying finished files to R2, and deleting them again. A copy may take minutes: it holds up no poll. */
import { resultKey, resultPrefix } from "../../domain/file-link.ts";
import { type MirroredFile, PHASE, STATUS, type TaskRow } from "../../domain/task.ts";
import { type CopyResult, copied, copySoon, mirrored, readFiles, refreshed } from "../../domain/task-lifecycle.ts";
import { fileToken } from "../rules/render.ts";
import type { LaneName } from "./lanes.ts";
import type { Polling } from "./polling.ts";
import type { TaskWriter, TaskWriterParts } from "./task-writer.ts";
import type { WorkItems } from "./work-queue.ts";

/** How long a copy may take: past the first it is tried again in a lane for slow files (lanes.ts), then for as long as the second. */
const COPY_LIMIT_MS = 15_000;
const SLOW_COPY_LIMIT_MS = 14 * 60_000;
/** No copy, and no copy of a life of this object before, is under way for longer. */
const COPY_LEASE_MS = 15 * 60_000;
const COPY_RETRY_MS = 5_000;
const COPYING_PHASES = [PHASE.mirroring, PHASE.ended] as const;

/** A reader may wake the repair of one file so often. */
const REPAIR_EVERY_MS = 10_000;
/** Files whose last repair is remembered; the oldest are dropped first. */
const MAX_REPAIRS = 1_000;

/** How one copy ended, and how long the file's host asked to wait. */
interface CopyEnd {
  readonly kind: CopyResult;
  readonly retryAfterMs: number | null;
}

const STORED: CopyEnd = { kind: "stored", retryAfterMs: null };

/** Copies the files of finished tasks to R2. */
export class Mirroring {
  readonly #parts: TaskWriterParts;
  readonly #writer: TaskWriter;
  readonly #polling: Polling;
  readonly #tenantId: () => string;
  /** Copies that are due or under way, named by {@link copyId}. */
  readonly #copies: WorkItems<string, LaneName>;
  /** Files that could not be copied within COPY_LIMIT_MS and are not stored yet. */
  readonly #slow = new Set<string>();
  /** When the repair of a file was last asked for, in ms since epoch. */
  readonly #repairs = new Map<string, number>();

  constructor(parts: TaskWriterParts, writer: TaskWriter, polling: Polling, tenantId: () => string) {
    this.#parts = parts;
    this.#writer = writer;
    this.#polling = polling;
    this.#tenantId = tenantId;
    const run = (id: string) => this.#copy(id);
    this.#copies = parts.queue.register({ name: "copy", run, retryMs: COPY_RETRY_MS });
  }

  /** Queues the copies that are due, and reports the task when its grace is over. */
  async start(task: TaskRow): Promise<void> {
    const { work, config, clock } = this.#parts;
    const now = clock.now();
    const waiting = readFiles(task).filter((file) => file.state === "waiting");
    for (const file of waiting) {
      const id = copyId(task.task_id, file.name);
      if (file.dueAt <= now && !this.#copies.has(id)) this.#copies.set(id, now, this.#laneOf(id, file));
    }
    // A copy that ends sets when its task is due; what else there is: the next file, and the end of the grace.
    const next = waiting.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > now);
    const graceAt = (task.finished_at ?? now) + config.mirrorGraceMs;
    if (task.phase === PHASE.mirroring && now < graceAt) next.push(graceAt);
    work.set(task.task_id, Math.min(now + COPY_LEASE_MS, ...next), "files");
    if (task.phase === PHASE.mirroring && now >= graceAt) {
      await this.#writer.apply(task, [PHASE.mirroring], (row) => mirrored(row, readFiles(row), config, now));
    }
  }

  #laneOf(id: string, { attempts }: MirroredFile): LaneName {
    if (this.#slow.has(id)) return "slowCopies";
    return attempts > 0 ? "copyRetries" : "copies";
  }

  /**
   * A reader found the file's URL expired or its host down: makes the next copy due now, with a fresh URL. Does nothing for
   * a file whose first copy is still to come, or whose repair was asked for less than 10 s ago.
   */
  async repair(task: TaskRow, name: string): Promise<void> {
    const { clock, config, queue } = this.#parts;
    const now = clock.now();
    const id = copyId(task.task_id, name);
    const file = readFiles(task).find((one) => one.name === name);
    if (file?.state !== "waiting" || file.attempts === 0 || file.dueAt <= now) return;
    if (now - (this.#repairs.get(id) ?? Number.NEGATIVE_INFINITY) < REPAIR_EVERY_MS) return;
    const [oldest] = this.#repairs.keys();
    if (oldest !== undefined && this.#repairs.size >= MAX_REPAIRS) this.#repairs.delete(oldest);
    this.#repairs.delete(id);
    this.#repairs.set(id, now);
    await this.#writer.apply(task, COPYING_PHASES, (row) => copySoon(row, name, config, now));
    await queue.arm();
  }

  async #copy(id: string): Promise<null> {
    const { tasks, clock, config, random } = this.#parts;
    const { taskId, name } = readCopyId(id);
    const task = tasks.get(taskId);
    if (!task) return null;
    // After a failed try the URL may have expired: a query hands out a fresh one.
    if (readFiles(task).some((file) => file.name === name && file.attempts > 0)) await this.#refreshUrls(task);
    const row = tasks.get(taskId);
    if (!row || row.deleted_at !== null) return null;
    const { kind, retryAfterMs } = await this.#copyOnce(row, id, name);
    const moment = { now: clock.now(), random: random.fraction() };
    await this.#writer.apply(row, COPYING_PHASES, (read) => copied(read, name, kind, config, moment, retryAfterMs));
    const after = tasks.get(taskId);
    if (!after || !readFiles(after).some((file) => file.name === name && file.state === "waiting"))
      this.#slow.delete(id);
    // Deleted while it was being copied: the copy must go too.
    if (after && after.deleted_at !== null) await this.purge(after);
    return null;
  }

  async #refreshUrls(task: TaskRow): Promise<void> {
    const { config, clock } = this.#parts;
    const outcome = await this.#polling.query(task);
    if (outcome.kind !== "snapshot" || outcome.snapshot.status !== STATUS.completed) return;
    const { snapshot } = outcome;
    await this.#writer.apply(task, COPYING_PHASES, (row) => refreshed(row, snapshot, config, clock.now()));
  }

  async #copyOnce(row: TaskRow, id: string, name: string): Promise<CopyEnd> {
    const { courier, clock, log } = this.#parts;
    const file = readFiles(row).find((candidate) => candidate.name === name);
    if (file?.state !== "waiting") return STORED;
    const kind = name.startsWith("t") ? "thumbnail" : row.task_type === 1 ? "video" : "image";
    const key = resultKey(this.#tenantId(), fileToken(this.#tenantId(), row), name);
    const startedAt = clock.now();
    const limitMs = this.#slow.has(id) ? SLOW_COPY_LIMIT_MS : COPY_LIMIT_MS;
    const outcome = await courier.copy(file.url, key, kind, limitMs).catch(
      // The call to the Courier itself broke.
      (error: unknown) => ({ ok: false, reason: "unavailable", detail: String(error), retryAfterMs: null }) as const,
    );
    if (outcome.ok) return STORED;
    const { reason, detail, retryAfterMs = null } = outcome;
    if (clock.now() - startedAt >= COPY_LIMIT_MS) this.#slow.add(id);
    log("warn", "copy-failed", { taskId: row.task_id, name, reason, detail });
    return { kind: reason, retryAfterMs };
  }

  /**
   * Deletes the files of a deleted task; the row stays as the memory that its URLs are gone. If a copy was under way, once
   * more when no copy can be: it may outlive this object.
   */
  async purge(task: TaskRow): Promise<void> {
    const { courier, tasks, commit, work, clock } = this.#parts;
    const tenantId = this.#tenantId();
    await courier.removeFiles(resultPrefix(tenantId, fileToken(tenantId, task)));
    const dueAt = task.attempts > 0 ? clock.now() + COPY_LEASE_MS : null;
    await commit.run(() => tasks.update(task.task_id, { due_at: dueAt, attempts: 0 }));
    work.set(task.task_id, dueAt, "files");
  }
}

function copyId(taskId: number, name: string): string {
  return `${taskId}/${name}`;
}

function readCopyId(id: string): { readonly taskId: number; readonly name: string } {
  const [taskId = "", name = ""] = id.split("/");
  return { taskId: Number(taskId), name };
}
