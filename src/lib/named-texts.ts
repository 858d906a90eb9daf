/** Named texts: rows of a table with the columns `name` and `value`. SQL only. */
import { Store } from "./store.ts";

/** The rows of one such table. Most are JSON. */
export class NamedTexts extends Store {
  readonly #table: string;

  constructor(sql: SqlStorage, table: "meta" | "settings") {
    super(sql);
    this.#table = table;
  }

  get(name: string): string | null {
    return this.first<{ value: string }>(`SELECT value FROM ${this.#table} WHERE name = ?`, name)?.value ?? null;
  }

  put(name: string, value: string): void {
    this.sql.exec(`INSERT OR REPLACE INTO ${this.#table} (name, value) VALUES (?, ?)`, name, value);
  }

  /** @returns the value of a JSON text; null if there is none */
  read<Value>(name: string): Value | null {
    const text = this.get(name);
    return text === null ? null : (JSON.parse(text) as Value);
  }

  /** Puts a value as JSON. */
  write<Value>(name: string, value: Value): void {
    this.put(name, JSON.stringify(value));
  }

  remove(name: string): void {
    this.sql.exec(`DELETE FROM ${this.#table} WHERE name = ?`, name);
  }
}
