/** What the upstream last said a shape of request costs, before any markup. */

/** Far more than there are documented shapes for one model; a tenant that invents more forgets its oldest. */
const MAX_SHAPES = 5_000;
const FORGOTTEN_AT_ONCE = 100;

export interface LearnedPrice {
  readonly shape: string;
  /** The upstream's credits. */
  readonly credits: number;
}

export class PriceStore {
  readonly #sql: SqlStorage;
  readonly #cache = new Map<string, number | null>();
  #count: number | null = null;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @returns upstream credits, or null for a shape that was never priced. */
  get(shape: string): number | null {
    let credits = this.#cache.get(shape);
    if (credits === undefined) {
      const [row] = this.#sql.exec<{ credits: number }>("SELECT credits FROM prices WHERE shape = ?", shape).toArray();
      credits = row?.credits ?? null;
      if (this.#cache.size > 1_000) this.#cache.clear();
      this.#cache.set(shape, credits);
    }
    return credits;
  }

  /** Remembers a price; costs a write only when it is news. `now` in ms since epoch. */
  learn(shape: string, credits: number, now: number): void {
    const known = this.get(shape);
    if (known === credits) return;
    if (known === null) this.#makeRoom();
    this.#sql.exec("INSERT OR REPLACE INTO prices (shape, credits, learned_at) VALUES (?, ?, ?)", shape, credits, now);
    this.#cache.set(shape, credits);
  }

  /** @returns what was learned at `since` (ms since epoch) or later. */
  learnedSince(since: number): LearnedPrice[] {
    return this.#sql
      .exec("SELECT shape, credits FROM prices WHERE learned_at >= ? ORDER BY shape", since)
      .toArray() as unknown as LearnedPrice[];
  }

  forgetCached(): void {
    this.#cache.clear();
    this.#count = null;
  }

  #makeRoom(): void {
    this.#count ??= Number(this.#sql.exec("SELECT COUNT(*) AS count FROM prices").one().count);
    if (this.#count >= MAX_SHAPES) {
      this.#sql.exec(
        "DELETE FROM prices WHERE shape IN (SELECT shape FROM prices ORDER BY learned_at LIMIT ?)",
        FORGOTTEN_AT_ONCE,
      );
      this.forgetCached();
      this.#count = MAX_SHAPES - FORGOTTEN_AT_ONCE;
    }
    this.#count += 1;
  }
}
