/** Damages the databases of single objects on disk, while no gateway has them open. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const GARBAGE = "not a database ".repeat(2_000);

/**
 * Overwrites the database of each object that stores one of these texts, so that every call of these objects fails.
 *
 * @param storage of a gateway that is not running; see `World`
 * @returns a function that restores them, also to be called while no gateway is running
 */
export function damageObjects(
  storage: string,
  className: "Tenant" | "Directory",
  texts: readonly string[],
): () => void {
  const folder = join(storage, "do", `-${className}`);
  const names = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
  const files = names.map((name) => join(folder, name)).filter((file) => texts.some((text) => stores(file, text)));
  if (files.length !== texts.length) throw new Error(`${files.length} objects of ${className} store ${texts}`);
  const whole = files.map((file) => readFileSync(file));
  const overwrite = (file: string, content: Buffer | string) => {
    for (const end of ["-wal", "-shm"]) rmSync(file + end, { force: true });
    writeFileSync(file, content);
  };
  for (const file of files) overwrite(file, GARBAGE);
  return () => {
    for (const [index, content] of whole.entries()) overwrite(files[index] ?? "", content);
  };
}

/** Returns true if a row of any table has the text; moves the write-ahead log into the file. */
function stores(file: string, text: string): boolean {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return tables.some(({ name }) => {
      const rows = database.prepare(`SELECT * FROM "${name}"`);
      // Some numbers are larger than JavaScript's.
      rows.setReadBigInts(true);
      return rows.all().some((row) => Object.values(row).some((value) => String(value).includes(text)));
    });
  } finally {
    database.close();
  }
}
