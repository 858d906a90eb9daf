import type { portal as english } from "../en/portal.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: portal. */
export const portal: Translated<typeof english> = {};
