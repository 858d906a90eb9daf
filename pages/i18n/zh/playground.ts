import type { playground as english } from "../en/playground.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: playground. */
export const playground: Translated<typeof english> = {};
