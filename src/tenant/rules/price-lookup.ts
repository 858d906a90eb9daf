/**
 * Asking the Directory what a shape costs that this tenant has not had priced of late. It happens before admission, only for
 * such shapes, at most once in ten minutes for each (in one, while nobody knows), and never stands in the way for long: without
 * an answer what is known here is held.
 */
import { plainShape } from "../../domain/pricing.ts";
import { within } from "../../lib/time-limit.ts";
import type { TenantContext } from "../context.ts";
import type { PriceBook, PriceSettings } from "./price-book.ts";

/** A submission waits no longer for the answer. */
const LIMIT_MS = 1_000;

/** Asks the Directory for prices that this tenant does not know. */
export class PriceLookup {
  readonly #parts: TenantContext & { readonly prices: PriceBook };
  /** Questions under way: many submissions of one shape ask once. */
  readonly #asking = new Map<string, Promise<void>>();

  constructor(parts: TenantContext & { readonly prices: PriceBook }) {
    this.#parts = parts;
  }

  /** Makes what all tenants know about this shape's price known here. Never throws; for a shape priced of late it costs nothing. */
  async prepare(anyShape: string, settings: PriceSettings): Promise<void> {
    const { prices, clock } = this.#parts;
    const shape = plainShape(anyShape);
    if (!prices.isWorthAsking(shape, settings, clock.now())) return;
    let asking = this.#asking.get(shape);
    if (!asking) {
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
      prices.heard(shape, credits === null ? null : { credits, at }, clock.now(), dearest);
    } catch (error) {
      prices.unheard(shape, clock.now());
      log("warn", "price-lookup", { error: String(error) });
    }
  }
}
