/** What the upstream last said a shape of request costs, before any markup. */
export class PriceStore {
  readonly #sql: SqlStorage;
  readonly #cache = new Map<string, number | null>();
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

  /** Remembers a price; costs a write only when it is news. */
  learn(shape: string, credits: number): void {
    if (this.get(shape) === credits) return;
    this.#sql.exec("INSERT OR REPLACE INTO prices (shape, credits) VALUES (?, ?)", shape, credits);
    this.#cache.set(shape, credits);
  }

  list(): { shape: string; credits: number }[] {
    return this.#sql
      .exec<{ shape: string; credits: number }>("SELECT shape, credits FROM prices ORDER BY shape")
      .toArray();
  }

  forgetCached(): void {
    this.#cache.clear();
  }
}
