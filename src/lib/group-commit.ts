/**
 * One durable write for all concurrent callers (docs/design.md, rule 6).
 *
 * A committed write costs a blocking fsync. The first caller's decision runs without delay; callers that arrive while
 * that write goes to disk are decided together in the next transaction.
 */

interface Waiting {
  readonly decide: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Joins the decisions of concurrent callers in one transaction. */
export class GroupCommit {
  readonly #storage: DurableObjectStorage;
  readonly #lazyMs: number;
  readonly #quietMs: number;
  readonly #undone: () => void;
  #waiting: Waiting[] = [];
  /** True if a deferred write waits; `#urgent` counts the others. */
  #lazy = false;
  #urgent = 0;
  /** Time since which the oldest deferred write waits; ms since epoch. */
  #lazySince = 0;
  /**
   * The timer of deferred writes. It is never stopped: stopping and starting it for each write would cost more than the
   * write's decision.
   */
  #timerRuns = false;
  #running = false;
  /** End of the last transaction; ms since epoch. */
  #lastWriteAt = 0;

  /**
   * @param undone called after writes were rolled back: caches of them are wrong
   * @param lazyMs how long a deferred write may wait: long enough that a busy object's next transaction includes it for
   * free
   * @param quietMs a write that begins this long after the last one does not expect another
   */
  constructor(storage: DurableObjectStorage, undone: () => void = () => {}, lazyMs = 250, quietMs = 5) {
    this.#storage = storage;
    this.#undone = undone;
    this.#lazyMs = lazyMs;
    this.#quietMs = quietMs;
  }

  /**
   * Runs a synchronous decision with its writes inside a transaction, perhaps together with others. If one of those
   * throws, the decision is made a second time, on what was there before: it must depend on nothing but the database and
   * what `undone` restores.
   *
   * @returns what `decide` returned, once it is in the transaction; the output gate holds whatever the caller sends
   *   next until that is on disk. A throw undoes this decision's writes alone, and is the caller's.
   */
  run<T>(decide: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ decide, resolve: resolve as (value: unknown) => void, reject });
      this.#urgent += 1;
      if (!this.#running) void this.#drain();
    });
  }

  /** Runs a deferred write: joins the next transaction, or makes its own after a moment. */
  later<T>(decide: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ decide, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#lazy) this.#lazySince = Date.now();
      this.#lazy = true;
      if (!this.#timerRuns) this.#startTimer(this.#lazyMs);
    });
  }

  /** Flushes deferred writes before a read, because a reader must see them. Costs nothing when there are none. */
  flush(): void {
    if (!this.#lazy) return;
    if (this.#running) this.#commit(this.#takeWaiting());
    else this.#hurry();
  }

  #startTimer(ms: number): void {
    this.#timerRuns = true;
    setTimeout(() => this.#timeIsUp(), ms);
  }

  #timeIsUp(): void {
    this.#timerRuns = false;
    if (!this.#lazy) return;
    const leftMs = this.#lazySince + this.#lazyMs - Date.now();
    if (leftMs > 0) this.#startTimer(leftMs);
    else this.#hurry();
  }

  /** Writes deferred writes that have waited long enough. */
  #hurry(): void {
    this.#urgent += 1;
    if (!this.#running) void this.#drain();
  }

  #takeWaiting(): Waiting[] {
    this.#lazy = false;
    this.#urgent = 0;
    return this.#waiting.splice(0);
  }

  async #drain(): Promise<void> {
    this.#running = true;
    // Deferred writes that arrived meanwhile do not keep this loop running: they get a transaction of their own.
    while (this.#urgent > 0) {
      const alone = this.#urgent === 1 && Date.now() - this.#lastWriteAt >= this.#quietMs;
      this.#commit(this.#takeWaiting());
      this.#lastWriteAt = Date.now();
      // Waiting for the disk only gathers other callers; output waits for the disk anyway, so a single write skips the
      // wait. If the disk fails, the runtime resets the object and all its callers.
      if (!alone) await this.#storage.sync().catch(() => {});
    }
    this.#running = false;
  }

  #commit(batch: readonly Waiting[]): void {
    if (batch.length > 1 && this.#commitTogether(batch)) return;
    for (const one of batch) this.#commitAlone(one);
  }

  /**
   * One savepoint for all: a savepoint copies every page that is first changed after it, so one for each decision would copy
   * the same pages again and again.
   *
   * @returns false if one of them threw: then all are undone, and each has to be decided again by itself
   */
  #commitTogether(batch: readonly Waiting[]): boolean {
    let values: unknown[];
    try {
      values = this.#storage.transactionSync(() => batch.map(({ decide }) => decide()));
    } catch {
      this.#undone();
      return false;
    }
    for (const [index, { resolve }] of batch.entries()) resolve(values[index]);
    return true;
  }

  #commitAlone({ decide, resolve, reject }: Waiting): void {
    let value: unknown;
    try {
      value = this.#storage.transactionSync(decide);
    } catch (error) {
      this.#undone();
      reject(error);
      return;
    }
    resolve(value);
  }
}
