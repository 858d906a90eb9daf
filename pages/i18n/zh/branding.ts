import type { branding as english } from "../en/branding.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: branding. */
export const branding: Translated<typeof english> = {};
