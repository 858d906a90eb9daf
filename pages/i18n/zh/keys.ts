import type { keys as english } from "../en/keys.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: keys. */
export const keys: Translated<typeof english> = {};
