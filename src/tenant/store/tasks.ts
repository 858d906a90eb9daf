/** The rows of `tasks`: SQL and a cache of the rows last used, no decisions. */
import { PHASE, type Phase, progressStep, type TaskChanges, type TaskRow } from "../../domain/task.ts";
import { taskIdTime } from "../../domain/task-id.ts";
import { ExpiringMap } from "../../lib/expiring-map.ts";
import { Store } from "../../lib/store.ts";
import type { MetaStore } from "./meta.ts";
import { listTaskIds, type Owner, ownerText, type TaskFilter, type TaskIds } from "./task-filter.ts";
import { factsOf, IS_FACT, insertTaskRow, readTaskRow, workChange } from "./task-row.ts";

/** Most cached rows. A row has about forty fields, and reading it from SQLite costs more than the rest of a query. */
const MAX_CACHED_ROWS = 128;
/** Most tasks whose progress is in memory alone; of the oldest, a caller sees the stored step or that of the next poll. */
const MAX_PROGRESS = 20_000;
/** Rows with more text than this are not cached (a request may have 256 KiB), so the cache takes at most 4 MiB. */
const MAX_CACHED_CHARACTERS = 16_384;
const NEVER = Number.POSITIVE_INFINITY;
const KEPT_FROM = "tasks-kept-from";
/** Written by migration 22, where there were more tasks than it put into `task_metadata`. */
const METADATA_FROM = "task-metadata-from";

/** The columns of a task in an export. */
export type TaskSummary = Pick<
  TaskRow,
  | "task_id"
  | "task_no"
  | "model"
  | "type"
  | "status"
  | "expected_results"
  | "fail_reason"
  | "key_id"
  | "end_user"
  | "token_id"
  | "held"
  | "settled"
  | "created_at"
  | "ended_at"
>;

/** The rows of `tasks`, the last used in memory. */
export class TaskStore extends Store {
  readonly #meta: MetaStore;
  /** Exact, because this object is the only writer; the oldest are dropped first. */
  readonly #cached = new Map<number, TaskRow>();
  /** Progress of running tasks that no caller has seen. It is written when one looks, and lost with the object's memory. */
  readonly #unseenProgress = new ExpiringMap<number, number>(MAX_PROGRESS);
  /** Progress that callers see, where the row has a later step of it (`progressStep`). */
  readonly #shownProgress = new ExpiringMap<number, number>(MAX_PROGRESS);

  constructor(sql: SqlStorage, meta: MetaStore) {
    super(sql);
    this.#meta = meta;
  }

  insert(row: TaskRow): void {
    insertTaskRow(this.sql, row);
    this.#keep(row);
  }

  get(taskId: number): TaskRow | null {
    const cached = this.#cached.get(taskId);
    if (cached) return cached;
    const row = this.#read(taskId);
    if (row) this.#keep(row);
    return row;
  }

  /** Returns a row that is needed once, as in a list, without caching it. */
  getOnce(taskId: number): TaskRow | null {
    return this.#cached.get(taskId) ?? this.#read(taskId);
  }

  #read(taskId: number): TaskRow | null {
    const found = this.first<Record<string, SqlStorageValue>>("SELECT * FROM tasks WHERE task_id = ?", taskId);
    if (!found) return null;
    const row = readTaskRow(found);
    return { ...row, progress: this.#shownProgress.get(taskId, 0) ?? row.progress };
  }

  #keep(row: TaskRow): void {
    this.#cached.delete(row.task_id);
    let characters = 0;
    for (const value of Object.values(row)) if (typeof value === "string") characters += value.length;
    if (characters > MAX_CACHED_CHARACTERS) return;
    const [oldest] = this.#cached.keys();
    if (oldest !== undefined && this.#cached.size >= MAX_CACHED_ROWS) this.#cached.delete(oldest);
    this.#cached.set(row.task_id, row);
  }

  /** Drops the cache. Call it after a transaction was undone or rows were changed by other code. */
  clearCache(): void {
    this.#cached.clear();
    this.#unseenProgress.clear();
    this.#shownProgress.clear();
  }

