import type { people as english } from "../en/people.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: people. */
export const people: Translated<typeof english> = {};
