/** Copying finished files to R2, and deleting them again. A copy may take minutes: it holds up no poll. */
import { resultKey, resultPrefix } from "../../domain/file-link.ts";
import { PHASE, STATUS, type TaskRow } from "../../domain/task.ts";
import { type CopyResult, copied, copySoon, mirrored, readFiles, refreshed } from "../../domain/task-lifecycle.ts";
import { fileToken } from "../rules/render.ts";
import type { Polling } from "./polling.ts";
import type { TaskWriter, TaskWriterParts } from "./task-writer.ts";

/** Copies of one tenant at once: each may hold a part of several MiB in memory. */
const MAX_COPIES = 4;
const COPY_LEASE_MS = 15 * 60_000;
const QUEUE_LEASE_MS = 10_000;
const AFTER_FAILURE_MS = 5_000;
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

export class Mirroring {
  readonly #parts: TaskWriterParts;
  readonly #writer: TaskWriter;
  readonly #polling: Polling;
  readonly #tenantId: () => string;
  /** Called when a copy has ended and there may be work again. */
  readonly #wake: () => Promise<void>;
  readonly #copying = new Set<string>();
  /** Tasks that found no room for a copy, in the order in which they get it. */
  readonly #queueing = new Set<number>();
  /** When the repair of a file was last asked for, in ms since epoch. */
  readonly #repairs = new Map<string, number>();

  constructor(
    parts: TaskWriterParts,
    writer: TaskWriter,
    polling: Polling,
    hooks: { readonly tenantId: () => string; readonly wake: () => Promise<void> },
  ) {
    this.#parts = parts;
    this.#writer = writer;
    this.#polling = polling;
    this.#tenantId = hooks.tenantId;
    this.#wake = hooks.wake;
  }