  /** Keeps the progress of a task in memory until the next write of the task, or until a caller looks at it. */
  keepProgress(taskId: number, progress: number): void {
    this.#unseenProgress.set(taskId, Math.max(progress, this.#unseenProgress.get(taskId, 0) ?? 0), NEVER);
  }

  /** Shows progress that was kept in memory, because a caller looks at the task. */
  showKeptProgress(taskId: number): void {
    const progress = this.#unseenProgress.get(taskId, 0);
    const row = progress === undefined ? null : this.getOnce(taskId);
    if (row !== null && progress !== undefined) this.showProgress(row, progress);
  }

  /** Lets callers see the progress of a running task, and writes its step unless the row has it. */
  showProgress(row: TaskRow, progress: number): void {
    const { task_id } = row;
    if (progress > this.storedProgress(row)) {
      this.update(task_id, { progress });
      return;
    }
    this.#unseenProgress.delete(task_id);
    this.#shownProgress.set(task_id, progress, NEVER);
    if (this.#cached.has(task_id)) this.#keep({ ...row, progress });
  }

  /** @returns the progress that a task has after a restart */
  storedProgress({ task_id, progress }: TaskRow): number {
    const shown = this.#shownProgress.get(task_id, 0);
    return shown === undefined ? progress : progressStep(shown);
  }

  update(taskId: number, wanted: TaskChanges): void {
    const unseen = this.#unseenProgress.get(taskId, 0);
    const changes = unseen === undefined ? wanted : { progress: unseen, ...wanted };
    if (Object.keys(changes).length === 0) return;
    this.#unseenProgress.delete(taskId);
    const cached = this.#cached.get(taskId);
    const stored: Record<string, SqlStorageValue> = { ...changes, ...workChange(changes, cached) };
    const isEnd = changes.phase === PHASE.ended;
    const progress = changes.progress ?? (isEnd ? this.#shownProgress.get(taskId, 0) : undefined);
    if (progress !== undefined) {
      stored.progress = isEnd ? progress : progressStep(progress);
      if (stored.progress === progress) this.#shownProgress.delete(taskId);
      else this.#shownProgress.set(taskId, progress, NEVER);
    }
    const changed = Object.entries(stored);
    const columns = changed.filter(([name]) => !IS_FACT.has(name));
    if (columns.length < changed.length) {
      const row = cached ?? this.#read(taskId);
      if (row) columns.push(["facts", factsOf({ ...row, ...changes })]);
    }
    const assignments = columns.map(([name]) => `${name} = ?`).join();
    const values = columns.map(([, value]) => value);
    this.sql.exec(`UPDATE tasks SET ${assignments} WHERE task_id = ?`, ...values, taskId);
    if (cached) this.#keep({ ...cached, ...changes });
  }

  /**
   * Changes a cached row in memory alone: the next write of these columns includes what was remembered. Does nothing for a
   * row that is not cached.
   */
  remember(taskId: number, changes: Pick<TaskChanges, "polls" | "polled_at">): void {
    const cached = this.#cached.get(taskId);
    if (cached) this.#keep({ ...cached, ...changes });
  }

  remove(taskId: number): void {
    this.sql.exec("DELETE FROM tasks WHERE task_id = ?", taskId);
    this.#cached.delete(taskId);
    this.#unseenProgress.delete(taskId);
    this.#shownProgress.delete(taskId);
  }

  /** @returns this owner's latest undeleted task with this idempotency key, or null */
  withIdempotencyKey(key: string, owner: Owner | null): TaskRow | null {
    const found = this.first<{ task_id: number }>(
      `SELECT task_id FROM tasks INDEXED BY tasks_by_idempotency_key
       WHERE idempotency_key = ? AND owner IS ? ORDER BY task_id DESC LIMIT 1`,
      key,
      owner && ownerText(owner),
    );
    return found ? this.get(found.task_id) : null;
  }

  /** @returns the number of tasks that have not ended of each of these owners (`ownerText`) that has any */
  countActiveByOwner(owners: readonly string[]): Map<string, number> {
    const rows = this.sql.exec<{ owner: string; count: number }>(
      `SELECT owner, COUNT(*) AS count FROM tasks INDEXED BY tasks_active_by_owner
       WHERE owner IN (SELECT value FROM json_each(?)) AND owner IS NOT NULL AND ended_at IS NULL AND phase < 3
       GROUP BY owner`,
      JSON.stringify(owners),
    );
    return new Map([...rows].map(({ owner, count }) => [owner, count]));
  }

  /** @returns the number of tasks that have not ended of each key that has any; reads all of them */
  countActiveByKey(): Map<string, number> {
    const rows = this.sql.exec<{ key_id: string; count: number }>(
      `SELECT key_id, COUNT(*) AS count FROM tasks INDEXED BY tasks_with_work
       WHERE has_work = 1 AND phase < 3 GROUP BY key_id`,
    );
    return new Map([...rows].map(({ key_id, count }) => [key_id, count]));
  }

  /** @returns whether a task of this model from `firstId` on has not ended. */
  hasRunning(model: string, firstId: number): boolean {
    const statement = "SELECT 1 FROM tasks WHERE task_id >= ? AND model = ? AND phase < 3 LIMIT 1";
    return this.has(statement, firstId, model);
  }

  /** @returns the time of the latest task, in ms since epoch; null if there never was one */
  lastAt(): number | null {
    const id = this.value<number | null>("SELECT MAX(task_id) FROM tasks");
    return id === null ? null : taskIdTime(id);
  }

  /** @returns up to `limit` tasks with work left, with ids above `afterId`, in the order of their ids: what scheduling needs */
  withWork(afterId: number, limit: number): { task_id: number; due_at: number; phase: Phase }[] {
    return this.all<{ task_id: number; due_at: number; phase: Phase }>(
      `SELECT task_id, due_at, phase FROM tasks INDEXED BY tasks_with_work
       WHERE has_work = 1 AND task_id > ? ORDER BY task_id LIMIT ?`,
      afterId,
      limit,
    );
  }

  /** @returns the number of tasks with work left */
  countWithWork(): number {
    return this.value("SELECT COUNT(*) FROM tasks INDEXED BY tasks_with_work WHERE has_work = 1");
  }

  /** Returns one page of the ids of the tasks that match a filter; see `listTaskIds`. */
  list(filter: TaskFilter, limit: number): TaskIds {
    const metadataFrom = filter.metadata.length === 0 ? 0 : (this.#meta.read<number>(METADATA_FROM) ?? 0);
    return listTaskIds(this.sql, filter, limit, { keptFrom: this.#keptFrom(), metadataFrom });
  }

  /** @returns the export's columns of these tasks, one at a time, in the order of the ids */
  summaries(ids: readonly number[]): Iterable<TaskSummary> {
    return this.each<TaskSummary>(
      `SELECT task_id, facts ->> 'task_no' AS task_no, model, facts ->> 'type' AS type, status,
         facts ->> 'expected_results' AS expected_results, fail_reason, key_id, end_user,
         facts ->> 'token_id' AS token_id, held, settled, created_at, ended_at
       FROM json_each(?) AS wanted CROSS JOIN tasks ON tasks.task_id = wanted.value`,
      JSON.stringify(ids),
    );
  }

  /** @returns ids of ended, undeleted tasks up to `lastId`, oldest first */
  ended(lastId: number, limit: number): number[] {
    return this.all<{ task_id: number }>(
      "SELECT task_id FROM tasks WHERE task_id BETWEEN ? AND ? AND deleted_at IS NULL AND phase = 3 ORDER BY task_id LIMIT ?",
      this.#keptFrom(),
      lastId,
      limit,
    ).map(({ task_id }) => task_id);
  }

  /**
   * Stores the id of the oldest task that is not deleted. Rows of deleted tasks stay, and retention leaves many of them
   * at the end, which no list should read again and again. Call it inside a transaction.
   */
  noteKeptFrom(): void {
    const oldest = this.first<{ task_id: number }>(
      "SELECT task_id FROM tasks WHERE task_id >= ? AND deleted_at IS NULL ORDER BY task_id LIMIT 1",
      this.#keptFrom(),
    );
    if (oldest && oldest.task_id > this.#keptFrom()) this.#meta.write(KEPT_FROM, oldest.task_id);
  }

  #keptFrom(): number {
    return this.#meta.read(KEPT_FROM) ?? 0;
  }
}
