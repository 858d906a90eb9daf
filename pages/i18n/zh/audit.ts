import type { audit as english } from "../en/audit.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: audit. */
export const audit: Translated<typeof english> = {};
