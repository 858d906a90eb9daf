import type { tasks as english } from "../en/tasks.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: tasks. */
export const tasks: Translated<typeof english> = {};
