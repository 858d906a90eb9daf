/** How kinds of work are described to the work queue (work-queue.ts), and what they may do with their items. */

/** Time at which an item is due again, in ms since epoch; null: it is done. */
export type Due = number | null;

/** One kind of work. */
export interface WorkOptions<Id> {
  /** Name in the log. */
  readonly name: string;
  /**
   * Does one piece of work. Never called again for the same id while it runs. Must be safe to repeat.
   *
   * @returns when the item is due again; undefined: at the time set meanwhile, or after `retryMs` if none was set
   */
  readonly run: (id: Id) => Promise<Due | undefined>;
  /** Returns the fields that name the item in the log. */
  readonly logged: (id: Id) => Readonly<Record<string, unknown>>;
  /** Delay before work that threw is retried. */
  readonly retryMs: number;
}

/** The items of one kind of work, by id. */
export interface WorkItems<Id, LaneName extends string> {
  /** Number of items, running ones included. */
  readonly size: number;
  /** @returns the due time, or the next due time of a running item; ms since epoch, or null */
  dueAt(id: Id): number | null;
  has(id: Id): boolean;
  /** Sets when the item is due and in which lane it runs; null: never again. The caller arms the alarm. */
  set(id: Id, at: number | null, lane: LaneName, group?: string): void;
  /** Works on an item while a caller waits, outside all lanes. The alarm starts no other work on it meanwhile. */
  hold<T>(id: Id, work: () => Promise<T>): Promise<T>;
  /** Removes all items that are not running. */
  clear(): void;
}
