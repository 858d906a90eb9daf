/** What classes over tables of SQLite share: reading rows as the caller names them, because the platform's types know no columns. */

/** Base of classes with SQL. */
export abstract class Store {
  protected readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** @returns all rows of a statement */
  protected all<Row>(statement: string, ...values: readonly SqlStorageValue[]): Row[] {
    return this.sql.exec(statement, ...values).toArray() as Row[];
  }

  /** @returns the first row of a statement; null if it has none */
  protected first<Row>(statement: string, ...values: readonly SqlStorageValue[]): Row | null {
    return this.all<Row>(statement, ...values)[0] ?? null;
  }

  /** @returns the rows of a statement, each of them read when it is asked for */
  protected each<Row>(statement: string, ...values: readonly SqlStorageValue[]): Iterable<Row> {
    return this.sql.exec(statement, ...values) as Iterable<unknown> as Iterable<Row>;
  }

  /** @returns the row of a statement that always has one, such as sums */
  protected one<Row extends object>(statement: string, ...values: readonly SqlStorageValue[]): Row {
    return this.sql.exec(statement, ...values).one() as object as Row;
  }

  /** @returns the value of a statement with one row and one column, such as a count */
  protected value<Value = number>(statement: string, ...values: readonly SqlStorageValue[]): Value {
    return Object.values(this.one(statement, ...values))[0] as Value;
  }

  /** @returns whether a statement has a row */
  protected has(statement: string, ...values: readonly SqlStorageValue[]): boolean {
    return this.all(statement, ...values).length > 0;
  }
}
