/** The rows of `tasks`: SQL and a cache of the rows last used, no decisions. */
import { PHASE, type Phase, STATUS, type TaskChanges, type TaskRow } from "../../domain/task.ts";
import { foldCase } from "../../lib/fold-case.ts";
import type { MetaStore } from "./meta.ts";

/** Most cached rows. A row has about forty fields, and reading it from SQLite costs more than the rest of a query. */
const MAX_CACHED_ROWS = 128;
/** Rows with more text than this are not cached (a request may have 256 KiB), so the cache takes at most 4 MiB. */
const MAX_CACHED_CHARACTERS = 16_384;
/** Most rows that one page of a list reads from an index: a few milliseconds. */
const MAX_WALKED_ROWS = 2_000;
/** Most text that one page of a list searches. */
const MAX_SEARCHED_CHARACTERS = 4 * 1024 * 1024;

/**
 * Fields that are fixed at admission and never searched: one JSON text in the column `facts`. A new field needs no
 * migration.
 */
const FACTS = [
  "task_no",
  "file_secret",
  "type",
  "task_type",
  "expected_results",
  "token_id",
  "upstream_key",
  "shape",
  "markup",
  "fingerprint",
  "webhook_url",
  "base_url",
  "metadata",
] as const satisfies readonly (keyof TaskRow)[];

const KEPT_FROM = "tasks-kept-from";
const IS_FACT: ReadonlySet<string> = new Set(FACTS);

/** The owner whose tasks a credential may see, if it may not see all of its tenant's. */
export interface Owner {
  readonly column: "end_user" | "token_id" | "key_id";
  readonly value: string;
}

/** @returns the owner as `tasks.owner` contains it, e.g. `end_user:alice` */
export function ownerText({ column, value }: Owner): string {
  return `${column}:${value}`;
}

/** Conditions of a list of tasks. Null: no such condition. */
export interface TaskFilter {
  readonly status: number | null;
  readonly model: string | null;
  readonly owner: Owner | null;
  /** Only tasks that client tokens of this end user made. */
  readonly endUser: string | null;
  /** Only tasks with all these pairs in their metadata. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  /** Only tasks whose prompt or name contains this text; ignores case. */
  readonly q: string | null;
  /** Ids, both inclusive. */
  readonly firstId: number | null;
  readonly lastId: number | null;
  /** Only ids below this: the cursor of the previous page. */
  readonly before: number | null;
}

/** The ids of one page, newest first, and the start of the next page; `next` is null at the end of the list. */
export interface TaskIds {
  readonly ids: readonly number[];
  readonly next: number | null;
}

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
export class TaskStore {
  readonly #sql: SqlStorage;
  readonly #meta: MetaStore;
  /** Exact, because this object is the only writer; the oldest are dropped first. */
  readonly #cached = new Map<number, TaskRow>();

  constructor(sql: SqlStorage, meta: MetaStore) {
    this.#sql = sql;
    this.#meta = meta;
  }

  insert(row: TaskRow): void {
    insertion ??= insertionOf(row);
    const values = insertion.columns.map((column) => row[column]);
    this.#sql.exec(insertion.statement, ...values, row.due_at === null ? 0 : 1, factsOf(row));
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
    const [found] = this.#sql.exec("SELECT * FROM tasks WHERE task_id = ?", taskId).toArray();
    return found ? readTaskRow(found) : null;
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
  }

  update(taskId: number, changes: TaskChanges): void {
    const names = Object.keys(changes);
    if (names.length === 0) return;
    const cached = this.#cached.get(taskId);
    const columns: Record<string, SqlStorageValue> = { ...changes, ...workChange(changes, cached) };
    if (names.some((name) => IS_FACT.has(name))) {
      const row = cached ?? this.#read(taskId);
      if (row) columns.facts = factsOf({ ...row, ...changes });
      for (const name of FACTS) delete columns[name];
    }
    const assignments = Object.keys(columns).map((column) => `${column} = ?`);
    this.#sql.exec(`UPDATE tasks SET ${assignments.join()} WHERE task_id = ?`, ...Object.values(columns), taskId);
    if (cached) this.#keep({ ...cached, ...changes });
  }

  remove(taskId: number): void {
    this.#sql.exec("DELETE FROM tasks WHERE task_id = ?", taskId);
    this.#cached.delete(taskId);
  }

  /** @returns this owner's latest undeleted task with this idempotency key, or null */
  withIdempotencyKey(key: string, owner: Owner | null): TaskRow | null {
    const [found] = this.#sql
      .exec<{ task_id: number }>(
        `SELECT task_id FROM tasks INDEXED BY tasks_by_idempotency_key
         WHERE idempotency_key = ? AND owner IS ? ORDER BY task_id DESC LIMIT 1`,
        key,
        owner && ownerText(owner),
      )
      .toArray();
    return found ? this.get(found.task_id) : null;
  }

