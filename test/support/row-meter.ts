/** Counts what the platform bills as rows written, as bench/counting-worker.js does. */

/** Verb and table: `INSERT ledger`. */
function nameOf(statement: string): string {
  const [, verb = "other", table = ""] =
    /^\s*(INSERT|UPDATE|DELETE)\b(?:\s+OR\s+\w+)?(?:\s+(?:INTO|FROM))?\s+"?(\w+)/i.exec(statement) ?? [];
  return `${verb} ${table}`;
}

/** Counts from now on. @returns a function that tells the rows written so far, by verb and table */
export function countRowsWritten(sql: SqlStorage): () => Record<string, number> {
  const cursors: { readonly name: string; readonly cursor: { readonly rowsWritten: number } }[] = [];
  const exec = sql.exec.bind(sql);
  sql.exec = ((statement: string, ...values: SqlStorageValue[]) => {
    const cursor = exec(statement, ...values);
    cursors.push({ name: nameOf(statement), cursor });
    return cursor;
  }) as typeof sql.exec;
  return () => {
    const rows: Record<string, number> = {};
    for (const { name, cursor } of cursors) {
      if (cursor.rowsWritten > 0) rows[name] = (rows[name] ?? 0) + cursor.rowsWritten;
    }
    return rows;
  };
}

/** Counts from now on. @returns a function that tells the rows read so far */
export function countRowsRead(sql: SqlStorage): () => number {
  const cursors: { readonly rowsRead: number }[] = [];
  const exec = sql.exec.bind(sql);
  sql.exec = ((statement: string, ...values: SqlStorageValue[]) => {
    const cursor = exec(statement, ...values);
    cursors.push(cursor);
    return cursor;
  }) as typeof sql.exec;
  return () => cursors.reduce((total, { rowsRead }) => total + rowsRead, 0);
}
