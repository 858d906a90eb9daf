import type { endUsers as english } from "../en/end-users.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: end users. */
export const endUsers: Translated<typeof english> = {};
