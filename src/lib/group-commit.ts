/**
 * One durable write for all who wait at once (docs/design.md, rule 6).
 *
 * A committed write costs a blocking fsync. The first caller's decision runs at once and without delay; whoever
 * arrives while that write is on its way to disk is gathered and decided together in the next transaction.
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
  /** Whether one of those who wait is without hurry, and how many are not. */
  #lazy = false;
  #urgent = 0;
  /** Since when the oldest of those without hurry waits; ms since epoch. */
  #lazySince = 0;
  /** Their timer, which is never stopped: to stop and start it for every write would cost more than the write's decision. */
  #timerRuns = false;
  #running = false;
  /** When the last transaction was over; ms since epoch. */
  #lastWriteAt = 0;

  /**
   * @param undone called after writes were rolled back: what memory has cached of them is wrong
   * @param lazyMs how long a write that nobody waits for may wait for company: long enough that a busy object's next
   *   transaction takes it along for nothing
   * @param quietMs a write that begins so long after the last one was made does not expect another
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

  /** The same without hurry: joins the next transaction, or makes its own after a moment. */
  later<T>(decide: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ decide, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#lazy) this.#lazySince = Date.now();
      this.#lazy = true;
      if (!this.#timerRuns) this.#startTimer(this.#lazyMs);
    });
  }

  /** Writes now what waits without hurry, for a reader who must see it. Costs nothing when there is nothing. */
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

  /** What waits without hurry has waited long enough. */
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
    // What came meanwhile and is without hurry does not keep this going: it would have a transaction of its own.
    while (this.#urgent > 0) {
      const alone = this.#urgent === 1 && Date.now() - this.#lastWriteAt >= this.#quietMs;
      this.#commit(this.#takeWaiting());
      this.#lastWriteAt = Date.now();
      // To wait for the disk only gathers others; what is sent waits for it anyway. So a write now and then does without. If the
      // disk fails, the runtime resets the object and with it all its callers; nobody is left to be told.
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
