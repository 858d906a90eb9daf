/**
 * The price of the form as it is now. A request is sent only if the person has seen the price of exactly that request: the price is asked
 * again at the press, and one that has changed is shown and must be confirmed.
 */

/** The response of `POST /task/estimate`. */
export interface Estimate {
  readonly estimatedCredits: number;
  readonly affordable: boolean;
}

/** What is known of the price. */
export type Price =
  /** There is no valid request to estimate. */
  | { readonly kind: "none" }
  /** The price is being asked; `last` is the price of the form before its last change. */
  | { readonly kind: "asking"; readonly last: number | null }
  | { readonly kind: "failed"; readonly error: unknown }
  /** `before`: the price that was shown when the button was pressed, if it has changed since. */
  | { readonly kind: "known"; readonly credits: number; readonly affordable: boolean; readonly before: number | null };

/** The request that may be sent now: the price shown is the price of this text. */
export interface Confirmed {
  readonly text: string;
  readonly credits: number;
}

/** Time and the gateway, passed in for tests. */
export interface PriceParts {
  readonly estimate: (text: string) => Promise<Estimate>;
  readonly changed: (price: Price) => void;
  /** Runs a function after a while. @returns cancels it */
  readonly later: (run: () => void, ms: number) => () => void;
}

/** Pause after a change before the price is asked, so that typing asks once. */
export const PAUSE_MS = 400;

/** Follows the form's price. */
export class PriceWatch {
  readonly #parts: PriceParts;
  #text: string | null = null;
  #price: Price = { kind: "none" };
  #cancel: () => void = () => {};
  /** Number of the latest question; the responses to earlier ones are dropped. */
  #latest = 0;

  constructor(parts: PriceParts) {
    this.#parts = parts;
  }

  /** The price as it is shown. */
  get price(): Price {
    return this.#price;
  }

  /** Takes the form's request. @param text null if the form is not valid */
  change(text: string | null): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#latest += 1;
    this.#cancel();
    if (text === null) {
      this.#show({ kind: "none" });
      return;
    }
    const last =
      this.#price.kind === "known" ? this.#price.credits : this.#price.kind === "asking" ? this.#price.last : null;
    this.#show({ kind: "asking", last });
    this.#cancel = this.#parts.later(() => void this.#ask(text), PAUSE_MS);
  }

  /** Asks again, after a failure or when the price that is shown may be wrong. */
  retry(): void {
    const text = this.#text;
    if (text === null || this.#price.kind === "asking") return;
    this.#show({ kind: "asking", last: null });
    void this.#ask(text);
  }

  /**
   * Asks the price once more before the request is sent.
   *
   * @returns the request, if its price is the one that was shown; null if the new price, or the reason why there is none, is shown instead
   */
  async confirm(): Promise<Confirmed | null> {
    const text = this.#text;
    const shown = this.#price;
    if (text === null || shown.kind !== "known" || !shown.affordable) return null;
    const price = await this.#ask(text, shown.credits);
    return price?.kind === "known" && price.affordable && price.credits === shown.credits
      ? { text, credits: price.credits }
      : null;
  }

  /** @param shown the price that the person has seen; null: none. @returns null if the form has changed meanwhile */
  async #ask(text: string, shown: number | null = null): Promise<Price | null> {
    this.#latest += 1;
    const number = this.#latest;
    let price: Price;
    try {
      const { estimatedCredits: credits, affordable } = await this.#parts.estimate(text);
      price = { kind: "known", credits, affordable, before: shown === null || shown === credits ? null : shown };
    } catch (error) {
      price = { kind: "failed", error };
    }
    if (number !== this.#latest) return null;
    this.#show(price);
    return price;
  }

  #show(price: Price): void {
    this.#price = price;
    this.#parts.changed(price);
  }
}
