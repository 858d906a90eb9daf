/** The rows of `tasks`: SQL and a cache of the rows last used, no decisions. */
import type { Phase, TaskChanges, TaskRow } from "../../domain/task.ts";
import type { TaskListQuery } from "../api.ts";

/** A row has some forty columns: reading it again from SQLite costs more than all else a query does. */
const MAX_CACHED_ROWS = 128;
/** Rows with more text than this are not kept: a request may have 256 KiB. */
const MAX_CACHED_CHARACTERS = 16_384;

export class TaskStore {
  readonly #sql: SqlStorage;
  /** Exact, because this object is the only writer; the oldest go first. */
  readonly #cached = new Map<number, TaskRow>();
  /** Undefined: not read yet. */
  #lastId: number | null | undefined;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(row: TaskRow): void {
    insertion ??= insertionOf(row);
    const values = insertion.columns.map((column) => row[column]);
    this.#sql.exec(insertion.statement, ...values, row.due_at === null ? 0 : 1);
    this.#lastId = row.task_id;
    this.#keep(row);
  }

  get(taskId: number): TaskRow | null {
    const cached = this.#cached.get(taskId);
    if (cached) return cached;
    const [found] = this.#sql.exec("SELECT * FROM tasks WHERE task_id = ?", taskId).toArray();
    if (!found) return null;
    const row = found as unknown as TaskRow;
    this.#keep(row);
    return row;
  }

  #keep(row: TaskRow): void {
    this.#cached.delete(row.task_id);
    const { request, snapshot, results, files, metadata } = row;
    const texts = [request, snapshot, results, files, metadata];
    if (texts.reduce((sum, text) => sum + (text?.length ?? 0), 0) > MAX_CACHED_CHARACTERS) return;
    const [oldest] = this.#cached.keys();
    if (oldest !== undefined && this.#cached.size >= MAX_CACHED_ROWS) this.#cached.delete(oldest);
    this.#cached.set(row.task_id, row);
  }

  /** Call when a transaction was undone, or rows were changed past this store. */
  forgetCached(): void {
    this.#cached.clear();
    this.#lastId = undefined;
  }

  update(taskId: number, changes: TaskChanges): void {
    if (Object.keys(changes).length === 0) return;
    const cached = this.#cached.get(taskId);
    const columns = { ...changes, ...workChange(changes, cached) };
    this.#sql.exec(updateStatement(Object.keys(columns)), ...Object.values(columns), taskId);
    if (cached) this.#keep({ ...cached, ...changes });
  }

  remove(taskId: number): void {
    this.#sql.exec("DELETE FROM tasks WHERE task_id = ?", taskId);
    this.#cached.delete(taskId);
  }

  /**
   * @returns the greatest taskId ever given out, or null. From the ledger, where every task has its hold and nothing is ever
   *   removed: a task that was refused before anyone heard of it has no row any more, and its id must not come again.
   */
  lastId(): number | null {
    if (this.#lastId === undefined) {
      const [row] = this.#sql
        .exec<{ task_id: number }>(
          "SELECT task_id FROM ledger INDEXED BY ledger_once WHERE task_id IS NOT NULL ORDER BY task_id DESC LIMIT 1",
        )
        .toArray();
      this.#lastId = row?.task_id ?? null;
    }
    return this.#lastId;
  }

  /** @returns every task with work left, with what scheduling needs to know of it. */
  withWork(): { task_id: number; due_at: number; phase: Phase }[] {
    return this.#sql
      .exec<{ task_id: number; due_at: number; phase: Phase }>(
        "SELECT task_id, due_at, phase FROM tasks INDEXED BY tasks_with_work WHERE has_work = 1",
      )
      .toArray();
  }

  /** @returns credits held by tasks that are not settled, and how many result files still have to be copied. */
  pendingSums(): { held: number; copiesWaiting: number } {
    const held = this.#sql
      .exec<{ held: number | null }>(
        "SELECT SUM(held) AS held FROM tasks INDEXED BY tasks_with_work WHERE has_work = 1 AND settled = 'open'",
      )
      .one();
    const copies = this.#sql
      .exec<{ waiting: number }>(
        `SELECT COUNT(*) AS waiting FROM tasks INDEXED BY tasks_with_work, json_each(tasks.files) AS file
         WHERE has_work = 1 AND phase >= 2 AND deleted_at IS NULL
           AND json_extract(file.value, '$.state') = 'waiting'`,
      )
      .one();
    return { held: held.held ?? 0, copiesWaiting: copies.waiting };
  }

  /** @returns up to `limit` rows that the filters let through, newest first. */
  list(query: TaskListQuery & { owner: Owner | null; firstId: number | null; lastId: number | null }): TaskRow[] {
    const where = ["deleted_at IS NULL"];
    const values: (string | number)[] = [];
    const also = (condition: string, value: string | number | null) => {
      if (value === null) return;
      where.push(condition);
      values.push(value);
    };
    also("status = ?", query.status);
    also("model = ?", query.model);
    also("task_id >= ?", query.firstId);
    also("task_id <= ?", query.lastId);
    also("task_id < ?", query.before);
    if (query.owner) {
      also(`${query.owner.column} = ?`, query.owner.value);
    }
    return this.#sql
      .exec(`SELECT * FROM tasks WHERE ${where.join(" AND ")} ORDER BY task_id DESC LIMIT ?`, ...values, query.limit)
      .toArray() as unknown as TaskRow[];
  }

  /** @returns ended tasks from `firstId` to `lastId`, oldest first, that are not deleted. */
  ended(firstId: number, lastId: number, limit: number): TaskRow[] {
    return this.#sql
      .exec(
        "SELECT * FROM tasks WHERE task_id BETWEEN ? AND ? AND deleted_at IS NULL AND phase = 3 ORDER BY task_id LIMIT ?",
        firstId,
        lastId,
        limit,
      )
      .toArray() as unknown as TaskRow[];
  }

  /** @returns the oldest task from `firstId` on that is not deleted, or null. */
  firstKept(firstId: number): number | null {
    const [row] = this.#sql
      .exec<{ task_id: number }>(
        "SELECT task_id FROM tasks WHERE task_id >= ? AND deleted_at IS NULL ORDER BY task_id LIMIT 1",
        firstId,
      )
      .toArray();
    return row?.task_id ?? null;
  }
}

