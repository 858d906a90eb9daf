/**
 * The part of a list of due work that is in memory: what is due first. The rest stays on disk, in an index by due time, and is
 * read when there is room. So neither the start of an object nor its memory grows with what waits.
 */

/** A place in the list, which is in order of due time and then of id. */
export interface DueKey<Id> {
  /** Ms since epoch. */
  readonly dueAt: number;
  readonly id: Id;
}

/** What a window reads and where it puts it. */
export interface DueWindowParts<Id, Row> {
  /** @returns up to `limit` rows behind `after`, in order; null: from the start */
  readonly read: (after: DueKey<Id> | null, limit: number) => readonly Row[];
  readonly keyOf: (row: Row) => DueKey<Id>;
  /** Takes a row into memory. */
  readonly put: (row: Row) => void;
  /** Drops an item from memory, unless it runs. */
  readonly drop: (id: Id) => void;
}

/** Rows in memory after a read. Fewer than half as many: more are read. More than twice as many: the last are dropped. */
export const WINDOW_ROWS = 2_000;

/** Rows read by a start, which the first request waits for. The next change reads more. */
export const FIRST_ROWS = 200;

/** Decides which work is in memory. */
export class DueWindow<Id extends number, Row> {
  readonly #parts: DueWindowParts<Id, Row>;
  readonly #ids = new Set<Id>();
  /** All work up to this place is in memory; null: none is. */
  #upto: DueKey<Id> | null = null;
  /** True if all work there is is in memory. */
  #isWhole = false;

  constructor(parts: DueWindowParts<Id, Row>) {
    this.#parts = parts;
  }

  /** Number of items in memory. */
  get size(): number {
    return this.#ids.size;
  }

  /** Reads the first rows again, in place of what is in memory. */
  load(): void {
    for (const id of this.#ids) this.#parts.drop(id);
    this.#ids.clear();
    this.#upto = null;
    this.#isWhole = false;
    this.#read(FIRST_ROWS);
  }

  /** @returns true if an item with this due time belongs into memory; it then counts as being there */
  takes(key: DueKey<Id>): boolean {
    const isWithin = this.#isWhole || (this.#upto !== null && compare(key, this.#upto) <= 0);
    if (isWithin) this.#ids.add(key.id);
    else this.#ids.delete(key.id);
    return isWithin;
  }

  /** Notes that an item has no work left here. */
  leave(id: Id): void {
    this.#ids.delete(id);
  }

  /** Reads more rows, or drops some, as needed. Call it after changes were written. */
  balance(): void {
    if (this.#ids.size > WINDOW_ROWS * 2) this.load();
    else if (!this.#isWhole && this.#ids.size < WINDOW_ROWS / 2) this.#read(WINDOW_ROWS - this.#ids.size);
  }

  #read(limit: number): void {
    const { read, keyOf, put } = this.#parts;
    const rows = read(this.#upto, limit);
    for (const row of rows) {
      this.#ids.add(keyOf(row).id);
      put(row);
    }
    const last = rows.at(-1);
    if (rows.length < limit) this.#isWhole = true;
    else if (last !== undefined) this.#upto = keyOf(last);
  }
}

function compare<Id extends number>(one: DueKey<Id>, other: DueKey<Id>): number {
  return one.dueAt - other.dueAt || one.id - other.id;
}
