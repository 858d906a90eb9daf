import type { task as english } from "../en/task.ts";
import type { Translated } from "../texts.ts";

/** Chinese texts: task. */
export const task: Translated<typeof english> = {};
