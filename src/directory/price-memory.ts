/** Prices that all tenants share: the upstream's last price of each documented shape, and the operator's list. */
import type { PriceRule } from "../domain/price-list.ts";
import { readShape } from "../domain/pricing.ts";
import type { SharedPrices, UpstreamPrice } from "../domain/tenant-report.ts";
import type { NamedTexts } from "../lib/named-texts.ts";
import { Store } from "../lib/store.ts";

const LIST = "prices";
const PUSH = "prices-push";

const ROLLOUT = "prices-rollout";

/** How far the present list has come. Times in ms since epoch. */
export interface PriceRollout {
  /** Tenants that get the list. */
  readonly tenants: number;
  readonly updated: number;
  /** Tenants whose objects did not respond; they get the list with their next report. */
  readonly unreachable: number;
  readonly startedAt: number;
  /** Null while it is sent. */
  readonly endedAt: number | null;
}

/** Query of the upstream's known prices. */
export interface UpstreamPriceQuery {
  readonly model: string | null;
  /** The last shape of the previous page, or null. */
  readonly after: string | null;
  readonly limit: number;
}

/** One page of the upstream's known prices; `next` is the shape after which the next page begins, or null at the end. */
export interface UpstreamPricePage {
  readonly prices: readonly { readonly shape: string; readonly credits: number; readonly at: number }[];
  readonly next: string | null;
}

/** Progress of sending a new list. */
export interface PricePush {
  readonly version: number;
  /** `seq` of the last tenant that received it. */
  readonly after: number;
}

/** The upstream's last price to any tenant, by shape. */
export class PriceMemory extends Store {
  readonly #settings: NamedTexts;
  /** The highest price by model: submissions of all tenants ask for it. */
  readonly #dearest = new Map<string, number | null>();

  constructor(sql: SqlStorage, settings: NamedTexts) {
    super(sql);
    this.#settings = settings;
  }

  /** @returns the upstream's last price, or null for a shape without one */
  priceOf(shape: string): UpstreamPrice | null {
    return this.first("SELECT credits, at FROM shape_prices WHERE shape = ?", shape);
  }

  /** @returns the highest price of any shape of the same model, or null if none is known */
  dearestOf(shape: string): number | null {
    const model = String(readShape(shape).model);
    let dearest = this.#dearest.get(model);
    if (dearest === undefined) {
      const statement = "SELECT MAX(credits) AS credits FROM shape_prices WHERE shape > ? AND shape < ?";
      dearest = this.value<number | null>(statement, ...shapesOf(model));
      this.#dearest.set(model, dearest);
    }
    return dearest;
  }

  /** Stores the upstream's price unless a later one is stored. Callers send documented shapes only. */
  learn(shape: string, { credits, at }: UpstreamPrice): void {
    const known = this.priceOf(shape);
    // Reports arrive late, and some twice. The same price at a later time is stored too, because it makes tenants'
    // older prices outdated.
    if (known !== null && known.at >= at) return;
    this.sql.exec("INSERT OR REPLACE INTO shape_prices (shape, credits, at) VALUES (?,?,?)", shape, credits, at);
    if (known?.credits !== credits) this.#dearest.delete(String(readShape(shape).model));
  }

  /** Returns the operator's list for all tenants; version 0 before the first. */
  shared(): SharedPrices {
    return this.#settings.read(LIST) ?? { version: 0, rules: [] };
  }

  /** Stores another list, and marks it as to be sent to every tenant. @param tenants number of tenants */
  putShared(rules: readonly PriceRule[], tenants: number, now: number): SharedPrices {
    const shared: SharedPrices = { version: Math.max(now, this.shared().version + 1), rules };
    this.#settings.write(LIST, shared);
    this.#settings.write<PricePush>(PUSH, { version: shared.version, after: 0 });
    this.#settings.write<PriceRollout>(ROLLOUT, { tenants, updated: 0, unreachable: 0, startedAt: now, endedAt: null });
    return shared;
  }

  /** Returns how far the present list has come; null if there was none, or only one of an earlier release. */
  rollout(): PriceRollout | null {
    return this.#settings.read(ROLLOUT);
  }

  /**
   * Records that a list was sent to some tenants.
   *
   * @param after `seq` of the last of them; null if there are no more
   */
  sent(
    push: PricePush,
    after: number | null,
    { updated, unreachable }: Pick<PriceRollout, "updated" | "unreachable">,
    now: number,
  ): void {
    if (after === null) this.#settings.remove(PUSH);
    else this.#settings.write<PricePush>(PUSH, { ...push, after });
    const known = this.rollout();
    if (known === null) return;
    const sums = { updated: known.updated + updated, unreachable: known.unreachable + unreachable };
    // Tenants that were created meanwhile are sent the list too, and some may be gone.
    const tenants = after === null ? sums.updated + sums.unreachable : known.tenants;
    this.#settings.write<PriceRollout>(ROLLOUT, { ...known, ...sums, tenants, endedAt: after === null ? now : null });
  }

  /** Returns one page of the upstream's last prices of documented shapes, in the order of the shapes. */
  page({ model, after, limit }: UpstreamPriceQuery): UpstreamPricePage {
    const rows = this.all<{ shape: string; credits: number; at: number }>(
      `SELECT shape, credits, at FROM shape_prices WHERE shape > ? AND shape > ? AND shape < ?
       ORDER BY shape LIMIT ?`,
      after ?? "",
      ...(model === null ? ["", "\u{10FFFF}"] : shapesOf(model)),
      limit + 1,
    );
    const prices = rows.slice(0, limit);
    return { prices, next: rows.length > limit ? (prices.at(-1)?.shape ?? null) : null };
  }

  push(): PricePush | null {
    return this.#settings.read(PUSH);
  }
}

/** Returns the texts between which the shapes of a model are: a shape is a JSON text whose first element is the model. */
function shapesOf(model: string): [after: string, before: string] {
  return [`[${JSON.stringify(model)},`, `[${JSON.stringify(model)}-`];
}
