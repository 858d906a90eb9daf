/** A task's status in colour, and its price in words. */
import { formatNumber } from "./format.ts";
import type { Task } from "./types.ts";
import type { Tone } from "./ui.ts";

/** Returns the tone in which a task's status is shown. */
export function statusTone(status: number): Tone {
  if (status === 2) return "good";
  if (status === 3) return "bad";
  return status === 5 ? "neutral" : "info";
}

/** What a task costs: nothing if it failed, was cancelled or ended without a single file (contract section 6). */
export function chargeOf({ taskStatus, results, estimatedCredits }: Task): string {
  const charged = taskStatus === 2 ? results.some(({ fileUrl }) => fileUrl) : taskStatus !== 3 && taskStatus !== 5;
  return charged ? `${formatNumber(estimatedCredits)} credits` : "not charged";
}
