/**
 * Numbered, append-only SQL migrations for an object's SQLite (`PRAGMA user_version` is not supported there).
 *
 * The database stores its version and the oldest version of code that can use it. So code opens a database that newer code has
 * migrated, as long as the steps in between only added: a release can be taken back, and two can run side by side.
 */

/** One step: `id` counts up from 1 without gaps; `sql` may hold several statements. */
export interface Migration {
  readonly id: number;
  readonly sql: string;
  /** True if code without this step cannot use the database any more. From release 0.2 on no step may be one of these. */
  readonly isBreaking?: true;
}

/** The database as its last migration left it. */
interface SchemaState {
  /** Number of the last migration that ran; 0 for an empty database. */
  readonly version: number;
  /** Code with at least this many migrations can use it. */
  readonly compatibleFrom: number;
}

/**
 * Brings the database up to the last migration, in one transaction. Safe to call at every start: a database that is up to
 * date, or newer and compatible, is only read.
 *
 * @throws if the list is out of order, or the database is newer than this code and not compatible with it
 */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  migrations.forEach((step, index) => {
    if (step.id !== index + 1) throw new Error(`Migration ${step.id} is out of order`);
  });
  const { version, compatibleFrom } = readState(storage);
  if (compatibleFrom > migrations.length) {
    throw new Error(
      `Database schema ${version} needs code with schema ${compatibleFrom}; this is ${migrations.length}`,
    );
  }
  if (version >= migrations.length) return;
  const missing = migrations.slice(version);
  const breaking = missing.findLast(({ isBreaking }) => isBreaking);
  storage.transactionSync(() => {
    for (const step of missing) storage.sql.exec(step.sql);
    storage.sql.exec("DROP TABLE IF EXISTS schema_version");
    storage.sql.exec("CREATE TABLE schema_version (version INTEGER NOT NULL, compatible_from INTEGER NOT NULL)");
    storage.sql.exec(
      "INSERT INTO schema_version (version, compatible_from) VALUES (?, ?)",
      migrations.length,
      breaking?.id ?? Math.max(1, compatibleFrom),
    );
  });
}

/** @returns the number of the last migration that ran; 0 for an empty database, which this call leaves empty. */
export function schemaVersion(storage: DurableObjectStorage): number {
  return readState(storage).version;
}

/**
 * Reads one row: looking for the table first would read all of `sqlite_master`, at each start of each object. Release 0.1
 * stored no `compatible_from`: code with fewer migrations than it cannot use its database.
 */
function readState(storage: DurableObjectStorage): SchemaState {
  try {
    const { version, compatible_from } = storage.sql.exec("SELECT * FROM schema_version").one();
    return { version: Number(version), compatibleFrom: Number(compatible_from ?? version) };
  } catch (error) {
    if (!String(error).includes("no such table: schema_version")) throw error;
    return { version: 0, compatibleFrom: 0 };
  }
}
