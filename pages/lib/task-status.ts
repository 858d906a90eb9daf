/** How a task's status is coloured. */
import type { Tone } from "./ui.ts";

export function statusTone(status: number): Tone {
  if (status === 2) return "good";
  if (status === 3) return "bad";
  return status === 5 ? "neutral" : "info";
}
