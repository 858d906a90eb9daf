/** The upstream's last price of each shape of request, before markup. */
import { Store } from "../../lib/store.ts";

/** Most shapes kept, far more than one model has documented ones; beyond that the oldest are deleted. */
const MAX_SHAPES = 5_000;
const FORGOTTEN_AT_ONCE = 100;

/** The upstream's price of a shape. */
export interface LearnedPrice {
  readonly shape: string;
  /** The upstream's credits. */
  readonly credits: number;
  /**
   * Time of the upstream's first response with this price, or of the latest one that memory knows of; ms since epoch.
   */
  readonly at: number;
}

const SELECT = "SELECT shape, credits, learned_at AS at FROM prices";

/** The rows of `prices`. */
export class PriceStore extends Store {
  readonly #cache = new Map<string, LearnedPrice | null>();
  /** By model. */
  readonly #dearest = new Map<string, number | null>();
  #count: number | null = null;

  /** @returns the price, or null for a shape that was never priced. */
  get(shape: string): LearnedPrice | null {
    let known = this.#cache.get(shape);
    if (known === undefined) {
      known = this.first<LearnedPrice>(`${SELECT} WHERE shape = ?`, shape);
      if (this.#cache.size > 1_000) this.#cache.clear();
      this.#cache.set(shape, known);
    }
    return known;
  }

  /**
   * Stores a price; writes only if it has changed.
   *
   * @param now ms since epoch
   * @param isUnreported true if the price must be reported to the Directory although it has not changed here
   */
  learn(shape: string, credits: number, now: number, isUnreported = false): void {
    const known = this.get(shape);
    if (known === null) this.#makeRoom();
    if (known?.credits !== credits || isUnreported) {
      this.sql.exec("INSERT OR REPLACE INTO prices (shape, credits, learned_at) VALUES (?, ?, ?)", shape, credits, now);
    }
    this.#cache.set(shape, { shape, credits, at: now });
    if (known?.credits !== credits) this.#dearest.clear();
  }

  /** @returns the highest price of any shape of this model, or null if none is known */
  dearestOf(model: string): number | null {
    let dearest = this.#dearest.get(model);
    if (dearest === undefined) {
      // A shape's text begins with its model: a range of the primary key.
      const from = `[${JSON.stringify(model)},`;
      const statement = "SELECT MAX(credits) AS credits FROM prices WHERE shape >= ? AND shape < ?";
      dearest = this.value<number | null>(statement, from, `${from}\u{10ffff}`);
      this.#dearest.set(model, dearest);
    }
    return dearest;
  }

  /** @returns the prices stored at `since` (ms since epoch) or later */
  learnedSince(since: number): LearnedPrice[] {
    return this.all<LearnedPrice>(`${SELECT} WHERE learned_at >= ? ORDER BY shape`, since);
  }

  clearCache(): void {
    this.#cache.clear();
    this.#dearest.clear();
    this.#count = null;
  }

  #makeRoom(): void {
    this.#count ??= this.value<number>("SELECT COUNT(*) FROM prices");
    if (this.#count >= MAX_SHAPES) {
      this.sql.exec(
        "DELETE FROM prices WHERE shape IN (SELECT shape FROM prices ORDER BY learned_at LIMIT ?)",
        FORGOTTEN_AT_ONCE,
      );
      this.clearCache();
      this.#count = MAX_SHAPES - FORGOTTEN_AT_ONCE;
    }
    this.#count += 1;
  }
}
