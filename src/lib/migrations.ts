/** Numbered, append-only SQL migrations for an object's SQLite (`PRAGMA user_version` is not supported there). */

/** One step: `id` counts up from 1 without gaps; `sql` may hold several statements. */
export interface Migration {
  readonly id: number;
  readonly sql: string;
}

/**
 * Brings the database up to the last migration, in one transaction. Safe to call at every start: an up-to-date
 * database is only read.
 *
 * @throws if the list is out of order, or the database is newer than the code (a roll-back past a migration).
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  migrations.forEach((step, index) => {
    if (step.id !== index + 1) throw new Error(`Migration ${step.id} is out of order`);
  });
  const current = schemaVersion(storage);
  if (current > migrations.length) throw new Error(`Database schema ${current} is newer than this code`);
  if (current === migrations.length) return;
  storage.transactionSync(() => {
    storage.sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
    for (const step of migrations.slice(current)) storage.sql.exec(step.sql);
    storage.sql.exec("DELETE FROM schema_version");
    storage.sql.exec("INSERT INTO schema_version (version) VALUES (?)", migrations.length);
  });
}

/** @returns the number of the last migration that ran; 0 for an empty database, which this call leaves empty. */
export function schemaVersion(storage: DurableObjectStorage): number {
  const known = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").toArray();
  if (known.length === 0) return 0;
  return Number(storage.sql.exec("SELECT version FROM schema_version").one().version);
}
