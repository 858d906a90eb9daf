/** The rows of `tasks`: SQL only, no decisions. */
import type { Phase, TaskChanges, TaskRow } from "../../domain/task.ts";
import type { TaskListQuery } from "../types.ts";

export class TaskStore {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(row: TaskRow): void {
    const columns = Object.keys(row);
    const marks = columns.map(() => "?").join(",");
    this.#sql.exec(`INSERT INTO tasks (${columns.join(",")}) VALUES (${marks})`, ...Object.values(row));
  }

  get(taskId: number): TaskRow | null {
    const [row] = this.#sql.exec("SELECT * FROM tasks WHERE task_id = ?", taskId).toArray();
    return row ? (row as unknown as TaskRow) : null;
  }

  update(taskId: number, changes: TaskChanges): void {
    const columns = Object.keys(changes);
    if (columns.length === 0) return;
    const assignments = columns.map((column) => `${column} = ?`).join(", ");
    this.#sql.exec(`UPDATE tasks SET ${assignments} WHERE task_id = ?`, ...Object.values(changes), taskId);
  }

  remove(taskId: number): void {
    this.#sql.exec("DELETE FROM tasks WHERE task_id = ?", taskId);
  }

  /** @returns the greatest taskId ever given out, deleted ones included, or null. */
  lastId(): number | null {
    const [row] = this.#sql
      .exec<{ task_id: number }>("SELECT task_id FROM tasks ORDER BY task_id DESC LIMIT 1")
      .toArray();
    return row?.task_id ?? null;
  }

  /** @returns every task with work left, with what scheduling needs to know of it. */
  withWork(): { task_id: number; due_at: number; phase: Phase }[] {
    return this.#sql
      .exec<{ task_id: number; due_at: number; phase: Phase }>(
        "SELECT task_id, due_at, phase FROM tasks INDEXED BY tasks_due WHERE due_at IS NOT NULL",
      )
      .toArray();
  }

  /** @returns credits held by tasks that are not settled, and how many result files still have to be copied. */
  pendingSums(): { held: number; copiesWaiting: number } {
    const held = this.#sql
      .exec<{ held: number | null }>(
        "SELECT SUM(held) AS held FROM tasks INDEXED BY tasks_due WHERE due_at IS NOT NULL AND settled = 'open'",
      )
      .one();
    const copies = this.#sql
      .exec<{ waiting: number }>(
        `SELECT COUNT(*) AS waiting FROM tasks INDEXED BY tasks_due, json_each(tasks.files) AS file
         WHERE due_at IS NOT NULL AND phase >= 2 AND deleted_at IS NULL
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

/** Whose tasks a credential may see, when that is not all of its tenant's. */
export interface Owner {
  readonly column: "end_user" | "token_id" | "key_id";
  readonly value: string;
}