  /** Starts the copies that are due, without waiting for them, and reports the task when its grace is over. */
  async start(task: TaskRow): Promise<void> {
    const { schedule, config, log, clock } = this.#parts;
    const now = clock.now();
    const isCopying = (name: string) => this.#copying.has(`${task.task_id}/${name}`);
    const waiting = readFiles(task).filter((file) => file.state === "waiting");
    for (const file of waiting) {
      if (file.dueAt > now || isCopying(file.name)) continue;
      if (this.#copying.size >= MAX_COPIES) {
        this.#queueing.add(task.task_id);
        break;
      }
      this.#copying.add(`${task.task_id}/${file.name}`);
      this.#copy(task, file.name, file.attempts > 0).catch((error: unknown) => {
        log("error", "copy", { taskId: task.task_id, error: String(error) });
      });
    }
    // Files under way, and those that queue, come back by themselves; what else there is: the next file (one that has
    // just failed may still count as under way), and the end of the grace.
    const next = waiting
      .filter(({ name, dueAt }) => dueAt > now || !isCopying(name))
      .map(({ dueAt }) => (dueAt > now ? dueAt : now + QUEUE_LEASE_MS));
    const graceAt = (task.finished_at ?? now) + config.mirrorGraceMs;
    if (task.phase === PHASE.mirroring && now < graceAt) next.push(graceAt);
    schedule.set(task.task_id, next.length > 0 ? Math.min(...next) : now + COPY_LEASE_MS);
    if (task.phase === PHASE.mirroring && now >= graceAt) {
      await this.#writer.apply(task, [PHASE.mirroring], (row) => mirrored(row, readFiles(row), config, now));
    }
  }

  /**
   * A reader found the file's URL expired or its host down: makes the next copy due now, with a fresh URL. Does nothing for
   * a file whose first copy is still to come, or whose repair was asked for less than 10 s ago.
   */
  async repair(task: TaskRow, name: string): Promise<void> {
    const { clock, config, schedule } = this.#parts;
    const now = clock.now();
    const id = `${task.task_id}/${name}`;
    const file = readFiles(task).find((one) => one.name === name);
    if (file?.state !== "waiting" || file.attempts === 0 || file.dueAt <= now) return;
    if (now - (this.#repairs.get(id) ?? Number.NEGATIVE_INFINITY) < REPAIR_EVERY_MS) return;
    const [oldest] = this.#repairs.keys();
    if (oldest !== undefined && this.#repairs.size >= MAX_REPAIRS) this.#repairs.delete(oldest);
    this.#repairs.delete(id);
    this.#repairs.set(id, now);
    await this.#writer.apply(task, COPYING_PHASES, (row) => copySoon(row, name, config, now));
    await schedule.arm(now);
  }

  async #copy(task: TaskRow, name: string, refresh: boolean): Promise<void> {
    const { tasks } = this.#parts;
    let result: CopyEnd = { kind: "unavailable", retryAfterMs: null };
    try {
      // After a failed try the URL may have expired: a query hands out a fresh one.
      if (refresh) await this.#refreshUrls(task);
      const row = tasks.get(task.task_id);
      if (row && row.deleted_at === null) result = await this.#copyOnce(row, name);
    } finally {
      await this.#copyEnded(task, name, result);
    }
  }

  async #copyEnded(task: TaskRow, name: string, { kind, retryAfterMs }: CopyEnd): Promise<void> {
    const { tasks, clock, random, config, schedule } = this.#parts;
    const moment = { now: clock.now(), random: random.fraction() };
    try {
      await this.#writer.apply(task, COPYING_PHASES, (row) => copied(row, name, kind, config, moment, retryAfterMs));
      // Deleted while it was being copied: the copy must go too.
      const after = tasks.get(task.task_id);
      if (after && after.deleted_at !== null) await this.purge(after);
    } catch (error) {
      schedule.set(task.task_id, clock.now() + AFTER_FAILURE_MS);
      throw error;
    } finally {
      // Not before its end is written: until then the row says that the file is still to be copied.
      this.#copying.delete(`${task.task_id}/${name}`);
      this.#admitNext();
      await this.#wake();
    }
  }

  /** There is room for one more copy: the task that has waited longest is due. */
  #admitNext(): void {
    const { schedule, clock } = this.#parts;
    for (const taskId of this.#queueing) {
      this.#queueing.delete(taskId);
      schedule.set(taskId, clock.now());
      return;
    }
  }

  async #refreshUrls(task: TaskRow): Promise<void> {
    const { config, clock } = this.#parts;
    const outcome = await this.#polling.query(task);
    if (outcome.kind !== "snapshot" || outcome.snapshot.status !== STATUS.completed) return;
    const { snapshot } = outcome;
    await this.#writer.apply(task, COPYING_PHASES, (row) => refreshed(row, snapshot, config, clock.now()));
  }

  async #copyOnce(row: TaskRow, name: string): Promise<CopyEnd> {
    const file = readFiles(row).find((candidate) => candidate.name === name);
    if (file?.state !== "waiting") return STORED;
    const kind = name.startsWith("t") ? "thumbnail" : row.task_type === 1 ? "video" : "image";
    const key = resultKey(this.#tenantId(), fileToken(this.#tenantId(), row), name);
    const outcome = await this.#parts.courier.copy(file.url, key, kind);
    if (outcome.ok) return STORED;
    const { reason, detail, retryAfterMs = null } = outcome;
    this.#parts.log("warn", "copy-failed", { taskId: row.task_id, name, reason, detail });
    return { kind: reason, retryAfterMs };
  }

  /**
   * Deletes the files of a deleted task; the row stays as the memory that its URLs are gone. If a copy was under way, once
   * more when no copy can be: it may outlive this object.
   */
  async purge(task: TaskRow): Promise<void> {
    const { courier, tasks, commit, schedule, clock } = this.#parts;
    const tenantId = this.#tenantId();
    await courier.removeFiles(resultPrefix(tenantId, fileToken(tenantId, task)));
    const dueAt = task.attempts > 0 ? clock.now() + COPY_LEASE_MS : null;
    await commit.run(() => tasks.update(task.task_id, { due_at: dueAt, attempts: 0 }));
    schedule.set(task.task_id, dueAt);
  }
}
