/** Sums over the tasks that have work left, for the report to the Directory. */

/** Sums over the tasks that have work left. Times are ms since epoch; null if there is no such task. */
export interface PendingSums extends Record<string, SqlStorageValue> {
  /** Credits on hold. */
  readonly held: number;
  readonly copiesWaiting: number;
  /** When the file that has waited longest for its copy was finished upstream. */
  readonly copyAt: number | null;
  readonly submitting: number;
  /** When the oldest task that is not submitted yet was created. */
  readonly submissionAt: number | null;
  readonly mirroring: number;
}

/** Adds up the tasks with work left, by their index. */
export function pendingSums(sql: SqlStorage): PendingSums {
  return sql
    .exec<PendingSums>(
      `SELECT held, copiesWaiting, copyAt, submitting, submissionAt, mirroring FROM
         (SELECT COALESCE(SUM(IIF(settled = 'open', held, 0)), 0) AS held,
            COUNT(IIF(phase = 0, 1, NULL)) AS submitting, COUNT(IIF(phase = 2, 1, NULL)) AS mirroring,
            MIN(IIF(phase = 0, created_at, NULL)) AS submissionAt
          FROM tasks INDEXED BY tasks_with_work WHERE has_work = 1),
         (SELECT COUNT(*) AS copiesWaiting, MIN(finished_at) AS copyAt
          FROM tasks INDEXED BY tasks_with_work, json_each(tasks.files) AS file
          WHERE has_work = 1 AND phase >= 2 AND deleted_at IS NULL AND json_extract(file.value, '$.state') = 'waiting')`,
    )
    .one();
}