interface Insertion {
  readonly columns: readonly (keyof TaskRow)[];
  readonly statement: string;
}

/** The same for every row: all have the same columns. */
let insertion: Insertion | null = null;

function insertionOf(row: TaskRow): Insertion {
  const columns = Object.keys(row) as (keyof TaskRow)[];
  const places = "?,".repeat(columns.length);
  return { columns, statement: `INSERT INTO tasks (${columns.join()},has_work) VALUES (${places}?)` };
}

/** UPDATE statements by their columns: there are a dozen, and each is long. */
const updates = new Map<string, string>();

function updateStatement(columns: readonly string[]): string {
  const list = columns.join();
  let statement = updates.get(list);
  if (statement === undefined) {
    statement = `UPDATE tasks SET ${columns.map((column) => `${column} = ?`).join()} WHERE task_id = ?`;
    updates.set(list, statement);
  }
  return statement;
}

/** `has_work` when it must change: naming it in an UPDATE writes the index too, whether its value changes or not. */
function workChange({ due_at }: TaskChanges, cached: TaskRow | undefined): { has_work?: 0 | 1 } {
  if (due_at === undefined || (cached && (cached.due_at === null) === (due_at === null))) return {};
  return { has_work: due_at === null ? 0 : 1 };
}

/** Whose tasks a credential may see, when that is not all of its tenant's. */
export interface Owner {
  readonly column: "end_user" | "token_id" | "key_id";
  readonly value: string;
}
