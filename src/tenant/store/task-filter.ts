/** Lists of tasks by filter: which index a filter walks, and the conditions that are checked row by row. */
import { PHASE, STATUS } from "../../domain/task.ts";
import { foldCase } from "../../lib/fold-case.ts";

/** Most rows that one page of a list reads from an index: a few milliseconds. */
const MAX_WALKED_ROWS = 2_000;
/** Most text that one page of a list searches. */
const MAX_SEARCHED_CHARACTERS = 4 * 1024 * 1024;

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
  /** Only tasks of this key and of client tokens that it minted. */
  readonly keyId: string | null;
  /** Only tasks with all these pairs in their metadata. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  /** Only tasks whose prompt or name contains this text; ignores case. */
  readonly q: string | null;
  /** Ids, both inclusive. */
  readonly firstId: number | null;
  readonly lastId: number | null;
  /** Only ids below this, or above it if `ascending`: the cursor of the previous page. */
  readonly before: number | null;
  /** Oldest first. */
  readonly ascending?: boolean;
}

/** The ids of one page in order, and the start of the next page; `next` is null at the end of the list. */
export interface TaskIds {
  readonly ids: readonly number[];
  readonly next: number | null;
}

/**
 * Returns one page of the tasks that match a filter. A filter walks an index; conditions that the index does not
 * cover are checked row by row, for a bounded number of rows and bounded text: a page may have fewer ids than `limit`
 * and still a next page.
 *
 * @param keptFrom the id of the oldest task that is not deleted, or lower
 */
export function listTaskIds(sql: SqlStorage, filter: TaskFilter, limit: number, keptFrom: number): TaskIds {
  const walked = walksOf(sql, filter).map((walk) => walkIndex(sql, { filter, walk, limit: limit + 1, keptFrom }));
  const ends = walked.flatMap(({ end }) => end ?? []);
  const sign = filter.ascending ? 1 : -1;
  // Beyond the nearest end, one of the walks is not complete.
  const end = ends.length === 0 ? null : sign * Math.min(...ends.map((id) => sign * id));
  const ids = walked.flatMap(({ ids }) => ids).filter((id) => end === null || sign * id <= sign * end);
  ids.sort((one, other) => sign * (one - other));
  if (ids.length > limit) return { ids: ids.slice(0, limit), next: ids[limit - 1] ?? null };
  return { ids, next: end };
}

interface WalkOptions {
  readonly filter: TaskFilter;
  readonly walk: Walk;
  readonly limit: number;
  readonly keptFrom: number;
}

/** @returns the ids found, and the id up to which the walk is complete; null if it reached the end of the list */
function walkIndex(
  sql: SqlStorage,
  { filter, walk, limit, keptFrom }: WalkOptions,
): { ids: number[]; end: number | null } {
  const { before, ascending = false } = filter;
  const above = ascending && before !== null ? before + 1 : 0;
  const below = ascending ? Number.MAX_SAFE_INTEGER : (before ?? Number.MAX_SAFE_INTEGER) - 1;
  const where = ["deleted_at IS NULL"];
  const wanted: (string | number)[] = [];
  const also = (column: string, value: string | number | null) => {
    if (value === null) return;
    where.push(`${column} = ?`);
    wanted.push(value);
  };
  also("status", filter.status);
  also("model", filter.model);
  also("key_id", filter.keyId);
  const matches = where.join(" AND ");
  const texts = textsOf(filter);
  const searched = texts.map(({ column, name }) => `, IIF(${matches}, ${column}, NULL) AS ${name}`);
  const rows = sql.exec<WalkedRow>(
    `SELECT task_id, ${matches} AS matches${searched.join("")} FROM tasks ${walk.from}
     AND task_id BETWEEN ? AND ? ORDER BY task_id ${ascending ? "ASC" : "DESC"} LIMIT ${MAX_WALKED_ROWS}`,
    ...wanted,
    ...texts.flatMap(() => wanted),
    ...walk.values,
    Math.max(filter.firstId ?? 0, keptFrom, above),
    Math.min(filter.lastId ?? Number.MAX_SAFE_INTEGER, below),
  );
  const ids: number[] = [];
  let seen = 0;
  let characters = 0;
  for (const row of rows) {
    seen += 1;
    for (const { name } of texts) characters += row[name]?.length ?? 0;
    if (row.matches === 1 && texts.every(({ name, accepts }) => accepts(row[name] ?? ""))) ids.push(row.task_id);
    const isFull = ids.length === limit || characters >= MAX_SEARCHED_CHARACTERS || seen === MAX_WALKED_ROWS;
    if (isFull) return { ids, end: row.task_id };
  }
  return { ids, end: null };
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
 * and no index by model. Completed tasks are nearly all that have ended, of a few models.
 */
function walksOf(sql: SqlStorage, { owner, endUser, status, model }: TaskFilter): readonly Walk[] {
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
  if (status === STATUS.completed) return (model === null ? endedModels(sql) : [model]).map(endedOf);
  return model === null ? [ALL] : [ACTIVE, endedOf(model)];
}

const endedOf = (model: string): Walk => ({
  from: `INDEXED BY tasks_by_model WHERE phase = ${PHASE.ended} AND model = ?`,
  values: [model],
});

/** Returns the models of tasks that have ended: each step is one look-up in the index. */
function endedModels(sql: SqlStorage): string[] {
  const next = `SELECT MIN(model) FROM tasks INDEXED BY tasks_by_model WHERE phase = ${PHASE.ended}`;
  const models = sql.exec<{ model: string }>(
    `WITH RECURSIVE walk (model) AS (SELECT (${next}) UNION ALL SELECT (${next} AND model > walk.model) FROM walk WHERE model IS NOT NULL)
     SELECT model FROM walk WHERE model IS NOT NULL`,
  );
  return [...models].map(({ model }) => model);
}
