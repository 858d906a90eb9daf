import type { overview as english } from "../en/overview.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: overview. */
export const overview: Translated<typeof english> = {};
