/** Lists of tasks by filter: which index a filter walks, and the conditions that are checked row by row. */
import { PHASE, STATUS } from "../../domain/task.ts";
import { foldCase } from "../../lib/fold-case.ts";
import { rarest } from "../../lib/rarest.ts";

/** Most rows that one page of a list reads from an index: a few milliseconds. */
const MAX_WALKED_ROWS = 2_000;
/** Most text that one page of a list searches for `q`: two milliseconds, or that of the one task that has more. */
const MAX_SEARCHED_CHARACTERS = 65_536;

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

/** Where the tables begin that a list reads. */
export interface TaskBounds {
  /** The id of the oldest task that is not deleted, or lower. */
  readonly keptFrom: number;
  /** The id of the oldest task whose metadata is in `task_metadata`, or lower. */
  readonly metadataFrom: number;
}

/**
 * Returns one page of the tasks that match a filter. A filter walks an index; conditions that the index does not
 * cover are checked row by row, for a bounded number of rows and bounded text: a page may have fewer ids than `limit`
 * and still a next page.
 */
export function listTaskIds(sql: SqlStorage, filter: TaskFilter, limit: number, bounds: TaskBounds): TaskIds {
  const range = rangeOf(filter, bounds);
  const options = { filter, limit: limit + 1, range, metadataFrom: bounds.metadataFrom };
  const walked = walksOf(sql, options).map((walk) => walkIndex(sql, { ...options, walk }));
  const ends = walked.flatMap(({ end }) => end ?? []);
  const sign = filter.ascending ? 1 : -1;
  // Beyond the nearest end, one of the walks is not complete.
  const end = ends.length === 0 ? null : sign * Math.min(...ends.map((id) => sign * id));
  const ids = walked.flatMap(({ ids }) => ids).filter((id) => end === null || sign * id <= sign * end);
  ids.sort((one, other) => sign * (one - other));
  if (ids.length > limit) return { ids: ids.slice(0, limit), next: ids[limit - 1] ?? null };
  return { ids, next: end };
}

/** @returns the owners that a task must have, as `ownerText`: no task has two */
function ownersOf({ owner, endUser }: TaskFilter): Set<string> {
  const owners = endUser === null ? [owner] : [owner, { column: "end_user", value: endUser } as const];
  return new Set(owners.flatMap((one) => (one === null ? [] : ownerText(one))));
}

/** First and last id, both inclusive. */
type Range = readonly [first: number, last: number];

function rangeOf({ firstId, lastId, before, ascending }: TaskFilter, { keptFrom }: TaskBounds): Range {
  const above = ascending && before !== null ? before + 1 : 0;
  const below = ascending || before === null ? Number.MAX_SAFE_INTEGER : before - 1;
  return [Math.max(firstId ?? 0, keptFrom, above), Math.min(lastId ?? Number.MAX_SAFE_INTEGER, below)];
}

interface WalkOptions {
  readonly filter: TaskFilter;
  readonly walk: Walk;
  readonly limit: number;
  readonly range: Range;
  readonly metadataFrom: number;
}

/** @returns the ids found, and the id up to which the walk is complete; null if it reached the end of the list */
function walkIndex(
  sql: SqlStorage,
  { filter, walk, limit, range, metadataFrom }: WalkOptions,
): { ids: number[]; end: number | null } {
  const where = ["deleted_at IS NULL"];
  const wanted: (string | number)[] = [];
  const also = (condition: string, ...values: readonly (string | number)[]) => {
    where.push(condition);
    wanted.push(...values);
  };
  if (filter.status !== null) also("status = ?", filter.status);
  if (filter.model !== null) also("model = ?", filter.model);
  if (filter.keyId !== null) also("key_id = ?", filter.keyId);
  for (const owner of ownersOf(filter)) also("owner = ?", owner);
  for (const pair of filter.metadata) {
    if (metadataFrom <= range[0]) also(HAS_PAIR, ...pair);
    else also(`IIF(task_id < ?, ${HAD_PAIR}, ${HAS_PAIR})`, metadataFrom, ...pair, ...pair);
  }
  const matches = where.join(" AND ");
  const isText = filter.q === null ? null : searchFor(filter.q);
  const rows = sql.exec<{ task_id: number; found: number | string | null }>(
    `SELECT task_id, IIF(${matches}, ${isText ? "request" : 1}, NULL) AS found FROM ${walk.from}
     AND task_id BETWEEN ? AND ? ORDER BY task_id ${filter.ascending ? "ASC" : "DESC"} LIMIT ${MAX_WALKED_ROWS}`,
    ...wanted,
    ...walk.values,
    ...range,
  );
  const ids: number[] = [];
  let seen = 0;
  let characters = 0;
  for (const { task_id, found } of rows) {
    seen += 1;
    if (typeof found === "string") characters += found.length;
    if (found !== null && (isText === null || isText(String(found)))) ids.push(task_id);
    const isFull = ids.length === limit || characters >= MAX_SEARCHED_CHARACTERS || seen === MAX_WALKED_ROWS;
    if (isFull) return { ids, end: task_id };
  }
  return { ids, end: null };
}