  /** @returns the number of tasks of an owner (`ownerText`) or of a key that have not ended */
  countActive(column: "owner" | "key_id", value: string): number {
    return this.#sql
      .exec<{ count: number }>(
        `SELECT COUNT(*) AS count FROM tasks INDEXED BY tasks_with_work WHERE has_work = 1 AND phase < 3 AND ${column} = ?`,
        value,
      )
      .one().count;
  }

  /** @returns whether a task of this model from `firstId` on has not ended. */
  hasRunning(model: string, firstId: number): boolean {
    const statement = "SELECT 1 FROM tasks WHERE task_id >= ? AND model = ? AND phase < 3 LIMIT 1";
    return this.#sql.exec(statement, firstId, model).toArray().length > 0;
  }

  /** @returns every task with work left, with the columns that scheduling needs */
  withWork(): { task_id: number; due_at: number; phase: Phase }[] {
    return this.#sql
      .exec<{ task_id: number; due_at: number; phase: Phase }>(
        "SELECT task_id, due_at, phase FROM tasks INDEXED BY tasks_with_work WHERE has_work = 1",
      )
      .toArray();
  }

  /** @returns credits held by unsettled tasks, and the number of result files still to be copied */
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

  /**
   * Returns one page of the tasks that match a filter. A filter walks an index; conditions that the index does not
   * cover are checked row by row, for a bounded number of rows and bounded text: a page may have fewer ids than `limit`
   * and still a next page.
   */
  list(filter: TaskFilter, limit: number): TaskIds {
    const walked = walksOf(filter).map((walk) => this.#walk(filter, walk, limit + 1));
    const bottom = Math.max(0, ...walked.map(({ bottom }) => bottom));
    const ids = walked.flatMap(({ ids }) => ids).filter((id) => id >= bottom);
    ids.sort((one, other) => other - one);
    if (ids.length > limit) return { ids: ids.slice(0, limit), next: ids[limit - 1] ?? null };
    return { ids, next: bottom > 0 ? bottom : null };
  }

  /** @returns the ids found, and the id down to which the walk is complete (0: to the end) */
  #walk(filter: TaskFilter, walk: Walk, limit: number): { ids: number[]; bottom: number } {
    const last = Math.min(filter.lastId ?? Number.MAX_SAFE_INTEGER, (filter.before ?? Number.MAX_SAFE_INTEGER) - 1);
    const where = ["deleted_at IS NULL"];
    const wanted: (string | number)[] = [];
    const also = (column: string, value: string | number | null) => {
      if (value === null) return;
      where.push(`${column} = ?`);
      wanted.push(value);
    };
    also("status", filter.status);
    also("model", filter.model);
    const matches = where.join(" AND ");
    const texts = textsOf(filter);
    const searched = texts.map(({ column, name }) => `, IIF(${matches}, ${column}, NULL) AS ${name}`);
    const rows = this.#sql.exec<WalkedRow>(
      `SELECT task_id, ${matches} AS matches${searched.join("")} FROM tasks ${walk.from}
       AND task_id BETWEEN ? AND ? ORDER BY task_id DESC LIMIT ${MAX_WALKED_ROWS}`,
      ...wanted,
      ...texts.flatMap(() => wanted),
      ...walk.values,
      Math.max(filter.firstId ?? 0, this.#keptFrom()),
      last,
    );
    const ids: number[] = [];
    let seen = 0;
    let characters = 0;
    for (const row of rows) {
      seen += 1;
      for (const { name } of texts) characters += row[name]?.length ?? 0;
      if (row.matches === 1 && texts.every(({ name, accepts }) => accepts(row[name] ?? ""))) ids.push(row.task_id);
      const isFull = ids.length === limit || characters >= MAX_SEARCHED_CHARACTERS || seen === MAX_WALKED_ROWS;
      if (isFull) return { ids, bottom: row.task_id };
    }
    return { ids, bottom: 0 };
  }

  /** @returns the export's columns of these tasks, one at a time, in the order of the ids */
  summaries(ids: readonly number[]): Iterable<TaskSummary> {
    return this.#sql.exec(
      `SELECT task_id, facts ->> 'task_no' AS task_no, model, facts ->> 'type' AS type, status,
         facts ->> 'expected_results' AS expected_results, fail_reason, key_id, end_user,
         facts ->> 'token_id' AS token_id, held, settled, created_at, ended_at
       FROM json_each(?) AS wanted CROSS JOIN tasks ON tasks.task_id = wanted.value`,
      JSON.stringify(ids),
    ) as unknown as Iterable<TaskSummary>;
  }

  /** @returns ids of ended, undeleted tasks up to `lastId`, oldest first */
  ended(lastId: number, limit: number): number[] {
    return this.#sql
      .exec<{ task_id: number }>(
        "SELECT task_id FROM tasks WHERE task_id BETWEEN ? AND ? AND deleted_at IS NULL AND phase = 3 ORDER BY task_id LIMIT ?",
        this.#keptFrom(),
        lastId,
        limit,
      )
      .toArray()
      .map(({ task_id }) => task_id);
  }

  /**
   * Stores the id of the oldest task that is not deleted. Rows of deleted tasks stay, and retention leaves many of them
   * at the end, which no list should read again and again. Call it inside a transaction.
   */
  noteKeptFrom(): void {
    const [oldest] = this.#sql
      .exec<{ task_id: number }>(
        "SELECT task_id FROM tasks WHERE task_id >= ? AND deleted_at IS NULL ORDER BY task_id LIMIT 1",
        this.#keptFrom(),
      )
      .toArray();
    if (oldest && oldest.task_id > this.#keptFrom()) this.#meta.put(KEPT_FROM, String(oldest.task_id));
  }

  #keptFrom(): number {
    return Number(this.#meta.get(KEPT_FROM) ?? 0);
  }
}

