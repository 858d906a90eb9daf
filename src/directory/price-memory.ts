/** What all tenants share about prices: what the upstream last said of each documented shape, and the operator's list. */
import type { PriceRule } from "../domain/price-list.ts";
import type { SharedPrices, UpstreamPrice } from "../domain/tenant-report.ts";

const LIST = "prices";
const PUSH = "prices-push";

/** How far the telling of a new list has come. */
export interface PricePush {
  readonly version: number;
  /** `seq` of the last tenant that was told. */
  readonly after: number;
}

/** The last price that the upstream asked any tenant, by shape. */
export class PriceMemory {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @returns what the upstream said last, or null for a shape that was never priced. */
  priceOf(shape: string): UpstreamPrice | null {
    const [row] = this.#sql.exec("SELECT credits, at FROM shape_prices WHERE shape = ?", shape).toArray();
    return row ? (row as unknown as UpstreamPrice) : null;
  }

  /** @returns the dearest price of any shape of the same model, or null if none is known. */
  dearestOf(shape: string): number | null {
    const dearest =
      "SELECT MAX(credits) AS credits FROM shape_prices WHERE json_extract(shape, '$[0]') = json_extract(?, '$[0]')";
    return this.#sql.exec<{ credits: number | null }>(dearest, shape).one().credits;
  }

  /** Remembers what the upstream said, unless it has said something later. Callers send documented shapes only. */
  learn(shape: string, { credits, at }: UpstreamPrice): void {
    const known = this.priceOf(shape);
    // Reports come when they come, and some twice. The same price said later is news as well: it outdates what others know.
    if (known !== null && known.at >= at) return;
    this.#sql.exec("INSERT OR REPLACE INTO shape_prices (shape, credits, at) VALUES (?,?,?)", shape, credits, at);
  }

  /** The operator's list for all tenants; version 0 if none was ever made. */
  shared(): SharedPrices {
    const text = this.#get(LIST);
    return text === null ? { version: 0, rules: [] } : (JSON.parse(text) as SharedPrices);
  }

  /** Puts another list in place, and notes that every tenant is to be told. */
  putShared(rules: readonly PriceRule[], now: number): SharedPrices {
    const shared: SharedPrices = { version: Math.max(now, this.shared().version + 1), rules };
    this.#put(LIST, JSON.stringify(shared));
    this.putPush({ version: shared.version, after: 0 });
    return shared;
  }

  push(): PricePush | null {
    const text = this.#get(PUSH);
    return text === null ? null : (JSON.parse(text) as PricePush);
  }

  putPush(push: PricePush | null): void {
    if (push === null) this.#sql.exec("DELETE FROM settings WHERE name = ?", PUSH);
    else this.#put(PUSH, JSON.stringify(push));
  }

  #get(name: string): string | null {
    const [row] = this.#sql.exec<{ value: string }>("SELECT value FROM settings WHERE name = ?", name).toArray();
    return row?.value ?? null;
  }

  #put(name: string, value: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value);
  }
}