/** Whether a task has a pair of metadata: by the index, and for a task that is older than the index. */
const HAS_PAIR =
  "EXISTS (SELECT 1 FROM task_metadata AS pair WHERE pair.key = ? AND pair.value = ? AND pair.task_id = tasks.task_id)";
const HAD_PAIR =
  "EXISTS (SELECT 1 FROM json_each(tasks.facts ->> 'metadata') AS pair WHERE pair.key = ? AND pair.value = ?)";

/** @returns whether the prompt or name of a request contains a text; not in SQL, because SQLite folds ASCII only */
function searchFor(q: string): (request: string) => boolean {
  const wanted = foldCase(q);
  const contains = (value: unknown) => typeof value === "string" && foldCase(value).includes(wanted);
  return (request) => {
    const { prompt, taskName } = JSON.parse(request) as { readonly prompt?: unknown; readonly taskName?: unknown };
    return contains(prompt) || contains(taskName);
  };
}

/** An index to walk, as SQL from the table's name to its condition. */
interface Walk {
  readonly from: string;
  readonly values: readonly (string | number)[];
}

const ACTIVE: Walk = { from: "tasks INDEXED BY tasks_with_work WHERE has_work = 1 AND phase < 3", values: [] };
const ALL: Walk = { from: "tasks NOT INDEXED WHERE true", values: [] };

/** Returns the indexes with the fewest rows to check, which have all tasks that match between them; none if no task can match. */
function walksOf(sql: SqlStorage, { filter, range, metadataFrom }: Omit<WalkOptions, "walk">): readonly Walk[] {
  const { keyId, metadata, status, model } = filter;
  const owners = ownersOf(filter);
  if (owners.size > 1) return [];
  const choices: (readonly Walk[])[] = [];
  for (const owner of owners) {
    choices.push([{ from: "tasks INDEXED BY tasks_by_owner WHERE owner IS NOT NULL AND owner = ?", values: [owner] }]);
  }
  for (const pair of metadata) choices.push(walksOfPair(pair, range[0], metadataFrom));
  if (status === STATUS.failed || status === STATUS.cancelled) {
    choices.push([
      { from: "tasks INDEXED BY tasks_by_failure WHERE status IN (3, 5) AND status = ?", values: [status] },
    ]);
  } else if (status !== null && status !== STATUS.completed) choices.push([ACTIVE]);
  if (keyId !== null) {
    choices.push([{ from: "tasks INDEXED BY tasks_by_key WHERE deleted_at IS NULL AND key_id = ?", values: [keyId] }]);
  }
  const chosen = rarest(choices, (walks, most) => countEntries(sql, walks, range, most));
  if (chosen) return chosen;
  // Tasks that have not ended have few rows, and no index by model. Completed tasks are nearly all that have ended, of a few models.
  if (status === STATUS.completed) return (model === null ? endedModels(sql) : [model]).map(endedOf);
  return model === null ? [ALL] : [ACTIVE, endedOf(model)];
}

/** Returns the index of a pair of metadata, and the table for tasks that are older than the index. */
function walksOfPair(pair: readonly string[], first: number, metadataFrom: number): readonly Walk[] {
  const indexed = { from: "task_metadata CROSS JOIN tasks USING (task_id) WHERE key = ? AND value = ?", values: pair };
  if (metadataFrom <= first) return [indexed];
  return [indexed, { from: "tasks NOT INDEXED WHERE task_id < ?", values: [metadataFrom] }];
}

/** @returns the number of entries that walks read in a range, `most` of each at most */
function countEntries(sql: SqlStorage, walks: readonly Walk[], range: Range, most: number): number {
  const counts = walks.map(({ from, values }) => {
    const statement = `SELECT COUNT(*) AS count FROM (SELECT 1 FROM ${from} AND task_id BETWEEN ? AND ? LIMIT ${most})`;
    return sql.exec<{ count: number }>(statement, ...values, ...range).one().count;
  });
  const all = counts.reduce((sum, count) => sum + count, 0);
  return Math.min(most, all);
}

const endedOf = (model: string): Walk => ({
  from: `tasks INDEXED BY tasks_by_model WHERE phase = ${PHASE.ended} AND model = ?`,
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
