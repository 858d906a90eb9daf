/** Copies finished files to R2, and deletes them. A copy may take minutes and delays no poll. */
import type { CopyPace } from "../../courier/copy.ts";
import { MINUTE_MS } from "../../domain/calendar.ts";
import { resultKey, resultPrefix } from "../../domain/file-link.ts";
import { type MirroredFile, PHASE, STATUS, type TaskRow } from "../../domain/task.ts";
import { type CopyResult, copied, copySoon, mirrored, readFiles, refreshed } from "../../domain/task-mirroring.ts";
import { ExpiringMap } from "../../lib/expiring-map.ts";
import { countCopy } from "../../metrics/isolate-counters.ts";
import { fileToken } from "../rules/render.ts";
import type { LaneName } from "./lanes.ts";
import type { Polling } from "./polling.ts";
import type { TaskParts, TaskWriter } from "./task-writer.ts";
import type { WorkItems } from "./work-items.ts";

/**
 * Time limits of a copy, in ms. A copy that exceeds the first is tried again in the lane for slow and large files
 * (lanes.ts), under the second.
 */
const COPY_LIMIT_MS = 15_000;
const SLOW_COPY_LIMIT_MS = 14 * MINUTE_MS;
/** With so many slow files within this time (in ms), others are copied in a hurry, and only once their start came fast. */
const MANY_SLOW = 4;
const SLOW_MEMORY_MS = MINUTE_MS;
/** Most files whose speed is known; the oldest are dropped first, and measured again. */
const MAX_SPEEDS = 10_000;
/** Most copies in memory, and the delay in ms after which a task beyond them tries again. */
const MAX_QUEUED_COPIES = 4_000;
const AFTER_QUEUED_MS = 30_000;
/** A copy never runs longer than this, also one that an earlier instance of this object started. In ms. */
const COPY_LEASE_MS = 15 * MINUTE_MS;
const COPY_RETRY_MS = 5_000;
const COPYING_PHASES = [PHASE.mirroring, PHASE.ended] as const;

/** Least time between two repairs of one file, in ms. */
const REPAIR_EVERY_MS = 10_000;
/** Most files whose last repair is remembered; the oldest are dropped first. */
const MAX_REPAIRS = 1_000;

/**
 * What is known of the speed of a file that is not stored yet:
 * - `suspect`: it was slow, or others are; its start is looked at before the next copy
 * - `fast`: its start came fast
 * - `slow`: its start came slowly
 * - `large`: it did not end within COPY_LIMIT_MS, at a good speed
 */
type Speed = "suspect" | "fast" | "slow" | "large";

/** The outcome of one copy, and the wait that the file's host asked for. */
interface CopyEnd {
  readonly kind: CopyResult;
  readonly retryAfterMs: number | null;
}

const STORED: CopyEnd = { kind: "stored", retryAfterMs: null };

/** Copies the files of finished tasks to R2. */
export class Mirroring {
  readonly #parts: TaskParts;
  readonly #writer: TaskWriter;
  readonly #polling: Polling;
  /** Copies that are due or running, by {@link copyId}. */
  readonly #copies: WorkItems<string, LaneName>;
  /** Speeds of files that are not stored yet, by {@link copyId}. */
  readonly #speeds = new ExpiringMap<Speed>(MAX_SPEEDS);
  /** When the last files were found to be slow, in ms since epoch; at most MANY_SLOW. */
  #lastSlow: readonly number[] = [];
  /** Files whose repair was asked for a moment ago, by {@link copyId}. */
  readonly #repairs = new ExpiringMap<true>(MAX_REPAIRS);

  constructor(parts: TaskParts, writer: TaskWriter, polling: Polling) {
    this.#parts = parts;
    this.#writer = writer;
    this.#polling = polling;
    const run = (id: string) => this.#copy(id);
    this.#copies = parts.queue.register({ name: "copy", run, logged: readCopyId, retryMs: COPY_RETRY_MS });
  }

