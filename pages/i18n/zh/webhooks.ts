import type { webhooks as english } from "../en/webhooks.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: webhooks. */
export const webhooks: Translated<typeof english> = {};