/** A row of a walk: whether its columns match, and the texts that are searched if they do. */
interface WalkedRow extends Record<string, SqlStorageValue> {
  readonly task_id: number;
  readonly matches: number;
  readonly metadata: string | null;
  readonly request: string | null;
}

/** A condition on a text of a task, which SQL cannot check: JSON paths cannot have every key, and SQLite folds ASCII only. */
interface TextCondition {
  readonly column: string;
  readonly name: "metadata" | "request";
  readonly accepts: (text: string) => boolean;
}

function textsOf({ metadata, q }: TaskFilter): TextCondition[] {
  const conditions: TextCondition[] = [];
  if (metadata.length > 0) {
    const accepts = (text: string) => {
      const pairs = new Map(Object.entries(JSON.parse(text) as Record<string, string>));
      return metadata.every(([key, value]) => pairs.get(key) === value);
    };
    conditions.push({ column: "facts ->> 'metadata'", name: "metadata", accepts });
  }
  if (q !== null) {
    const wanted = foldCase(q);
    const contains = (value: unknown) => typeof value === "string" && foldCase(value).includes(wanted);
    const accepts = (text: string) => {
      const { prompt, taskName } = JSON.parse(text) as { readonly prompt?: unknown; readonly taskName?: unknown };
      return contains(prompt) || contains(taskName);
    };
    conditions.push({ column: "request", name: "request", accepts });
  }
  return conditions;
}

/** An index to walk, as SQL from the table's name to its condition. */
interface Walk {
  readonly from: string;
  readonly values: readonly (string | number)[];
}

const ACTIVE: Walk = { from: "INDEXED BY tasks_with_work WHERE has_work = 1 AND phase < 3", values: [] };
const ALL: Walk = { from: "NOT INDEXED WHERE true", values: [] };

/**
 * Returns the indexes with the fewest rows to check; none if no task can match. Tasks that have not ended have few rows,
 * and no index by model.
 */
function walksOf({ owner, endUser, status, model }: TaskFilter): readonly Walk[] {
  const ofEndUser = endUser === null ? null : ownerText({ column: "end_user", value: endUser });
  const ofOwner = owner === null ? ofEndUser : ownerText(owner);
  if (ofEndUser !== null && ofOwner !== ofEndUser) return [];
  if (ofOwner !== null) {
    return [{ from: "INDEXED BY tasks_by_owner WHERE owner IS NOT NULL AND owner = ?", values: [ofOwner] }];
  }
  if (status === STATUS.failed || status === STATUS.cancelled) {
    return [{ from: "INDEXED BY tasks_by_failure WHERE status IN (3, 5) AND status = ?", values: [status] }];
  }
  if (status !== null && status !== STATUS.completed) return [ACTIVE];
  if (model === null) return [ALL];
  const ended = { from: `INDEXED BY tasks_by_model WHERE phase = ${PHASE.ended} AND model = ?`, values: [model] };
  return status === STATUS.completed ? [ended] : [ACTIVE, ended];
}

/** @param stored a row of `tasks` with all its columns */
export function readTaskRow({ has_work: _, facts, ...columns }: Record<string, SqlStorageValue>): TaskRow {
  return { ...columns, ...JSON.parse(String(facts)) } as TaskRow;
}

function factsOf(row: TaskRow): string {
  return JSON.stringify(row, FACTS as unknown as string[]);
}

interface Insertion {
  readonly columns: readonly (keyof TaskRow)[];
  readonly statement: string;
}

/** The INSERT statement, the same for every row. */
let insertion: Insertion | null = null;

function insertionOf(row: TaskRow): Insertion {
  const columns = (Object.keys(row) as (keyof TaskRow)[]).filter((name) => !IS_FACT.has(name));
  const places = "?,".repeat(columns.length);
  return { columns, statement: `INSERT INTO tasks (${columns.join()},has_work,facts) VALUES (${places}?,?)` };
}

/** Returns `has_work` only if it changes: naming it in an UPDATE writes the index too, even if its value stays. */
function workChange({ due_at }: TaskChanges, cached: TaskRow | undefined): { has_work?: 0 | 1 } {
  if (due_at === undefined || (cached && (cached.due_at === null) === (due_at === null))) return {};
  return { has_work: due_at === null ? 0 : 1 };
}
