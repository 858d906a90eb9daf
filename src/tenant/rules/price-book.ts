/**
 * The price of a request, from memory alone. In this order: the tenant's price list, the list for all tenants, the
 * upstream's last price for the same shape (to this tenant or, if later, to another), and for a shape without a known
 * price the highest known price of its model, at least DEFAULT_HOLD_CREDITS.
 */
import { DAY_MS, MINUTE_MS } from "../../domain/calendar.ts";
import { findRule, isSharedShape, type PriceRule } from "../../domain/price-list.ts";
import { plainShape, readShape, tenantPrice } from "../../domain/pricing.ts";
import type { SharedPrices, UpstreamPrice } from "../../domain/tenant-report.ts";
import type { TenantSettings } from "../settings.ts";
import type { MetaStore } from "../store/meta.ts";
import type { PriceStore } from "../store/prices.ts";

/** The price of a request and its source. */
export interface Quote {
  /** The tenant's price, which is held. */
  readonly credits: number;
  /**
   * `list`: final, whatever the upstream charges. `upstream`: its last price × markup. `model`: no known price, held at
   * the model's highest price. `default`: no price of the model is known.
   */
  readonly source: "list" | "upstream" | "model" | "default";
}

/** The settings of a tenant that its prices depend on. */
export type PriceSettings = Pick<TenantSettings, "markup" | "prices">;

/** The Directory's last report about one shape whose price this tenant does not know, or knows only an old one for. */
interface DirectoryPrice {
  /** Null if no tenant knows a price. */
  readonly price: UpstreamPrice | null;
  /** Time of the report; ms since epoch. */
  readonly at: number;
}

const SHARED = "shared-prices";
const NEVER_HEARD: SharedPrices = { version: -1, rules: [] };
const MAX_DIRECTORY_PRICES = 1_000;
/** How long a lower price does not replace the price of requests with undocumented fields. */
const HIGHEST_KEPT_MS = DAY_MS;
/** Age in ms at which the Directory is asked again: for a known price, and for an unknown one. */
const DIRECTORY_PRICE_MAX_AGE_MS = { price: 10 * MINUTE_MS, nothing: MINUTE_MS } as const;

