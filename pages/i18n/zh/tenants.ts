import type { tenants as english } from "../en/tenants.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: tenants. */
export const tenants: Translated<typeof english> = {};
