import type { usage as english } from "../en/usage.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: usage. */
export const usage: Translated<typeof english> = {};
