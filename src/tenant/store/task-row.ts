/** How a task is a row: columns for what is looked up or changed, and one JSON text for the rest (docs/decisions/0019). */
import type { TaskChanges, TaskRow } from "../../domain/task.ts";

/**
 * Fields that are fixed at admission and never searched: one JSON text in the column `facts`. A new field needs no
 * migration.
 */
export const FACTS = [
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
  "upstream_credits",
] as const satisfies readonly (keyof TaskRow)[];

/** The names in `FACTS`. */
export const IS_FACT: ReadonlySet<string> = new Set(FACTS);

/** @param stored a row of `tasks` with all its columns */
export function readTaskRow({ has_work: _, facts, ...columns }: Record<string, SqlStorageValue>): TaskRow {
  return { ...columns, ...JSON.parse(String(facts)) } as TaskRow;
}

/** Returns the text of the column `facts`. */
export function factsOf(row: TaskRow): string {
  return JSON.stringify(row, FACTS as unknown as string[]);
}

/** The columns and the INSERT statement, the same for every row. */
let insertion: { readonly columns: readonly (keyof TaskRow)[]; readonly statement: string } | null = null;

/** Stores a new row. */
export function insertTaskRow(sql: SqlStorage, row: TaskRow): void {
  insertion ??= insertionOf(row);
  const values = insertion.columns.map((column) => row[column]);
  sql.exec(insertion.statement, ...values, row.due_at === null ? 0 : 1, factsOf(row));
}

function insertionOf(row: TaskRow) {
  const columns = (Object.keys(row) as (keyof TaskRow)[]).filter((name) => !IS_FACT.has(name));
  const places = "?,".repeat(columns.length);
  return { columns, statement: `INSERT INTO tasks (${columns.join()},has_work,facts) VALUES (${places}?,?)` };
}

/** Returns `has_work` only if it changes: naming it in an UPDATE writes the index too, even if its value stays. */
export function workChange({ due_at }: TaskChanges, cached: TaskRow | undefined): { has_work?: 0 | 1 } {
  if (due_at === undefined || (cached && (cached.due_at === null) === (due_at === null))) return {};
  return { has_work: due_at === null ? 0 : 1 };
}
