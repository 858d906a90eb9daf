import type { prices as english } from "../en/prices.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: prices. */
export const prices: Translated<typeof english> = {};
