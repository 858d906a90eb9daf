/**
 * Asks the Directory for the price of a shape for which this tenant has no recent price. This happens before admission,
 * for such shapes only, at most once in ten minutes per shape (once a minute while no price is known). The wait is
 * short: without a response, the price known here is held.
 */
import { plainShape } from "../../domain/pricing.ts";
import { type Bucket, take } from "../../domain/token-bucket.ts";
import { within } from "../../lib/time-limit.ts";
import type { TenantContext } from "../context.ts";
import type { PriceBook, PriceSettings } from "./price-book.ts";

/** Longest wait of a submission for the Directory's response. */
const LIMIT_MS = 1_000;

/** Most requests of one tenant to the Directory, which all tenants share; beyond them, the price known here is held. */
const LOOKUPS = { perMinute: 300 } as const;

/** Asks the Directory for prices that this tenant does not know. */
export class PriceLookup {
  readonly #parts: TenantContext & { readonly prices: PriceBook };
  /** Requests under way, by shape: many submissions of one shape share one request. */
  readonly #asking = new Map<string, Promise<void>>();
  #bucket: Bucket | null = null;

  constructor(parts: TenantContext & { readonly prices: PriceBook }) {
    this.#parts = parts;
  }

  /** Fetches the price of this shape from the Directory if this tenant has no recent one. Never throws. */
  async prepare(anyShape: string, settings: PriceSettings): Promise<void> {
    const { prices, clock } = this.#parts;
    const shape = plainShape(anyShape);
    if (!prices.isWorthAsking(shape, settings, clock.now())) return;
    let asking = this.#asking.get(shape);
    if (!asking) {
      const { allowed, bucket } = take(this.#bucket, LOOKUPS, clock.now());
      if (!allowed) return;
      this.#bucket = bucket;
      asking = this.#ask(shape).finally(() => this.#asking.delete(shape));
      this.#asking.set(shape, asking);
    }
    await within(asking, LIMIT_MS, undefined);
  }

  async #ask(shape: string): Promise<void> {
    const { prices, directory, clock, commit, log } = this.#parts;
    try {
      const { credits, at = 0, dearest, shared } = await directory.priceOf(shape, prices.shared().version);
      if (shared !== null) await commit.run(() => prices.adoptShared(shared));
      prices.storeReport(shape, credits === null ? null : { credits, at }, clock.now(), dearest);
    } catch (error) {
      prices.noteFailedRequest(shape, clock.now());
      log("warn", "price-lookup", { error: String(error) });
    }
  }
}
