/** The Directory's named texts: rows of the table `settings`. SQL only. */

/** Rows of the table `settings`. */
export class Settings {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(name: string): string | null {
    const [row] = this.#sql.exec<{ value: string }>("SELECT value FROM settings WHERE name = ?", name).toArray();
    return row?.value ?? null;
  }

  put(name: string, value: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value);
  }

  remove(name: string): void {
    this.#sql.exec("DELETE FROM settings WHERE name = ?", name);
  }
}