/** What prices a request of this tenant: the price lists that apply to it, and the upstream's prices as learned here and by the Directory. */
export class PriceBook {
  readonly #prices: PriceStore;
  readonly #meta: MetaStore;
  readonly #defaultHold: number;
  readonly #fromDirectory = new Map<string, DirectoryPrice>();
  /** The highest price that the Directory knows, by model. */
  readonly #highestReported = new Map<string, number | null>();
  /** Last request to the Directory for any shape; ms since epoch. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #shared: SharedPrices | null | undefined;

  constructor(prices: PriceStore, meta: MetaStore, defaultHold: number) {
    this.#prices = prices;
    this.#meta = meta;
    this.#defaultHold = defaultHold;
  }

  /** Returns the price at which a request of this shape is admitted now. */
  quote(shape: string, { markup, prices }: PriceSettings): Quote {
    const rule = this.#ruleFor(shape, prices);
    if (rule !== null) return { credits: rule.credits, source: "list" };
    const upstream = this.upstreamCredits(shape);
    if (upstream !== null) return { credits: tenantPrice(upstream, markup), source: "upstream" };
    const dearest = this.#dearestOf(shape);
    if (dearest === null) return { credits: this.#defaultHold, source: "default" };
    return { credits: Math.max(this.#defaultHold, tenantPrice(dearest, markup)), source: "model" };
  }

  /** True if the Directory may know a better price for this plain shape. */
  isWorthAsking(shape: string, { prices }: PriceSettings, now: number): boolean {
    if (this.#knownShared() === null && now - this.#askedAt >= DIRECTORY_PRICE_MAX_AGE_MS.nothing) return true;
    const own = this.#prices.get(shape);
    if (own !== null && now - own.at < DIRECTORY_PRICE_MAX_AGE_MS.price) return false;
    if (this.#askedLately(shape, now)) return false;
    return this.#ruleFor(shape, prices) === null && isSharedShape(shape);
  }

  /**
   * Stores the Directory's report about a shape; null: no price known.
   *
   * @param dearest the highest price of its model; undefined if the report does not contain it
   */
  storeReport(shape: string, price: UpstreamPrice | null, now: number, dearest?: number | null): void {
    if (this.#fromDirectory.size >= MAX_DIRECTORY_PRICES) this.#fromDirectory.clear();
    this.#fromDirectory.set(shape, { price, at: now });
    if (dearest !== undefined) this.#highestReported.set(modelOf(shape), dearest);
    this.#askedAt = now;
  }

  /** Keeps the last report after a failed request, and prevents another request for a while. */
  noteFailedRequest(shape: string, now: number): void {
    this.storeReport(shape, this.#fromDirectory.get(shape)?.price ?? null, now);
  }

  /**
   * Stores the upstream's price of a shape. Undocumented fields can be varied at will, so of such requests the highest price of a
   * day is kept. Call it inside a transaction.
   */
  learn(shape: string, credits: number, now: number): void {
    const known = plainShape(shape) === shape ? null : this.#prices.get(shape);
    if (known !== null && known.credits > credits && now - known.at < HIGHEST_KEPT_MS) return;
    const reported = this.#fromDirectory.get(shape)?.price;
    const isUnreported = reported !== undefined && reported !== null && reported.credits !== credits;
    this.#prices.learn(shape, credits, now, isUnreported);
    if (isUnreported) this.#fromDirectory.delete(shape);
  }

  /** Returns the price list for all tenants that this tenant last received; version −1 before the first. */
  shared(): SharedPrices {
    return this.#knownShared() ?? NEVER_HEARD;
  }

  /** Stores a price list for all tenants unless it is older than the present one. Call it inside a transaction. */
  adoptShared(shared: SharedPrices): void {
    if (this.shared().version >= shared.version) return;
    this.#meta.write(SHARED, shared);
    this.#shared = shared;
  }

  clearCache(): void {
    this.#prices.clearCache();
    this.#shared = undefined;
  }

  /**
   * Returns the upstream's latest price of a shape, to this tenant or another, before markup; null if there is none.
   * Undocumented fields may or may not change the price, so a shape with some has the higher of its own price and the
   * price without them.
   */
  upstreamCredits(shape: string): number | null {
    const plain = plainShape(shape);
    const price = this.#latest(plain);
    const withOthers = plain === shape ? null : (this.#prices.get(shape)?.credits ?? null);
    return price === null || withOthers === null ? (price ?? withOthers) : Math.max(price, withOthers);
  }

  #latest(shape: string): number | null {
    const own = this.#prices.get(shape);
    const reported = this.#fromDirectory.get(shape)?.price ?? null;
    if (own === null || reported === null) return (own ?? reported)?.credits ?? null;
    return reported.at > own.at ? reported.credits : own.credits;
  }

  /** Returns the upstream's highest known price for any shape of the same model; null if there is none. */
  #dearestOf(shape: string): number | null {
    const model = modelOf(shape);
    const own = this.#prices.dearestOf(model);
    const reported = this.#highestReported.get(model) ?? null;
    return own === null || reported === null ? (own ?? reported) : Math.max(own, reported);
  }

  /**
   * Returns the matching price rule. The tenant's own list comes first, however broad its rule, because it was made for
   * this tenant.
   */
  #ruleFor(shape: string, own: readonly PriceRule[] | null | undefined): PriceRule | null {
    const shared = this.shared().rules;
    if (!own?.length && shared.length === 0) return null;
    const parts = readShape(shape);
    return findRule(own ?? [], parts) ?? findRule(shared, parts);
  }

  #askedLately(shape: string, now: number): boolean {
    const reported = this.#fromDirectory.get(shape);
    if (!reported) return false;
    return (
      now - reported.at <
      (reported.price === null ? DIRECTORY_PRICE_MAX_AGE_MS.nothing : DIRECTORY_PRICE_MAX_AGE_MS.price)
    );
  }

  #knownShared(): SharedPrices | null {
    if (this.#shared === undefined) this.#shared = this.#meta.read<SharedPrices>(SHARED);
    return this.#shared;
  }
}

function modelOf(shape: string): string {
  return String(readShape(shape).model);
}
