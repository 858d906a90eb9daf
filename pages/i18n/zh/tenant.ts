import type { tenant as english } from "../en/tenant.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: tenant. */
export const tenant: Translated<typeof english> = {};
