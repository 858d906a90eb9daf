import type { money as english } from "../en/money.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: money. */
export const money: Translated<typeof english> = {};