  /** Queues the copies that are due, and reports the task when its grace is over. */
  async start(task: TaskRow): Promise<void> {
    const { work, config, clock } = this.#parts;
    const now = clock.now();
    const waiting = readFiles(task).filter((file) => file.state === "waiting");
    let isFull = false;
    for (const file of waiting) {
      const id = copyId(task.task_id, file.name);
      if (file.dueAt > now || this.#copies.has(id)) continue;
      isFull ||= this.#copies.size >= MAX_QUEUED_COPIES;
      if (!isFull) this.#enqueue(id, file);
    }
    // The end of a copy sets the task's due time. This sets it for the rest: the next file, and the end of the grace
    // period.
    const next = waiting.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > now);
    const graceAt = (task.finished_at ?? now) + config.mirrorGraceMs;
    if (isFull) next.push(now + AFTER_QUEUED_MS);
    if (task.phase === PHASE.mirroring && now < graceAt) next.push(graceAt);
    work.set(task.task_id, Math.min(now + COPY_LEASE_MS, ...next), "files");
    if (task.phase === PHASE.mirroring && now >= graceAt) {
      await this.#writer.apply(task, [PHASE.mirroring], (row) => mirrored(row, readFiles(row), config, now));
    }
  }

  /** Makes a copy due now, in the lane of the file's speed. */
  #enqueue(id: string, { attempts }: MirroredFile): void {
    const speed = this.#speeds.get(id, 0);
    const now = this.#parts.clock.now();
    if (speed === "suspect") this.#copies.set(id, now, "probes");
    else if (speed === "slow" || speed === "large") this.#copies.set(id, now, "slowCopies", speed);
    else this.#copies.set(id, now, attempts > 0 ? "copyRetries" : "copies");
  }

  /**
   * Makes the next copy of a file due now, with a fresh URL, because a reader found its URL expired or its host down.
   * Does nothing for a file whose first copy has not been tried yet, or whose last repair is less than 10 s ago.
   */
  async repair(task: TaskRow, name: string): Promise<void> {
    const { clock, config, queue } = this.#parts;
    const now = clock.now();
    const id = copyId(task.task_id, name);
    const file = readFiles(task).find((one) => one.name === name);
    if (file?.state !== "waiting" || file.attempts === 0 || file.dueAt <= now) return;
    if (this.#repairs.get(id, now)) return;
    this.#repairs.set(id, true, now + REPAIR_EVERY_MS);
    await this.#writer.apply(task, COPYING_PHASES, (row) => copySoon(row, name, config, now));
    await queue.arm();
  }

  /** @returns null at the end of an attempt; undefined if the file moved to another lane */
  async #copy(id: string): Promise<null | undefined> {
    const { tasks, clock, config, random } = this.#parts;
    const { taskId, name } = readCopyId(id);
    const task = tasks.get(taskId);
    const before = task === null ? undefined : waitingFile(task, name);
    if (task === null || before === undefined) return this.#forget(id);
    const speed = this.#speeds.get(id, 0);
    if (speed === undefined && this.#hasManySlow(clock.now())) {
      this.#found(id, "suspect");
      this.#enqueue(id, before);
      return undefined;
    }
    // After a failed attempt the URL may have expired: a query returns a fresh one.
    if (before.attempts > 0 && speed !== "fast" && speed !== "slow") await this.#refreshUrls(task);
    const row = tasks.get(taskId);
    const file = row === null || row.deleted_at !== null ? undefined : waitingFile(row, name);
    if (row === null || file === undefined) return this.#forget(id);
    const end = speed === "suspect" ? await this.#look(id, file) : await this.#copyOnce(row, id, file);
    if (end === null) return undefined;
    const { kind, retryAfterMs } = end;
    const moment = { now: clock.now(), random: random.fraction() };
    await this.#writer.apply(row, COPYING_PHASES, (read) => copied(read, name, kind, config, moment, retryAfterMs));
    const after = tasks.get(taskId);
    if (after === null || waitingFile(after, name) === undefined) this.#forget(id);
    // The task was deleted during the copy, so the copy must be deleted too.
    if (after && after.deleted_at !== null) await this.deleteFiles(after);
    return null;
  }

  /**
   * Looks at the start of a file and moves it to the lane of its speed. A file that was not tried before, and may have
   * stalled once, is looked at again first.
   *
   * @returns null if it moved; otherwise a failed attempt
   */
  async #look(id: string, file: MirroredFile): Promise<CopyEnd | null> {
    const isSlow = await this.#parts.courier.startsSlowly(file.url).catch(() => false);
    if (isSlow) this.#noteSlow();
    if (isSlow && file.attempts === 0) return { kind: "unavailable", retryAfterMs: null };
    this.#found(id, isSlow ? "slow" : "fast");
    this.#enqueue(id, file);
    return null;
  }

  #forget(id: string): null {
    this.#speeds.delete(id);
    return null;
  }

  async #refreshUrls(task: TaskRow): Promise<void> {
    const { config, clock } = this.#parts;
    const outcome = await this.#polling.query(task);
    if (outcome.kind !== "snapshot" || outcome.snapshot.status !== STATUS.completed) return;
    const { snapshot } = outcome;
    await this.#writer.apply(task, COPYING_PHASES, (row) => refreshed(row, snapshot, config, clock.now()));
  }

  async #copyOnce(row: TaskRow, id: string, { name, url }: MirroredFile): Promise<CopyEnd> {
    const { courier, clock, log, meta } = this.#parts;
    const declared = name.startsWith("t") ? "thumbnail" : row.task_type === 1 ? "video" : "image";
    const key = resultKey(meta.tenantId, fileToken(meta.tenantId, row), name);
    const startedAt = clock.now();
    const speed = this.#speeds.get(id, 0);
    const isPatient = speed === "slow" || speed === "large";
    const limitMs = isPatient ? SLOW_COPY_LIMIT_MS : COPY_LIMIT_MS;
    const outcome = await courier.copy(url, key, declared, limitMs, this.#paceOf(speed)).catch(
      // The call to the Courier failed.
      (error: unknown) => ({ ok: false, reason: "unavailable", detail: String(error), retryAfterMs: null }) as const,
    );
    countCopy(outcome.ok ? "stored" : outcome.reason);
    if (outcome.ok) return STORED;
    const { reason, detail, retryAfterMs = null } = outcome;
    const isOver = clock.now() - startedAt >= COPY_LIMIT_MS;
    const found = "speed" in outcome && outcome.speed !== undefined ? outcome.speed : isOver ? "slow" : null;
    if (found === "large" && speed !== "large") this.#found(id, "large");
    else if (found !== null || speed === "slow") {
      if (found !== null) this.#noteSlow();
      this.#found(id, "suspect");
    } else if (speed === "fast") this.#speeds.delete(id);
    log("warn", "copy-failed", { taskId: row.task_id, name, reason, detail });
    return { kind: reason, retryAfterMs };
  }

  #paceOf(speed: Speed | undefined): CopyPace {
    if (speed === "slow") return "patient";
    if (this.#hasManySlow(this.#parts.clock.now())) return "hurried";
    return speed === "large" ? "steady" : "patient";
  }

  #found(id: string, speed: Speed): void {
    this.#speeds.set(id, speed, Number.POSITIVE_INFINITY);
  }

  #noteSlow(): void {
    this.#lastSlow = [...this.#lastSlow, this.#parts.clock.now()].slice(-MANY_SLOW);
  }

  /** True if so many files were found to be slow lately that others would wait for more of them. */
  #hasManySlow(now: number): boolean {
    const [first] = this.#lastSlow;
    return this.#lastSlow.length === MANY_SLOW && first !== undefined && now - first < SLOW_MEMORY_MS;
  }

  /**
   * Deletes the files of a deleted task. The row stays, so that its URLs return 410. If a copy was running, deletes
   * once more after its longest duration, because the copy may outlive this object.
   */
  async deleteFiles(task: TaskRow): Promise<void> {
    const { courier, tasks, commit, work, clock, meta } = this.#parts;
    await courier.removeFiles(resultPrefix(meta.tenantId, fileToken(meta.tenantId, task)));
    const dueAt = task.attempts > 0 ? clock.now() + COPY_LEASE_MS : null;
    await commit.run(() => tasks.update(task.task_id, { due_at: dueAt, attempts: 0 }));
    work.set(task.task_id, dueAt, "files");
  }
}

function waitingFile(task: TaskRow, name: string): MirroredFile | undefined {
  return readFiles(task).find((file) => file.name === name && file.state === "waiting");
}

function copyId(taskId: number, name: string): string {
  return `${taskId}/${name}`;
}

function readCopyId(id: string): { readonly taskId: number; readonly name: string } {
  const [taskId = "", name = ""] = id.split("/");
  return { taskId: Number(taskId), name };
}
