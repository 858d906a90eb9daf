/**
 * What a request will cost a tenant, from memory alone: the tenant's price list, the list for all tenants, what the upstream
 * last said for the same shape (to this tenant or, later, to another); for a shape that was never priced, the dearest known price
 * of its model, at least DEFAULT_HOLD_CREDITS.
 */
import { findRule, isSharedShape, type PriceRule } from "../../domain/price-list.ts";
import { plainShape, readShape, tenantPrice } from "../../domain/pricing.ts";
import type { SharedPrices, UpstreamPrice } from "../../domain/tenant-report.ts";
import type { TenantSettings } from "../api.ts";
import type { MetaStore } from "../store/meta.ts";
import type { PriceStore } from "../store/prices.ts";

/** The price of a request, and where it comes from. */
export interface Quote {
  /** The tenant's price: what is held. */
  readonly credits: number;
  /**
   * `list`: final, whatever the upstream says. `upstream`: its last price × markup. `model`: never priced, held at the dearest
   * price of the model. `default`: no price of the model is known anywhere.
   */
  readonly source: "list" | "upstream" | "model" | "default";
}

/** What of a tenant's settings decides its prices. */
export type PriceSettings = Pick<TenantSettings, "markup" | "prices">;

/** What the Directory last said of one shape of which this tenant has no price, or an old one. */
interface Hearsay {
  /** Null if no tenant knows. */
  readonly price: UpstreamPrice | null;
  /** When it was said; ms since epoch. */
  readonly at: number;
}

const SHARED = "shared-prices";
const NEVER_HEARD: SharedPrices = { version: -1, rules: [] };
const MAX_HEARSAY = 1_000;
/** How old a price may be before the Directory is asked, or asked again, and how old its "nobody knows". */
const HEARSAY_MAX_AGE_MS = { price: 600_000, nothing: 60_000 } as const;

/** The price lists that apply to this tenant. */
export class PriceBook {
  readonly #prices: PriceStore;
  readonly #meta: MetaStore;
  readonly #defaultHold: number;
  readonly #hearsay = new Map<string, Hearsay>();
  /** By model: the dearest price that the Directory knows. */
  readonly #dearestHeard = new Map<string, number | null>();
  /** When the Directory was last asked for anything; ms since epoch. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #shared: SharedPrices | null | undefined;

  constructor(prices: PriceStore, meta: MetaStore, defaultHold: number) {
    this.#prices = prices;
    this.#meta = meta;
    this.#defaultHold = defaultHold;
  }

  /** The price at which a request of this shape is admitted now. */
  quote(shape: string, { markup, prices }: PriceSettings): Quote {
    const rule = this.#ruleFor(shape, prices);
    if (rule !== null) return { credits: rule.credits, source: "list" };
    const upstream = this.upstreamCredits(shape);
    if (upstream !== null) return { credits: tenantPrice(upstream, markup), source: "upstream" };
    const dearest = this.#dearestOf(shape);
    if (dearest === null) return { credits: this.#defaultHold, source: "default" };
    return { credits: Math.max(this.#defaultHold, tenantPrice(dearest, markup)), source: "model" };
  }

  /** Whether the Directory might know more about this plain shape. */
  isWorthAsking(shape: string, { prices }: PriceSettings, now: number): boolean {
    if (this.#knownShared() === null && now - this.#askedAt >= HEARSAY_MAX_AGE_MS.nothing) return true;
    const own = this.#prices.get(shape);
    if (own !== null && now - own.at < HEARSAY_MAX_AGE_MS.price) return false;
    if (this.#askedLately(shape, now)) return false;
    return this.#ruleFor(shape, prices) === null && isSharedShape(shape);
  }

  /**
   * Takes in what the Directory knows of a shape; null for nothing.
   *
   * @param dearest the dearest price of its model; undefined if that was not said
   */
  heard(shape: string, price: UpstreamPrice | null, now: number, dearest?: number | null): void {
    if (this.#hearsay.size >= MAX_HEARSAY) this.#hearsay.clear();
    this.#hearsay.set(shape, { price, at: now });
    if (dearest !== undefined) this.#dearestHeard.set(modelOf(shape), dearest);
    this.#askedAt = now;
  }

  /** The Directory could not be asked: what it said before stands, and it is left alone for a while. */
  unheard(shape: string, now: number): void {
    this.heard(shape, this.#hearsay.get(shape)?.price ?? null, now);
  }

  /** The upstream said what a shape costs. Inside a transaction. */
  learn(shape: string, credits: number, now: number): void {
    const heard = this.#hearsay.get(shape)?.price;
    const isNewsToOthers = heard !== undefined && heard !== null && heard.credits !== credits;
    this.#prices.learn(shape, credits, now, isNewsToOthers);
    if (isNewsToOthers) this.#hearsay.delete(shape);
  }

  /** The list for all tenants as this tenant last heard of it; version −1 before that. */
  shared(): SharedPrices {
    return this.#knownShared() ?? NEVER_HEARD;
  }

  /** Takes over a list for all tenants, unless it is older than the one known. Inside a transaction. */
  adoptShared(shared: SharedPrices): void {
    if (this.shared().version >= shared.version) return;
    this.#meta.put(SHARED, JSON.stringify(shared));
    this.#shared = shared;
  }

  forgetCached(): void {
    this.#prices.forgetCached();
    this.#shared = undefined;
  }

  /**
   * The upstream's latest price of a shape, to this tenant or to another, before any markup; null if there was none. With
   * undocumented fields, which may change the price or not: the higher of what was asked with some and without.
   */
  upstreamCredits(shape: string): number | null {
    const plain = plainShape(shape);
    const price = this.#latest(plain);
    const withOthers = plain === shape ? null : (this.#prices.get(shape)?.credits ?? null);
    return price === null || withOthers === null ? (price ?? withOthers) : Math.max(price, withOthers);
  }

  #latest(shape: string): number | null {
    const own = this.#prices.get(shape);
    const heard = this.#hearsay.get(shape)?.price ?? null;
    if (own === null || heard === null) return (own ?? heard)?.credits ?? null;
    return heard.at > own.at ? heard.credits : own.credits;
  }

  /** The dearest price that the upstream has for any shape of the same model, as far as is known; null if there is none. */
  #dearestOf(shape: string): number | null {
    const model = modelOf(shape);
    const own = this.#prices.dearestOf(model);
    const heard = this.#dearestHeard.get(model) ?? null;
    return own === null || heard === null ? (own ?? heard) : Math.max(own, heard);
  }

  /** The tenant's own list comes first, however broad its rule is: it was made for this tenant. */
  #ruleFor(shape: string, own: readonly PriceRule[] | null | undefined): PriceRule | null {
    const shared = this.shared().rules;
    if (!own?.length && shared.length === 0) return null;
    const parts = readShape(shape);
    return findRule(own ?? [], parts) ?? findRule(shared, parts);
  }

  #askedLately(shape: string, now: number): boolean {
    const heard = this.#hearsay.get(shape);
    if (!heard) return false;
    return now - heard.at < (heard.price === null ? HEARSAY_MAX_AGE_MS.nothing : HEARSAY_MAX_AGE_MS.price);
  }

  #knownShared(): SharedPrices | null {
    if (this.#shared === undefined) {
      const text = this.#meta.get(SHARED);
      this.#shared = text === null ? null : (JSON.parse(text) as SharedPrices);
    }
    return this.#shared;
  }
}

function modelOf(shape: string): string {
  return String(readShape(shape).model);
}
