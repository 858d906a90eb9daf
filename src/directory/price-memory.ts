/** Prices that all tenants share: the upstream's last price of each documented shape, and the operator's list. */
import type { PriceRule } from "../domain/price-list.ts";
import type { SharedPrices, UpstreamPrice } from "../domain/tenant-report.ts";
import type { Settings } from "./settings.ts";

const LIST = "prices";
const PUSH = "prices-push";

/** Progress of sending a new list. */
export interface PricePush {
  readonly version: number;
  /** `seq` of the last tenant that received it. */
  readonly after: number;
}

/** The upstream's last price to any tenant, by shape. */
export class PriceMemory {
  readonly #sql: SqlStorage;
  readonly #settings: Settings;
  constructor(sql: SqlStorage, settings: Settings) {
    this.#sql = sql;
    this.#settings = settings;
  }

  /** @returns the upstream's last price, or null for a shape without one */
  priceOf(shape: string): UpstreamPrice | null {
    const [row] = this.#sql.exec("SELECT credits, at FROM shape_prices WHERE shape = ?", shape).toArray();
    return row ? (row as unknown as UpstreamPrice) : null;
  }

  /** @returns the highest price of any shape of the same model, or null if none is known */
  dearestOf(shape: string): number | null {
    const dearest =
      "SELECT MAX(credits) AS credits FROM shape_prices WHERE json_extract(shape, '$[0]') = json_extract(?, '$[0]')";
    return this.#sql.exec<{ credits: number | null }>(dearest, shape).one().credits;
  }

  /** Stores the upstream's price unless a later one is stored. Callers send documented shapes only. */
  learn(shape: string, { credits, at }: UpstreamPrice): void {
    const known = this.priceOf(shape);
    // Reports arrive late, and some twice. The same price at a later time is stored too, because it makes tenants'
    // older prices outdated.
    if (known !== null && known.at >= at) return;
    this.#sql.exec("INSERT OR REPLACE INTO shape_prices (shape, credits, at) VALUES (?,?,?)", shape, credits, at);
  }

  /** Returns the operator's list for all tenants; version 0 before the first. */
  shared(): SharedPrices {
    const text = this.#settings.get(LIST);
    return text === null ? { version: 0, rules: [] } : (JSON.parse(text) as SharedPrices);
  }

  /** Stores another list, and marks it as to be sent to every tenant. */
  putShared(rules: readonly PriceRule[], now: number): SharedPrices {
    const shared: SharedPrices = { version: Math.max(now, this.shared().version + 1), rules };
    this.#settings.put(LIST, JSON.stringify(shared));
    this.putPush({ version: shared.version, after: 0 });
    return shared;
  }

  push(): PricePush | null {
    const text = this.#settings.get(PUSH);
    return text === null ? null : (JSON.parse(text) as PricePush);
  }

  putPush(push: PricePush | null): void {
    if (push === null) this.#settings.remove(PUSH);
    else this.#settings.put(PUSH, JSON.stringify(push));
  }
}
